using CleanGateway.Domain.Usage;

namespace CleanGateway.Domain.RequestLogs;

/// <summary>What a caller got, whole or as far as it came.</summary>
/// <param name="Model">The model that the provider says it used.</param>
public sealed record Answer(int Status, LoggedBody Body, UsageReport Usage, string? Model = null);
