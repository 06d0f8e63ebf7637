using CleanGateway.Application.Common;

namespace CleanGateway.Application.AdminTokens;

/// <summary>One admin token; <c>token_not_found</c> if there is none of that id.</summary>
public sealed record GetAdminToken(Guid Id) : IQuery<AdminTokenItem>;
