using CleanGateway.Application.Providers;
using CleanGateway.Domain.Providers;
using CleanGateway.Infrastructure.Persistence;
using Microsoft.EntityFrameworkCore;

namespace CleanGateway.Infrastructure.Providers;

internal sealed class ProviderRepository(GatewayDbContext context) : IProviderRepository
{
    public void Add(Provider provider) => context.Providers.Add(provider);

    public void Remove(Provider provider) => context.Providers.Remove(provider);

    public Task<Provider?> FindAsync(string name, CancellationToken cancellationToken) =>
        context.Providers.SingleOrDefaultAsync(provider => provider.Name == name, cancellationToken);

    public Task<Provider?> FindAsync(ProviderId id, CancellationToken cancellationToken) =>
        context.Providers.SingleOrDefaultAsync(provider => provider.Id == id, cancellationToken);

    public Task<long> CountAliasesAsync(ProviderId id, CancellationToken cancellationToken) =>
        context.ModelAliases.LongCountAsync(alias => alias.ProviderId == id, cancellationToken);

    public async Task<IReadOnlyList<string>> CredentialsAsync(CancellationToken cancellationToken) =>
        await context.Providers.Where(provider => provider.EncryptedCredentials != null)
            .Select(provider => provider.EncryptedCredentials!)
            .ToListAsync(cancellationToken);
}
