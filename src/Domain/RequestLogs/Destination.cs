using CleanGateway.Domain.Providers;
using CleanGateway.Domain.Usage;

namespace CleanGateway.Domain.RequestLogs;

/// <summary>Where a call goes, and what that costs at the moment it goes.</summary>
/// <param name="Model">The catalogue's name of the model, which may differ from what the caller wrote.</param>
/// <param name="Price">Null when not known.</param>
public sealed record Destination(ProviderId ProviderId, string ProviderName, string Model, Price? Price);
