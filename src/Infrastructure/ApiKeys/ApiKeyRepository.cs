using CleanGateway.Application.ApiKeys;
using CleanGateway.Domain.ApiKeys;
using CleanGateway.Infrastructure.Persistence;
using Microsoft.EntityFrameworkCore;

namespace CleanGateway.Infrastructure.ApiKeys;

internal sealed class ApiKeyRepository(GatewayDbContext context) : IApiKeyRepository
{
    public void Add(ApiKey key) => context.ApiKeys.Add(key);

    public Task<bool> AnyAsync(CancellationToken cancellationToken) => context.ApiKeys.AnyAsync(cancellationToken);
}
