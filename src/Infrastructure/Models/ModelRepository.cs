using CleanGateway.Application.Models;
using CleanGateway.Domain.Common;
using CleanGateway.Domain.Models;
using CleanGateway.Infrastructure.Persistence;
using Microsoft.EntityFrameworkCore;

namespace CleanGateway.Infrastructure.Models;

internal sealed class ModelRepository(GatewayDbContext context) : IModelRepository
{
    public void Add(Model model) => context.Models.Add(model);

    public void Remove(Model model) => context.Models.Remove(model);

    public Task<Model?> FindAsync(string name, CancellationToken cancellationToken) =>
        ReadAsync(context.Models.SingleOrDefaultAsync(model => model.ModelName == name, cancellationToken));

    public Task<Model?> FindAsync(ModelId id, CancellationToken cancellationToken) =>
        ReadAsync(context.Models.SingleOrDefaultAsync(model => model.Id == id, cancellationToken));

    public Task<long> CountAliasesAsync(ModelId id, CancellationToken cancellationToken) =>
        context.ModelAliases.LongCountAsync(alias => alias.TargetModelId == id, cancellationToken);

    // The column takes more digits than can be counted with.
    private static async Task<Model?> ReadAsync(Task<Model?> reading)
    {
        try
        {
            return await reading;
        }
        catch (Exception tooLong) when (tooLong is OverflowException || tooLong.InnerException is OverflowException)
        {
            throw new GatewayException(
                new GatewayError(
                    GatewayErrorKind.Conflict, "model_unreadable", "A rate of this model has more digits than can be counted with exactly; 28 are. Import it anew."),
                tooLong);
        }
    }
}
