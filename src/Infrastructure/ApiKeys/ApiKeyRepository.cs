using CleanGateway.Application.ApiKeys;
using CleanGateway.Domain.ApiKeys;
using CleanGateway.Infrastructure.Persistence;
using Microsoft.EntityFrameworkCore;

namespace CleanGateway.Infrastructure.ApiKeys;

internal sealed class ApiKeyRepository(GatewayDbContext context, GatewayDatabase database) : IApiKeyRepository
{
    public void Add(ApiKey key) => context.ApiKeys.Add(key);

    public void Remove(ApiKey key) => context.ApiKeys.Remove(key);

    public Task<ApiKey?> FindAsync(ApiKeyId id, CancellationToken cancellationToken) =>
        context.ApiKeys.SingleOrDefaultAsync(key => key.Id == id, cancellationToken);

    // Asked at every start, where building EF's model would take longer than everything else.
    public Task<bool> AnyAsync(CancellationToken cancellationToken) =>
        database.AskAsync<bool>("SELECT EXISTS (SELECT FROM api_keys)", cancellationToken);
}
