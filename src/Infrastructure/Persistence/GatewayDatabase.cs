using CleanGateway.Application.Statistics;
using CleanGateway.Infrastructure.Configuration;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace CleanGateway.Infrastructure.Persistence;

/// <summary>The pool of connections to PostgreSQL, and how well it does.</summary>
internal sealed class GatewayDatabase : IReadDatabase, IAsyncDisposable
{
    public const string ApplicationName = "cleangateway";

    /// <summary>The key of the one that changes tables and makes partitions: the same, unless these have an owner of their own.</summary>
    public const string Owner = "owner";

    /// <summary>How many connections an owner of its own has, besides those of the pool.</summary>
    public const int OwnerConnections = 4;

    private static readonly TimeSpan CommandDeadline = TimeSpan.FromSeconds(10);

    // How soon it is seen that a standby has become the primary, or the primary something else.
    private const int HostRecheckSeconds = 1;

    private readonly NpgsqlDataSource dedicated;
    private readonly NpgsqlDataSource journal;
    private long opened;
    private long connected;

    /// <param name="maxConnections">In all; with several hosts, to each.</param>
    public GatewayDatabase(DatabaseUrl url, int maxConnections, ILoggerFactory? loggers = null)
        : this(url, ApplicationName, Math.Max(1, maxConnections - 2), configure: null, loggers)   // one watches the configuration, one writes the journal
    {
    }

    /// <param name="name">Of the pool, in metrics.</param>
    /// <param name="poolSize">Of the pool alone.</param>
    /// <param name="configure">Completes what is told to the server.</param>
    public GatewayDatabase(DatabaseUrl url, string name, int poolSize, Action<NpgsqlConnectionStringBuilder>? configure, ILoggerFactory? loggers)
    {
        Url = url;
        var connection = url.ToConnectionString();
        connection.ApplicationName ??= ApplicationName;
        connection.CommandTimeout = (int)CommandDeadline.TotalSeconds;
        connection.CancellationTimeout = 1000;
        connection.TcpKeepAlive = true;
        connection.KeepAlive = 10;
        connection.MaxPoolSize = poolSize;
        connection.HostRecheckSeconds = HostRecheckSeconds;
        if (!connection.ShouldSerialize("Timeout"))
            connection.Timeout = 5;
        configure?.Invoke(connection);

        // Named: metrics carry the name of a pool, which is its connection string, password and all, where it has none.
        var builder = new NpgsqlDataSourceBuilder(connection.ConnectionString) { Name = name };
        builder.UseLoggerFactory(loggers);
        builder.UsePhysicalConnectionInitializer(
            _ => Interlocked.Increment(ref connected),
            _ =>
            {
                Interlocked.Increment(ref connected);
                return Task.CompletedTask;
            });
        Source = Build(builder, url);
        builder.ConnectionStringBuilder.MaxPoolSize = 1;
        builder.Name = $"{name} journal";
        journal = Build(builder, url);

        connection.Pooling = false;
        connection.PersistSecurityInfo = true;
        dedicated = Build(new NpgsqlDataSourceBuilder(connection.ConnectionString) { Name = $"{name} dedicated" }, url);
    }

    public DatabaseUrl Url { get; }
    public NpgsqlDataSource Source { get; }

    public PoolStatistics Pool
    {
        get
        {
            var (asked, made) = (Interlocked.Read(ref opened), Interlocked.Read(ref connected));
            return new PoolStatistics(asked, made, asked == 0 ? 0 : decimal.Round(Math.Max(0, 1 - decimal.Divide(made, asked)), 4));
        }
    }

    /// <summary>Connections to whichever host is the right one, where the URL names several.</summary>
    public static NpgsqlDataSource Build(NpgsqlDataSourceBuilder builder, DatabaseUrl url) =>
        url.Target is { } target ? builder.BuildMultiHost().WithTargetSession(target) : builder.Build();

    public async Task<T> ReadAsync<T>(Func<NpgsqlConnection, Task<T>> read, CancellationToken cancellationToken)
    {
        await using var connection = await OpenAsync(cancellationToken);
        return await read(connection);
    }

    public ValueTask<NpgsqlConnection> OpenAsync(CancellationToken cancellationToken)
    {
        Interlocked.Increment(ref opened);
        return Source.OpenConnectionAsync(cancellationToken);
    }

    /// <summary>For the one writer of the journal, which must not have to wait for others' connections.</summary>
    public ValueTask<NpgsqlConnection> OpenForJournalAsync(CancellationToken cancellationToken)
    {
        Interlocked.Increment(ref opened);
        return journal.OpenConnectionAsync(cancellationToken);
    }

    /// <summary>The one value a statement gives.</summary>
    public async Task<T> AskAsync<T>(string sql, CancellationToken cancellationToken) where T : struct
    {
        await using var connection = await OpenAsync(cancellationToken);
        await using var command = new NpgsqlCommand(sql, connection);
        return await command.ExecuteScalarAsync(cancellationToken) is T value ? value : throw new InvalidOperationException($"No {typeof(T).Name}: {sql}");
    }

    /// <summary>A connection outside the pool, for what holds one long: locks and listening.</summary>
    public async Task<NpgsqlConnection> OpenDedicatedAsync(CancellationToken cancellationToken) =>
        await dedicated.OpenConnectionAsync(cancellationToken);

    public async ValueTask DisposeAsync()
    {
        await dedicated.DisposeAsync();
        await journal.DisposeAsync();
        await Source.DisposeAsync();
    }
}
