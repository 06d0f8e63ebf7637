using CleanGateway.Application.Common;
using CleanGateway.Domain.Common;
using CleanGateway.Domain.Models;
using MediatR;

namespace CleanGateway.Application.Models;

/// <summary>
/// Takes a model away that no alias leads to; what was used of it stays in the ledger. <c>model_not_found</c>, or
/// <c>model_in_use</c>. A built-in model of the same name is there again.
/// </summary>
public sealed record DeleteModel(Guid Id, Precondition IfMatch) : ICommand<Unit>;

internal sealed class DeleteModelHandler(IModelRepository models, IUnitOfWork unitOfWork) : IRequestHandler<DeleteModel, Unit>
{
    public async Task<Unit> Handle(DeleteModel command, CancellationToken cancellationToken)
    {
        var model = await models.FindAsync(new ModelId(command.Id), cancellationToken)
            ?? throw new GatewayException(GatewayError.NotFound("model", command.Id.ToString()));
        command.IfMatch.Check(model.Version);
        if (await models.CountAliasesAsync(model.Id, cancellationToken) is > 0 and var aliases)
        {
            throw new GatewayException(new GatewayError(
                GatewayErrorKind.Conflict, "model_in_use", $"{aliases} aliases lead to the model '{model.ModelName}': delete them first, or change them."));
        }

        models.Remove(model);
        await unitOfWork.SaveChangesAsync(cancellationToken);
        return Unit.Value;
    }
}
