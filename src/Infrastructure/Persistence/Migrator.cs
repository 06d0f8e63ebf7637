using System.Reflection;
using CleanGateway.Infrastructure.Configuration;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Migrations;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace CleanGateway.Infrastructure.Persistence;

/// <summary>Brings a database to the schema of this version, once, however many replicas start together.</summary>
internal sealed partial class Migrator(GatewayDatabase database, ILogger<Migrator> logger)
{
    public const int OldestServer = 15;

    // Any number no one else uses; the same in every version, so that old and new replicas wait for each other.
    private const long StartLock = 0x436C65616E4777;
    private static readonly TimeSpan LockDeadline = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan MigrationDeadline = TimeSpan.FromMinutes(30);

    /// <summary>The migrations in this version, oldest first.</summary>
    public static IReadOnlyList<string> Known { get; } =
    [
        .. typeof(Migrator).Assembly.GetTypes()
            .Select(type => type.GetCustomAttribute<MigrationAttribute>()?.Id)
            .OfType<string>()
            .Order(StringComparer.Ordinal),
    ];

    /// <summary>
    /// Runs the work while no other replica does. The lock is a session's, on a connection of its own: it is gone with
    /// its holder, and a waiter holds no transaction that DDL would have to wait for.
    /// </summary>
    /// <exception cref="StartException">The database cannot be used, or another replica holds the lock for too long.</exception>
    public async Task WithStartLockAsync(Func<Task> work, CancellationToken cancellationToken)
    {
        await using var connection = await ConnectAsync(cancellationToken);
        await using (var wait = new NpgsqlCommand("SELECT pg_advisory_lock($1)", connection) { CommandTimeout = (int)LockDeadline.TotalSeconds })
        {
            wait.Parameters.Add(new NpgsqlParameter<long> { TypedValue = StartLock });
            try
            {
                await wait.ExecuteNonQueryAsync(cancellationToken);
            }
            catch (NpgsqlException timeout) when (timeout.InnerException is TimeoutException)
            {
                throw new StartException(
                    $"Failed to initialize database: another gateway has been migrating the database for more than {LockDeadline.TotalSeconds:0} s", timeout);
            }
        }

        await work();
    }

    /// <summary>Applies what is missing. Held under the start lock.</summary>
    /// <returns>How many migrations were applied.</returns>
    public async Task<int> MigrateAsync(CancellationToken cancellationToken)
    {
        var missing = Known.Except(await AppliedAsync(cancellationToken)).ToList();
        if (missing.Count == 0)
            return 0;

        LogMigrating(missing.Count, missing[^1]);
        await using var connection = await database.OpenAsync(cancellationToken);
        await using var context = new GatewayDbContext(GatewayDbContextOptions.For(connection));
        context.Database.SetCommandTimeout(MigrationDeadline);
        await context.Database.MigrateAsync(cancellationToken);
        await connection.ReloadTypesAsync(cancellationToken);
        return missing.Count;
    }

    /// <summary>Makes the database itself where the server does not have it.</summary>
    public async Task CreateDatabaseIfMissingAsync(CancellationToken cancellationToken)
    {
        try
        {
            await using var there = await database.OpenDedicatedAsync(cancellationToken);
            return;
        }
        catch (PostgresException refused) when (refused.SqlState == PostgresErrorCodes.InvalidCatalogName)
        {
            LogCreating(database.Url.Database);
        }

        var maintenance = database.Url.ToConnectionString();
        maintenance.Database = "postgres";
        maintenance.Pooling = false;
        await using var connection = new NpgsqlConnection(maintenance.ConnectionString);
        await connection.OpenAsync(cancellationToken);

        var name = new NpgsqlCommandBuilder().QuoteIdentifier(database.Url.Database);
        await using var create = new NpgsqlCommand($"CREATE DATABASE {name} ENCODING 'UTF8' TEMPLATE template0", connection);
        try
        {
            await create.ExecuteNonQueryAsync(cancellationToken);
        }
        catch (PostgresException made) when (made.SqlState is PostgresErrorCodes.DuplicateDatabase or PostgresErrorCodes.UniqueViolation)
        {
            // Another replica was faster.
        }
    }

    private async Task<NpgsqlConnection> ConnectAsync(CancellationToken cancellationToken)
    {
        NpgsqlConnection connection;
        try
        {
            connection = await database.OpenDedicatedAsync(cancellationToken);
        }
        catch (PostgresException refused) when (refused.SqlState == PostgresErrorCodes.InvalidCatalogName)
        {
            throw new StartException($"Failed to initialize database: {refused.MessageText}; `cleangateway db migrate` creates it", refused);
        }
        catch (Exception unreachable) when (unreachable is NpgsqlException or TimeoutException or IOException)
        {
            throw new StartException($"Failed to initialize database: {database.Url}: {Reason(unreachable)}", unreachable);
        }

        if (connection.PostgreSqlVersion.Major >= OldestServer)
            return connection;

        var version = connection.PostgreSqlVersion;
        await connection.DisposeAsync();
        throw new StartException($"Failed to initialize database: {database.Url} is PostgreSQL {version}; {OldestServer} or newer is needed");
    }

    private async Task<IReadOnlyList<string>> AppliedAsync(CancellationToken cancellationToken)
    {
        if (!await database.AskAsync<bool>("""SELECT to_regclass('"__EFMigrationsHistory"') IS NOT NULL""", cancellationToken))
            return [];

        await using var connection = await database.OpenAsync(cancellationToken);
        var applied = new List<string>();
        await using var read = new NpgsqlCommand("""SELECT "MigrationId" FROM "__EFMigrationsHistory" """, connection);
        await using var rows = await read.ExecuteReaderAsync(cancellationToken);
        while (await rows.ReadAsync(cancellationToken))
            applied.Add(rows.GetString(0));

        return applied;
    }

    // The innermost message is the operating system's or the server's own.
    private static string Reason(Exception exception) =>
        exception is PostgresException refused ? refused.MessageText : exception.GetBaseException().Message;

    [LoggerMessage(LogLevel.Information, "Applying {Count} migrations, up to {Last}")]
    private partial void LogMigrating(int count, string last);

    [LoggerMessage(LogLevel.Information, "Making the database {Database}")]
    private partial void LogCreating(string database);
}
