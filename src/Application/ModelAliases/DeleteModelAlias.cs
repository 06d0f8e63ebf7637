using CleanGateway.Application.Common;
using CleanGateway.Domain.Common;
using CleanGateway.Domain.Models;
using MediatR;

namespace CleanGateway.Application.ModelAliases;

/// <summary>Takes an alias away. <c>alias_not_found</c> if there is none of that id. A model of the same name is there again.</summary>
public sealed record DeleteModelAlias(Guid Id, Precondition IfMatch) : ICommand<Unit>;

internal sealed class DeleteModelAliasHandler(IModelAliasRepository aliases, IUnitOfWork unitOfWork) : IRequestHandler<DeleteModelAlias, Unit>
{
    public async Task<Unit> Handle(DeleteModelAlias command, CancellationToken cancellationToken)
    {
        var alias = await aliases.FindAsync(new ModelAliasId(command.Id), cancellationToken)
            ?? throw new GatewayException(GatewayError.NotFound("alias", command.Id.ToString()));
        command.IfMatch.Check(alias.Version);

        aliases.Remove(alias);
        await unitOfWork.SaveChangesAsync(cancellationToken);
        return Unit.Value;
    }
}
