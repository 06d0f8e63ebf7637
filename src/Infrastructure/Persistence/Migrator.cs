using System.Reflection;
using CleanGateway.Infrastructure.Configuration;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Migrations;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace CleanGateway.Infrastructure.Persistence;

/// <summary>Brings a database to the schema of this version, once, however many replicas start together.</summary>
internal sealed partial class Migrator([FromKeyedServices(GatewayDatabase.Owner)] GatewayDatabase database, ILogger<Migrator> logger)
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
    /// <exception cref="StartException">This role may not apply what is missing.</exception>
    public async Task<int> MigrateAsync(CancellationToken cancellationToken)
    {
        var missing = await MissingAsync(database, cancellationToken);
        if (missing.Count == 0)
            return 0;

        LogMigrating(missing.Count, missing[^1]);
        try
        {
            await ApplyAsync(cancellationToken);
        }
        catch (PostgresException refused) when (refused.SqlState == PostgresErrorCodes.InsufficientPrivilege)
        {
            throw new StartException(
                $"Failed to initialize database: the schema of {database.Url} is not up to date, and this role may not change it "
                + $"({refused.MessageText}): set DATABASE_MIGRATION_URL to the role that owns the tables, or run `cleangateway db migrate` with it",
                refused);
        }

        return missing.Count;
    }

    /// <summary>What was migrated as the tables' owner has to be the database that the gateway works on.</summary>
    /// <exception cref="StartException">It is another one.</exception>
    public async Task RequireMigratedAsync(GatewayDatabase other, CancellationToken cancellationToken)
    {
        if (await MissingAsync(other, cancellationToken) is { Count: > 0 })
        {
            throw new StartException(
                $"Failed to initialize database: {other.Url} has not got the schema that {database.Url} has: DATABASE_URL and DATABASE_MIGRATION_URL "
                + "have to lead to the same database and schema");
        }
    }

    private async Task ApplyAsync(CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenAsync(cancellationToken);
        await using var context = new GatewayDbContext(GatewayDbContextOptions.For(connection));
        context.Database.SetCommandTimeout(MigrationDeadline);
        await context.Database.MigrateAsync(cancellationToken);
        await connection.ReloadTypesAsync(cancellationToken);
        await GrantRightsAsync(connection, cancellationToken);
    }

    // Where the database has roles (build/deploy/database-roles.sql), they get their rights to what is new. Only by the owner's own
    // function: where others may make functions in the schema, theirs would run with the owner's rights.
    private static async Task GrantRightsAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        const string IsThere =
            """
            SELECT EXISTS (SELECT FROM pg_proc WHERE proname = 'gateway_grant_rights' AND pronamespace = current_schema()::regnamespace
                           AND proowner = (SELECT oid FROM pg_roles WHERE rolname = current_user))
            """;
        await using var ask = new NpgsqlCommand(IsThere, connection);
        if (await ask.ExecuteScalarAsync(cancellationToken) is not true)
            return;

        await using var grant = new NpgsqlCommand("SELECT gateway_grant_rights()", connection);
        await grant.ExecuteNonQueryAsync(cancellationToken);
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
        await using var server = GatewayDatabase.Build(new NpgsqlDataSourceBuilder(maintenance.ConnectionString), database.Url);
        await using var connection = await server.OpenConnectionAsync(cancellationToken);

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

    /// <summary>The migrations of this version that a database has not got, oldest first.</summary>
    public static async Task<IReadOnlyList<string>> MissingAsync(GatewayDatabase database, CancellationToken cancellationToken) =>
        [.. Known.Except(await AppliedAsync(database, cancellationToken))];

    private static async Task<IReadOnlyList<string>> AppliedAsync(GatewayDatabase database, CancellationToken cancellationToken)
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
