using CleanGateway.Domain.Models;

namespace CleanGateway.Application.ModelAliases;

public interface IModelAliasRepository
{
    void Add(ModelAlias alias);

    void Remove(ModelAlias alias);

    /// <returns>The alias of exactly this name, or null.</returns>
    Task<ModelAlias?> FindAsync(string alias, CancellationToken cancellationToken);

    Task<ModelAlias?> FindAsync(ModelAliasId id, CancellationToken cancellationToken);
}
