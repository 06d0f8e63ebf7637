using CleanGateway.Infrastructure.Configuration;
using CleanGateway.Infrastructure.Persistence;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace CleanGateway.Infrastructure.Snapshots;

/// <summary>
/// Notices changes of the configuration: at once by notification, and within a second by asking, because notifications
/// are lost without a sound when a connection is. The asking also tells whether the database is there at all.
/// </summary>
internal sealed partial class ConfigurationWatcher(
    GatewayDatabase database, GatewaySnapshots snapshots, ConfigurationVersion version, DatabaseHealth health,
    GatewaySettings settings, TimeProvider clock, ILogger<ConfigurationWatcher> logger) : BackgroundService
{
    private static readonly TimeSpan PollInterval = TimeSpan.FromSeconds(1);
    private const int PollDeadlineSeconds = 2;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                await using var connection = await database.OpenDedicatedAsync(stoppingToken);
                await WatchAsync(connection, stoppingToken);
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                return;
            }
            catch (Exception failure)
            {
                // Whatever it was, the watch must go on: without it no change would be noticed ever again.
                health.IsReachable = failure is not (NpgsqlException or TimeoutException or IOException);
                LogLost(failure);
                await Task.Delay(PollInterval, clock, stoppingToken);
            }
        }
    }

    private async Task WatchAsync(NpgsqlConnection connection, CancellationToken stoppingToken)
    {
        await using (var listen = new NpgsqlCommand("LISTEN config_changed", connection))
            await listen.ExecuteNonQueryAsync(stoppingToken);

        await using var poll = new NpgsqlCommand("SELECT version FROM config_version", connection) { CommandTimeout = PollDeadlineSeconds };
        var lastReload = clock.GetTimestamp();
        while (true)
        {
            if (await poll.ExecuteScalarAsync(stoppingToken) is long found)
                version.Newest = found;
            health.IsReachable = true;

            if (version.Newest != snapshots.SeenVersion || clock.GetElapsedTime(lastReload) >= settings.ProviderReloadInterval)
            {
                await snapshots.ReloadAsync(stoppingToken);
                lastReload = clock.GetTimestamp();
            }

            await connection.WaitAsync(PollInterval, stoppingToken);
        }
    }

    [LoggerMessage(LogLevel.Error, "Changes of the configuration are not noticed now; trying again")]
    private partial void LogLost(Exception exception);
}
