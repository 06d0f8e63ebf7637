using CleanGateway.Domain.Common;
using CleanGateway.Infrastructure.Configuration;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace CleanGateway.Infrastructure.Persistence;

/// <summary>
/// Where what may be a little old is read: the replica that <c>DATABASE_REPORTS_URL</c> names, by a pool of its own and in
/// sessions that cannot write; without one, the gateway's database. Nothing goes to the latter in a replica's place
/// (decision 0029).
/// </summary>
internal sealed partial class ReportsDatabase : IReadDatabase, IAsyncDisposable
{
    /// <summary>The pool's name in metrics.</summary>
    public const string PoolName = $"{GatewayDatabase.ApplicationName} reports";

    private const string ReadOnly = "-c default_transaction_read_only=on";

    private readonly GatewayDatabase primary;
    private readonly GatewayDatabase? replica;
    private readonly ILogger<ReportsDatabase> logger;

    public ReportsDatabase(GatewaySettings settings, GatewayDatabase primary, ILoggerFactory loggers)
    {
        this.primary = primary;
        logger = loggers.CreateLogger<ReportsDatabase>();
        if (settings.ReportsDatabase is not { } url)
            return;

        replica = new GatewayDatabase(
            url, PoolName, settings.ReportsMaxOpenConnections, connection => connection.Options = $"{connection.Options} {ReadOnly}".TrimStart(), loggers);
    }

    /// <summary>Null: there is none.</summary>
    public GatewayDatabase? Replica => replica;

    /// <exception cref="GatewayException">There is a replica, and it does not answer; not where only the question took too long.</exception>
    public async Task<T> ReadAsync<T>(Func<NpgsqlConnection, Task<T>> read, CancellationToken cancellationToken)
    {
        if (replica is null)
            return await primary.ReadAsync(read, cancellationToken);

        try
        {
            return await replica.ReadAsync(read, cancellationToken);
        }
        catch (Exception failure) when (IsOfReplica(failure))
        {
            LogUnavailable(failure, replica.Url);
            var message = "The replica that reports are read from does not answer as it should. Please try again later; calls of models do not need it.";
            throw new GatewayException(new GatewayError(GatewayErrorKind.Unavailable, "reports_unavailable", message), failure);
        }
    }

    // The mapper wraps what may be over soon.
    private static bool IsOfReplica(Exception failure) => failure switch
    {
        PostgresException { SqlState: PostgresErrorCodes.QueryCanceled } => false,
        NpgsqlException or TimeoutException => true,
        InvalidOperationException { InnerException: NpgsqlException or TimeoutException } => true,
        _ => false,
    };

    public async ValueTask DisposeAsync()
    {
        if (replica is not null)
            await replica.DisposeAsync();
    }

    [LoggerMessage(LogLevel.Error, "A report cannot be read from {Replica}")]
    private partial void LogUnavailable(Exception exception, DatabaseUrl replica);
}
