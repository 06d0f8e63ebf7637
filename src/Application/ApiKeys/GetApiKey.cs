using CleanGateway.Application.Common;

namespace CleanGateway.Application.ApiKeys;

/// <summary>One API key; <c>key_not_found</c> if there is none of that id.</summary>
public sealed record GetApiKey(Guid Id) : IQuery<ApiKeyItem>;
