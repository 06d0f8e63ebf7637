using CleanGateway.Application.Common;
using CleanGateway.Domain.AdminTokens;
using CleanGateway.Domain.Common;
using FluentValidation;
using MediatR;

namespace CleanGateway.Application.AdminTokens;

/// <summary>Makes an admin token. <c>role_required</c> where it could do more than whoever asks for it.</summary>
/// <param name="Role">What it may do; has to be said.</param>
/// <param name="ExpiresAt">Null: never.</param>
public sealed record IssueAdminToken(string Name, AdminRole? Role, DateTimeOffset? ExpiresAt = null) : ICreateCommand<IssuedAdminToken>;

/// <summary>An admin token with its secret, which is shown this once: the gateway keeps its hash alone.</summary>
public sealed record IssuedAdminToken : AdminTokenView
{
    public string Secret { get; init; } = "";

    public override string ToString() => $"{Name} ({Id})";
}

internal sealed class IssueAdminTokenValidator : AbstractValidator<IssueAdminToken>
{
    public IssueAdminTokenValidator()
    {
        RuleFor(command => command.Name).IsName(AdminToken.MaxNameLength);
        RuleFor(command => command.Role).NotNull().WithMessage($"'role' is missing: expected one of {AdminRoles.Names}.").IsInEnum();
    }
}

internal sealed class IssueAdminTokenHandler(IAdminTokenRepository tokens, IUnitOfWork unitOfWork, Operation operation, TimeProvider clock)
    : IRequestHandler<IssueAdminToken, IssuedAdminToken>
{
    public async Task<IssuedAdminToken> Handle(IssueAdminToken command, CancellationToken cancellationToken)
    {
        var role = command.Role!.Value;
        operation.Actor.Need(role, $"Issuing an admin token with the role {role.Name()}", "role");

        var secret = Secret.Generate(Secret.AdminTokenPrefix);
        var token = AdminToken.Issue(command.Name, secret, role, clock.GetStorableNow(), command.ExpiresAt?.ToStorable());
        tokens.Add(token);
        await unitOfWork.SaveChangesAsync(cancellationToken);

        return new IssuedAdminToken
        {
            Id = token.Id.Value,
            Name = token.Name,
            Role = token.Role,
            TokenHint = token.TokenHint,
            Enabled = token.Enabled,
            ExpiresAt = token.ExpiresAt,
            CreatedAt = token.CreatedAt,
            Etag = Precondition.TagOf(token.Version),
            Secret = secret,
        };
    }
}
