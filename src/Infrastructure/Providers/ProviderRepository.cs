using CleanGateway.Application.Providers;
using CleanGateway.Domain.Providers;
using CleanGateway.Infrastructure.Persistence;
using Microsoft.EntityFrameworkCore;

namespace CleanGateway.Infrastructure.Providers;

internal sealed class ProviderRepository(GatewayDbContext context) : IProviderRepository
{
    public void Add(Provider provider) => context.Providers.Add(provider);

    public Task<Provider?> FindAsync(string name, CancellationToken cancellationToken) =>
        context.Providers.SingleOrDefaultAsync(provider => provider.Name == name, cancellationToken);
}
