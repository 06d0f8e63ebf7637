using CleanGateway.Api;
using CleanGateway.Application.FirstStart;
using CleanGateway.Infrastructure;
using CleanGateway.Infrastructure.Configuration;
using CleanGateway.Infrastructure.Persistence;
using CleanGateway.Infrastructure.Persistence.Embedded;
using CleanGateway.Infrastructure.Security;
using CleanGateway.Infrastructure.Snapshots;
using CleanGateway.IntegrationTests.Fixtures;
using MediatR;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;

[assembly: AssemblyFixture(typeof(GatewayFixture))]
[assembly: CollectionBehavior(DisableTestParallelization = true)]

namespace CleanGateway.IntegrationTests.Fixtures;

/// <summary>
/// One gateway for the whole run, put together like the product's, on real sockets, with a PostgreSQL of its own and an
/// upstream that tests script. It writes rows before it answers, so that tests can look at them at once; the program
/// with its defaults is run by the tests of processes and of the journal.
/// </summary>
public sealed class GatewayFixture : IAsyncLifetime
{
    private readonly TemporaryFolder folder = new();
    private EmbeddedPostgres? postgres;
    private WebApplication? app;

    internal FakeUpstream Upstream { get; } = new();
    internal string AdminToken { get; private set; } = "";
    internal DatabaseUrl DatabaseUrl => postgres!.Url;
    internal NpgsqlDataSource Database { get; private set; } = null!;
    internal Uri Url { get; private set; } = null!;
    internal Uri AdminUrl { get; private set; } = null!;
    internal IServiceProvider Services => app!.Services;

    public async ValueTask InitializeAsync()
    {
        var settings = TestSettings.Read(
            folder.Path, ("ADMIN_HTTP_PORT", "0"), ("PROVIDER_REQUEST_TIMEOUT", "2s"), ("PROVIDER_IDLE_TIMEOUT", "1s"), ("LOG_BUFFER", "direct"),
            ("GATEWAY_MASTER_KEY", TestSettings.MasterKey));
        DataFolder.Ensure(settings);
        postgres = await EmbeddedPostgres.StartAsync(settings, _ => { }, CancellationToken.None);
        Database = NpgsqlDataSource.Create(postgres.Url.ToConnectionString().ConnectionString);
        await DoWithoutDurabilityAsync();

        app = GatewayApp.Build(settings, postgres.Url, await MasterKeys.LoadAsync(settings, CancellationToken.None));
        await app.Services.PrepareGatewayAsync(PrepareAsync, CancellationToken.None);
        await app.StartAsync();

        var (http, admin) = GatewayApp.Ports(app, settings);
        Url = new Uri($"http://127.0.0.1:{http}");
        AdminUrl = new Uri($"http://127.0.0.1:{admin}");
    }

    public async ValueTask DisposeAsync()
    {
        if (app is not null)
        {
            await app.StopAsync();
            await app.DisposeAsync();
        }

        await Upstream.DisposeAsync();
        if (Database is not null)
            await Database.DisposeAsync();
        if (postgres is not null)
            await postgres.DisposeAsync();

        folder.Dispose();
    }

    /// <summary>As after a first start: empty tables, the gateway on the newest configuration, an admin token.</summary>
    internal async Task ResetAsync()
    {
        Upstream.Reset();
        await DatabaseReset.RunAsync(Database);
        await using var command = Database.CreateCommand("INSERT INTO admin_tokens (name, token_hash) VALUES ('test', $1)");
        command.Parameters.AddWithValue(Domain.Common.Secret.Hash(AdminToken));
        await command.ExecuteNonQueryAsync();
        await SettledAsync();
    }

    /// <summary>Waits until the gateway has seen everything that was written to the configuration.</summary>
    internal async Task SettledAsync()
    {
        await using var command = Database.CreateCommand("SELECT version FROM config_version");
        var snapshots = Services.GetRequiredService<GatewaySnapshots>();
        var version = Services.GetRequiredService<ConfigurationVersion>();
        await Eventually.IsTrueAsync(
            async () => await command.ExecuteScalarAsync() is long newest && snapshots.SeenVersion == newest && version.Newest == newest,
            "the gateway has the newest configuration");
    }

    // This database dies with the run: waiting for a disk would only make the tests slower.
    private async Task DoWithoutDurabilityAsync()
    {
        foreach (var statement in (string[])["ALTER SYSTEM SET fsync = off", "SELECT pg_reload_conf()"])
        {
            await using var command = Database.CreateCommand(statement);
            await command.ExecuteNonQueryAsync();
        }
    }

    private async Task PrepareAsync()
    {
        await using var scope = app!.Services.CreateAsyncScope();
        var secrets = await scope.ServiceProvider.GetRequiredService<IMediator>().Send(new PrepareFirstStart());
        AdminToken = secrets.AdminToken!.Secret;
    }
}
