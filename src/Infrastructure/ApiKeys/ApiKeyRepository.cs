using CleanGateway.Application.ApiKeys;
using CleanGateway.Domain.ApiKeys;
using CleanGateway.Infrastructure.Persistence;

namespace CleanGateway.Infrastructure.ApiKeys;

internal sealed class ApiKeyRepository(GatewayDbContext context, GatewayDatabase database) : IApiKeyRepository
{
    public void Add(ApiKey key) => context.ApiKeys.Add(key);

    // Asked at every start, where building EF's model would take longer than everything else.
    public Task<bool> AnyAsync(CancellationToken cancellationToken) =>
        database.AskAsync<bool>("SELECT EXISTS (SELECT FROM api_keys)", cancellationToken);
}
