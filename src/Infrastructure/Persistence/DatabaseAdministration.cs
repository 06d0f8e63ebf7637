using CleanGateway.Infrastructure.Configuration;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace CleanGateway.Infrastructure.Persistence;

/// <summary>What the command line does to a database.</summary>
public static class DatabaseAdministration
{
    private const int Connections = 2;

    /// <summary>Makes the database where there is none, and brings it to the schema of this version.</summary>
    /// <returns>How many migrations were applied.</returns>
    /// <exception cref="StartException">It cannot be reached or changed.</exception>
    public static async Task<int> MigrateAsync(DatabaseUrl url, ILoggerFactory loggers, TimeProvider clock, CancellationToken cancellationToken)
    {
        await using var database = new GatewayDatabase(url, Connections);
        var migrator = new Migrator(database, loggers.CreateLogger<Migrator>());
        var partitions = new Partitions(database, clock, loggers.CreateLogger<Partitions>());
        return await ReportingAsync(async () =>
        {
            await migrator.CreateDatabaseIfMissingAsync(cancellationToken);
            var applied = 0;
            await migrator.WithStartLockAsync(
                async () =>
                {
                    applied = await migrator.MigrateAsync(cancellationToken);
                    if (await partitions.MayMaintainAsync(cancellationToken))
                        await partitions.EnsureAsync(cancellationToken);
                },
                cancellationToken);
            return applied;
        });
    }

    /// <summary>Makes the partitions of the days to come, and drops those that are older than they have to be kept.</summary>
    /// <returns>The names of the partitions that were made and dropped.</returns>
    /// <exception cref="StartException">It cannot be reached, its tables belong to another role, or are too busy.</exception>
    public static async Task<(IReadOnlyList<string> Made, IReadOnlyList<string> Dropped)> MaintainAsync(
        DatabaseUrl url, GatewaySettings settings, ILoggerFactory loggers, TimeProvider clock, CancellationToken cancellationToken)
    {
        await using var database = new GatewayDatabase(url, Connections);
        var partitions = new Partitions(database, clock, loggers.CreateLogger<Partitions>());
        var retention = new PartitionRetention(database, settings, clock, loggers.CreateLogger<PartitionRetention>());
        return await ReportingAsync(async () =>
        {
            if (!await partitions.MayMaintainAsync(cancellationToken))
                throw new StartException($"{partitions.Role} does not own the gateway's tables: set DATABASE_MIGRATION_URL to the role that does");

            var before = await NamesAsync();
            try
            {
                await partitions.EnsureAsync(cancellationToken);
                await retention.DropAsync(cancellationToken);
            }
            catch (PostgresException busy) when (busy.SqlState is PostgresErrorCodes.LockNotAvailable or PostgresErrorCodes.DeadlockDetected)
            {
                throw new StartException("The tables are too busy to look after their partitions: try again in a moment", busy);
            }

            var after = await NamesAsync();
            return ((IReadOnlyList<string>)[.. after.Except(before)], (IReadOnlyList<string>)[.. before.Except(after)]);
        });

        async Task<List<string>> NamesAsync() =>
            [.. (await PartitionState.ReadAsync(database, cancellationToken)).Select(partition => partition.Name)];
    }

    /// <returns>Each difference between the live schema and the one this version needs, a line each.</returns>
    /// <exception cref="StartException">The database cannot be reached.</exception>
    public static async Task<IReadOnlyList<string>> ValidateAsync(DatabaseUrl url, CancellationToken cancellationToken)
    {
        await using var database = new GatewayDatabase(url, Connections);
        return await ReportingAsync(() => new SchemaValidator(database).FindDifferencesAsync(cancellationToken));
    }

    /// <summary>The partitions of all tables that have some, oldest first.</summary>
    /// <exception cref="StartException">The database cannot be reached.</exception>
    public static async Task<IReadOnlyList<PartitionState>> PartitionsAsync(DatabaseUrl url, CancellationToken cancellationToken)
    {
        await using var database = new GatewayDatabase(url, Connections);
        return await ReportingAsync(() => PartitionState.ReadAsync(database, cancellationToken));
    }

    private static async Task<T> ReportingAsync<T>(Func<Task<T>> work)
    {
        try
        {
            return await work();
        }
        catch (Exception failure) when (failure is NpgsqlException or TimeoutException)
        {
            throw new StartException(failure is PostgresException refused ? refused.MessageText : failure.GetBaseException().Message, failure);
        }
    }
}
