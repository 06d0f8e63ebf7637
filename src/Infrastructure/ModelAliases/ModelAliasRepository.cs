using CleanGateway.Application.ModelAliases;
using CleanGateway.Domain.Models;
using CleanGateway.Infrastructure.Persistence;
using Microsoft.EntityFrameworkCore;

namespace CleanGateway.Infrastructure.ModelAliases;

internal sealed class ModelAliasRepository(GatewayDbContext context) : IModelAliasRepository
{
    public void Add(ModelAlias alias) => context.ModelAliases.Add(alias);

    public void Remove(ModelAlias alias) => context.ModelAliases.Remove(alias);

    public Task<ModelAlias?> FindAsync(string alias, CancellationToken cancellationToken) =>
        context.ModelAliases.SingleOrDefaultAsync(found => found.Alias == alias, cancellationToken);

    public Task<ModelAlias?> FindAsync(ModelAliasId id, CancellationToken cancellationToken) =>
        context.ModelAliases.SingleOrDefaultAsync(found => found.Id == id, cancellationToken);
}
