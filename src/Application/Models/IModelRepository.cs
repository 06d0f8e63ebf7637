using CleanGateway.Domain.Models;

namespace CleanGateway.Application.Models;

public interface IModelRepository
{
    void Add(Model model);

    void Remove(Model model);

    /// <returns>The model of exactly this name, or null.</returns>
    /// <exception cref="Domain.Common.GatewayException">The row cannot be read: a rate has too many digits.</exception>
    Task<Model?> FindAsync(string name, CancellationToken cancellationToken);

    /// <inheritdoc cref="FindAsync(string, CancellationToken)"/>
    Task<Model?> FindAsync(ModelId id, CancellationToken cancellationToken);

    /// <returns>How many aliases lead to it.</returns>
    Task<long> CountAliasesAsync(ModelId id, CancellationToken cancellationToken);
}
