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

    private static readonly TimeSpan ForgetInterval = TimeSpan.FromHours(1);

    private long? forgottenAt;
    private readonly SemaphoreSlim changes = new(0, 1);

    public override void Dispose()
    {
        base.Dispose();
        changes.Dispose();
    }

    // Two loops: reading the configuration may take long, and keys that were revoked meanwhile must be known at once.
    protected override Task ExecuteAsync(CancellationToken stoppingToken) => Task.WhenAll(
        RepeatAsync(WatchAsync, stoppingToken),
        RepeatAsync(FollowAsync, stoppingToken));

    private async Task RepeatAsync(Func<CancellationToken, Task> work, CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                await work(stoppingToken);
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                return;
            }
            catch (Exception failure)
            {
                // Whatever it was, this must go on: without it no change would be noticed ever again.
                LogLost(failure);
                await Task.Delay(PollInterval, clock, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    private async Task WatchAsync(CancellationToken stoppingToken)
    {
        try
        {
            await using var connection = await database.OpenDedicatedAsync(stoppingToken);
            await using (var listen = new NpgsqlCommand("LISTEN config_changed", connection))
                await listen.ExecuteNonQueryAsync(stoppingToken);

            await using var poll = new NpgsqlCommand("SELECT version FROM config_version", connection) { CommandTimeout = PollDeadlineSeconds };
            while (true)
            {
                if (await poll.ExecuteScalarAsync(stoppingToken) is long found)
                    version.Newest = found;
                health.IsReachable = true;
                if (version.Newest != snapshots.SeenVersion && changes.CurrentCount == 0)
                    changes.Release();   // no one else does

                await connection.WaitAsync(PollInterval, stoppingToken);
            }
        }
        catch (Exception failure) when (failure is NpgsqlException or TimeoutException or IOException)
        {
            health.IsReachable = false;
            throw;
        }
    }

    private async Task FollowAsync(CancellationToken stoppingToken)
    {
        while (true)
        {
            await changes.WaitAsync(settings.ProviderReloadInterval, stoppingToken);
            await snapshots.ReloadAsync(stoppingToken);
            if (forgottenAt is null || clock.GetElapsedTime(forgottenAt.Value) > ForgetInterval)
                await ForgetAnswersAsync(stoppingToken);
        }
    }

    // Whether or not somebody comes with another idempotency key: answers hold secrets.
    private async Task ForgetAnswersAsync(CancellationToken stoppingToken)
    {
        await using var connection = await database.OpenAsync(stoppingToken);
        await using var forget = new NpgsqlCommand("DELETE FROM idempotency_keys WHERE created_at < $1", connection);
        forget.Parameters.Add(new NpgsqlParameter<DateTimeOffset> { TypedValue = clock.GetUtcNow() - IdempotencyKeys.Remembered });
        await forget.ExecuteNonQueryAsync(stoppingToken);
        forgottenAt = clock.GetTimestamp();
    }

    [LoggerMessage(LogLevel.Error, "Changes of the configuration are not noticed now; trying again")]
    private partial void LogLost(Exception exception);
}
