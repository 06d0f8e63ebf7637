using CleanGateway.Application.Common;
using CleanGateway.Infrastructure.AdminTokens;
using CleanGateway.Infrastructure.Configuration;
using CleanGateway.Infrastructure.Persistence;
using CleanGateway.Infrastructure.Redis;
using CleanGateway.Infrastructure.Secrets;
using CleanGateway.Infrastructure.Snapshots;
using CleanGateway.Infrastructure.Telemetry;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace CleanGateway.Infrastructure;

/// <summary>What has to be right before the first call is taken.</summary>
internal sealed partial class GatewayStart(
    Migrator migrator, GatewayDatabase database, Partitions partitions, GatewaySnapshots snapshots, ConfigurationVersion version,
    AdminTokenDirectory admins, RedisConnection redis, MasterKeyCheck masterKeys, GatewaySettings settings, ILogger<GatewayStart> logger)
{
    /// <param name="firstSteps">Runs when the schema is there, while no other replica does the same.</param>
    /// <exception cref="StartException">Something the gateway needs is not there; the message says what and why.</exception>
    public async Task RunAsync(Func<Task> firstSteps, CancellationToken cancellationToken)
    {
        try
        {
            await migrator.WithStartLockAsync(
                async () =>
                {
                    await migrator.MigrateAsync(cancellationToken);
                    if (settings.MigrationDatabase is not null)
                        await migrator.RequireMigratedAsync(database, cancellationToken);
                    await masterKeys.RunAsync(cancellationToken);
                    await MakePartitionsAsync(cancellationToken);
                    await firstSteps();
                },
                cancellationToken);
            await snapshots.ReloadAsync(cancellationToken);
            version.Newest = snapshots.SeenVersion;
            await admins.StartAsync(cancellationToken);
        }
        catch (Exception failure) when (failure is NpgsqlException or DbUpdateException or TimeoutException)
        {
            throw new StartException($"Failed to initialize database: {failure.GetBaseException().Message}", failure);
        }

        if (settings.Redis is { } address)
            await redis.ConnectAsync(address, settings);
    }

    // Under load the locks may not be had at once; the default partitions hold until the next attempt.
    private async Task MakePartitionsAsync(CancellationToken cancellationToken)
    {
        try
        {
            if (await partitions.MayMaintainAsync(cancellationToken))
                await partitions.EnsureAsync(cancellationToken);
        }
        catch (PostgresException busy) when (busy.SqlState is PostgresErrorCodes.LockNotAvailable or PostgresErrorCodes.DeadlockDetected)
        {
            LogNoPartitions();
        }
    }

    [LoggerMessage(LogLevel.Warning, "The tables are too busy to make partitions now; trying again soon")]
    private partial void LogNoPartitions();
}

public static class GatewayStartExtensions
{
    /// <summary>Brings database, configuration and Redis up; after that the host can be started.</summary>
    /// <param name="firstSteps">Runs when the schema is there, while no other replica does the same.</param>
    /// <exception cref="StartException">Something the gateway needs is not there; the message says what and why.</exception>
    public static Task PrepareGatewayAsync(this IServiceProvider services, Func<Task> firstSteps, CancellationToken cancellationToken)
    {
        // Asked for so that the gauges exist, and counters begin.
        services.GetRequiredService<InfrastructureMetrics>();
        services.GetRequiredService<GatewayMetrics>();
        return services.GetRequiredService<GatewayStart>().RunAsync(firstSteps, cancellationToken);
    }

    /// <summary>Listens to what is measured from here on: to be called before anything is.</summary>
    public static void BeginMeasuring(this IServiceProvider services) => services.GetRequiredService<PrometheusExporter>();

    /// <summary>Looks whether the master keys are the right ones, and which of them seals: for commands that seal or open credentials.</summary>
    /// <exception cref="StartException">They are not the database's; the message names those that are missing.</exception>
    public static Task PrepareMasterKeysAsync(this IServiceProvider services, CancellationToken cancellationToken) =>
        services.GetRequiredService<MasterKeyCheck>().RunAsync(cancellationToken);
}
