using CleanGateway.Application.Common;
using CleanGateway.Application.RequestLogs;

namespace CleanGateway.Application.Models;

/// <summary>The models that a caller's key may use, in order of their names.</summary>
public sealed record ListModels(ClientCall Call) : IQuery<IReadOnlyList<ModelItem>>, IRecordedCall;

/// <param name="Created">Unix seconds.</param>
public sealed record ModelItem(string Id, long Created, string OwnedBy)
{
    public static ModelItem From(ServedModel model) => new(model.Name, model.CreatedAt.ToUnixTimeSeconds(), model.OwnedBy);
}
