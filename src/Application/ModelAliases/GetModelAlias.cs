using CleanGateway.Application.Common;

namespace CleanGateway.Application.ModelAliases;

/// <summary>One alias; <c>alias_not_found</c> if there is none of that id.</summary>
public sealed record GetModelAlias(Guid Id) : IQuery<ModelAliasItem>;
