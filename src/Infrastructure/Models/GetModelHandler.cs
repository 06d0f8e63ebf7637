using CleanGateway.Application.Models;
using CleanGateway.Domain.Common;
using MediatR;

namespace CleanGateway.Infrastructure.Models;

internal sealed class GetModelHandler(IGatewaySnapshots snapshots) : IRequestHandler<GetModel, ModelItem>
{
    public async Task<ModelItem> Handle(GetModel query, CancellationToken cancellationToken)
    {
        var model = snapshots.Current.Find(query.Id) ?? (await snapshots.LookAgainAsync(query.Id, cancellationToken)).Find(query.Id);
        return model is not null && query.Call.Caller.Allows(model.Name)
            ? ModelItem.From(model)
            : throw new GatewayException(new GatewayError(
                GatewayErrorKind.NotFound, "model_not_found", $"The model '{query.Id}' does not exist or this API key may not use it.", "model"));
    }
}
