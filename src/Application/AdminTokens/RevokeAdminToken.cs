using CleanGateway.Application.Common;
using CleanGateway.Domain.AdminTokens;
using CleanGateway.Domain.Common;
using MediatR;

namespace CleanGateway.Application.AdminTokens;

/// <summary>
/// Ends an admin token for good; its row stays, for the audit log to refer to. To revoke one again is no error.
/// <c>token_not_found</c> if there is none of that id, <c>role_required</c> where it could do more than whoever asks,
/// <c>last_owner</c> where no owner's token that does not expire would be left.
/// </summary>
public sealed record RevokeAdminToken(Guid Id, Precondition IfMatch) : ICommand<Unit>;

internal sealed class RevokeAdminTokenHandler(IAdminTokenRepository tokens, IUnitOfWork unitOfWork, Operation operation, TimeProvider clock)
    : IRequestHandler<RevokeAdminToken, Unit>
{
    public Task<Unit> Handle(RevokeAdminToken command, CancellationToken cancellationToken) =>
        tokens.AloneAsync(() => RevokeAsync(command, cancellationToken), cancellationToken);

    private async Task<Unit> RevokeAsync(RevokeAdminToken command, CancellationToken cancellationToken)
    {
        var token = await tokens.FindAsync(new AdminTokenId(command.Id), cancellationToken)
            ?? throw new GatewayException(GatewayError.NotFound("token", command.Id.ToString()));
        operation.Actor.Need(token.Role, $"Revoking an admin token with the role {token.Role.Name()}", "role");
        command.IfMatch.Check(token.Version);
        if (token.Role == AdminRole.Owner && token.IsUsable(clock.GetUtcNow()) && !await tokens.IsAnotherOwnerAsync(token.Id, cancellationToken))
        {
            throw new GatewayException(new GatewayError(
                GatewayErrorKind.Conflict, "last_owner",
                "No other owner's token that does not expire would be left: issue one first, then revoke this one."));
        }

        token.Revoke();
        await unitOfWork.SaveChangesAsync(cancellationToken);
        return Unit.Value;
    }
}
