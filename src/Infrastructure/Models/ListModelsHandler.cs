using CleanGateway.Application.Models;
using MediatR;

namespace CleanGateway.Infrastructure.Models;

internal sealed class ListModelsHandler(IGatewaySnapshots snapshots) : IRequestHandler<ListModels, IReadOnlyList<ModelItem>>
{
    public Task<IReadOnlyList<ModelItem>> Handle(ListModels query, CancellationToken cancellationToken) =>
        Task.FromResult<IReadOnlyList<ModelItem>>(
        [
            .. snapshots.Current.Models
                .Where(model => query.Call.Caller.Allows(model.Name))
                .Select(ModelItem.From),
        ]);
}
