using CleanGateway.Application.Common;
using CleanGateway.Domain.ApiKeys;
using CleanGateway.Domain.Common;
using MediatR;

namespace CleanGateway.Application.ApiKeys;

/// <summary>
/// Takes a key away for good; what it was used for stays in the log and in the ledger. <c>key_not_found</c> if there is
/// none of that id.
/// </summary>
public sealed record DeleteApiKey(Guid Id, Precondition IfMatch) : ICommand<Unit>;

internal sealed class DeleteApiKeyHandler(IApiKeyRepository keys, IUnitOfWork unitOfWork) : IRequestHandler<DeleteApiKey, Unit>
{
    public async Task<Unit> Handle(DeleteApiKey command, CancellationToken cancellationToken)
    {
        var key = await keys.FindAsync(new ApiKeyId(command.Id), cancellationToken)
            ?? throw new GatewayException(GatewayError.NotFound("key", command.Id.ToString()));
        command.IfMatch.Check(key.Version);

        keys.Remove(key);
        await unitOfWork.SaveChangesAsync(cancellationToken);
        return Unit.Value;
    }
}
