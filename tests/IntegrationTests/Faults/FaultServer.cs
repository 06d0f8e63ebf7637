using CleanGateway.Infrastructure.Configuration;
using CleanGateway.Infrastructure.Persistence;
using CleanGateway.Infrastructure.Persistence.Embedded;
using CleanGateway.IntegrationTests.Fixtures;
using Npgsql;

namespace CleanGateway.IntegrationTests.Faults;

/// <summary>A PostgreSQL server to be stopped, frozen and killed.</summary>
public sealed class FaultServer : IAsyncLifetime
{
    private readonly TemporaryFolder folder = new();
    private EmbeddedPostgres? server;
    private PostgresCluster? cluster;
    private PostgresPrograms? programs;

    internal DatabaseUrl Url => server!.Url;
    internal NpgsqlDataSource Database { get; private set; } = null!;

    private static CancellationToken Stop => TestContext.Current.CancellationToken;
    private int Postmaster => PrivateGateway.ServerId(folder.Path) ?? throw new InvalidOperationException("The server does not run.");

    public async ValueTask InitializeAsync()
    {
        var settings = TestSettings.Read(folder.Path);
        DataFolder.Ensure(settings);
        server = await EmbeddedPostgres.StartAsync(settings, _ => { }, Stop);
        cluster = new PostgresCluster(PrivateGateway.Home(folder.Path), await PostgresAccount.FindAsync(Stop));
        programs = await PostgresPrograms.FindAsync(folder: null, cluster.Version, Stop);
        Database = NpgsqlDataSource.Create(server.Url.ToConnectionString().ConnectionString);

        // It has to outlive its own end, not the machine's.
        foreach (var statement in (string[])["ALTER SYSTEM SET fsync = off", "SELECT pg_reload_conf()"])
            await Database.ExecuteAsync(statement, Stop);
    }

    public async ValueTask DisposeAsync()
    {
        if (Database is not null)
            await Database.DisposeAsync();
        if (server is not null)
            await server.DisposeAsync();

        folder.Dispose();
    }

    internal Task StopAsync() => cluster!.StopAsync(programs!, Stop);

    internal async Task StartAsync()
    {
        cluster!.RemoveStalePidFile();
        await cluster.StartAsync(programs!, Url.Port, Stop);
        Database.Clear();
    }

    /// <summary>The whole server at once, as when the kernel runs out of memory.</summary>
    internal async Task KillAsync()
    {
        var postmaster = Postmaster;
        await Signals.SendAsync("KILL", [postmaster, .. Signals.Children(postmaster)]);
        await Eventually.IsTrueAsync(() => PrivateGateway.ServerId(folder.Path) is null && cluster!.FindRunning() is null, "the server is gone");
    }

    /// <summary>One backend, after which the server throws all others out and recovers.</summary>
    internal async Task KillBackendAsync(int backend)
    {
        await Signals.SendAsync("KILL", backend);
        Database.Clear();
    }

    internal async Task FreezeAsync()
    {
        var postmaster = Postmaster;
        await Signals.SendAsync("STOP", [postmaster, .. Signals.Children(postmaster)]);
    }

    internal async Task ThawAsync()
    {
        var postmaster = Postmaster;
        await Signals.SendAsync("CONT", [postmaster, .. Signals.Children(postmaster)]);
    }
}
