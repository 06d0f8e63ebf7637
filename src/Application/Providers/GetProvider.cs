using CleanGateway.Application.Common;

namespace CleanGateway.Application.Providers;

/// <summary>One provider; <c>provider_not_found</c> if there is none of that id.</summary>
public sealed record GetProvider(Guid Id) : IQuery<ProviderItem>;
