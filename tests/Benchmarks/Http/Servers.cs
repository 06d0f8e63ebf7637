using System.Globalization;
using System.Security.Cryptography;
using CleanGateway.Infrastructure.Configuration;
using CleanGateway.Infrastructure.Persistence.Embedded;
using Npgsql;

namespace CleanGateway.Benchmarks.Http;

/// <summary>A PostgreSQL for the run, outside every gateway: what it uses is not counted as theirs.</summary>
internal sealed class DatabaseServer : IAsyncDisposable
{
    private readonly PostgresCluster cluster;
    private readonly PostgresPrograms programs;
    private readonly string password;
    private readonly int port;

    private DatabaseServer(PostgresCluster cluster, PostgresPrograms programs, string password, int port) =>
        (this.cluster, this.programs, this.password, this.port) = (cluster, programs, password, port);

    public static async Task<DatabaseServer> StartAsync(string folder, int port, CancellationToken cancellationToken)
    {
        var account = await PostgresAccount.FindAsync(cancellationToken);
        var programs = await PostgresPrograms.FindAsync(folder: null, wanted: null, cancellationToken);
        var home = Path.Combine(folder, "postgres");
        await account.MakeFolderAsync(home, cancellationToken);
        var cluster = new PostgresCluster(home, account);
        var password = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(24));
        await cluster.InitialiseAsync(programs, password, cancellationToken);
        await cluster.StartAsync(programs, port, cancellationToken);
        return new DatabaseServer(cluster, programs, password, port);
    }

    /// <summary>Makes a database.</summary>
    public async Task<DatabaseUrl> CreateAsync(string database, CancellationToken cancellationToken)
    {
        await using var server = NpgsqlDataSource.Create(UrlOf(PostgresCluster.Database).ToConnectionString().ConnectionString + ";Pooling=false");
        await using var command = server.CreateCommand($"CREATE DATABASE {database}");
        await command.ExecuteNonQueryAsync(cancellationToken);
        return UrlOf(database);
    }

    public async ValueTask DisposeAsync() => await cluster.StopAsync(programs, CancellationToken.None);

    private DatabaseUrl UrlOf(string database) => DatabaseUrl.For("127.0.0.1", port, PostgresCluster.User, password, database);
}

/// <summary>A Redis for the run.</summary>
internal static class RedisServer
{
    public static ChildProcess Start(string folder, int port) => ChildProcess.Start(
        "redis-server",
        ["--port", port.ToString(CultureInfo.InvariantCulture), "--bind", "127.0.0.1", "--dir", folder, "--save", "", "--appendonly", "no"],
        folder, []);
}
