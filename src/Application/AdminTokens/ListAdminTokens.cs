using CleanGateway.Application.Common;
using CleanGateway.Domain.AdminTokens;
using FluentValidation;

namespace CleanGateway.Application.AdminTokens;

/// <summary>Admin tokens, the revoked ones too, in order of their names and then of their ids; names are not unique.</summary>
public sealed record ListAdminTokens(PageRequest Page) : IQuery<Page<AdminTokenItem>>;

/// <summary>An admin token, as it is shown: without its secret, and without the hash of it.</summary>
public abstract record AdminTokenView : ITagged
{
    public Guid Id { get; init; }
    public string Name { get; init; } = "";
    public AdminRole Role { get; init; }

    /// <inheritdoc cref="AdminToken.TokenHint"/>
    public string? TokenHint { get; init; }

    /// <inheritdoc cref="AdminToken.Enabled"/>
    public bool Enabled { get; init; }

    /// <summary>Null: never.</summary>
    public DateTimeOffset? ExpiresAt { get; init; }
    public DateTimeOffset CreatedAt { get; init; }
    public string Etag { get; init; } = "";
}

/// <inheritdoc/>
public sealed record AdminTokenItem : AdminTokenView;

internal sealed class ListAdminTokensValidator : AbstractValidator<ListAdminTokens>
{
    public ListAdminTokensValidator() => RuleFor(query => query.Page).SetValidator(new PageRequestValidator()).OverridePropertyName("");
}
