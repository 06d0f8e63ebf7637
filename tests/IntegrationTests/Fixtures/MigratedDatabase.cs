using CleanGateway.Infrastructure.Persistence;
using Microsoft.Extensions.Logging.Abstractions;

namespace CleanGateway.IntegrationTests.Fixtures;

/// <summary>
/// A database as migrations leave it, without the partitions of the days to come. Copying it is quicker than migrating
/// another one.
/// </summary>
public sealed class MigratedDatabase(GatewayFixture gateway) : IAsyncLifetime
{
    private SideDatabase? template;

    public async ValueTask InitializeAsync()
    {
        template = await SideDatabase.CreateAsync(gateway);
        await using var pool = new GatewayDatabase(template.Url, maxConnections: 2);
        await new Migrator(pool, NullLogger<Migrator>.Instance).MigrateAsync(TestContext.Current.CancellationToken);
    }

    internal Task<SideDatabase> CopyAsync() => SideDatabase.CreateAsync(gateway, template);

    public async ValueTask DisposeAsync()
    {
        if (template is not null)
            await template.DisposeAsync();
    }
}
