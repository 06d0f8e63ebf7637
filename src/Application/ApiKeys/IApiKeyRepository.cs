using CleanGateway.Domain.ApiKeys;

namespace CleanGateway.Application.ApiKeys;

public interface IApiKeyRepository
{
    void Add(ApiKey key);

    void Remove(ApiKey key);

    Task<ApiKey?> FindAsync(ApiKeyId id, CancellationToken cancellationToken);

    Task<bool> AnyAsync(CancellationToken cancellationToken);
}
