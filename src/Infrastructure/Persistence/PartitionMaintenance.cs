using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace CleanGateway.Infrastructure.Persistence;

/// <summary>
/// Looks after the partitions: at once and every hour the days to come get theirs, and those that are too old go. When
/// the tables are too busy for it, it tries again soon. Where others own the tables, it leaves all that to them.
/// </summary>
internal sealed partial class PartitionMaintenance(
    Partitions partitions, PartitionRetention retention, GatewayDatabase database, TimeProvider clock, ILogger<PartitionMaintenance> logger)
    : BackgroundService
{
    private static readonly TimeSpan Interval = TimeSpan.FromHours(1);
    private static readonly TimeSpan SoonAgain = TimeSpan.FromSeconds(30);
    private long strayRows;
    private bool toldThatOthersMaintain;

    /// <summary>Rows in the default partitions when it last looked; above 0 is an alarm: they should have partitions of their own.</summary>
    public long StrayRows => Interlocked.Read(ref strayRows);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            var done = await TryAsync(stoppingToken);
            await Task.Delay(done ? Interval : SoonAgain, clock, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private async Task<bool> TryAsync(CancellationToken stoppingToken)
    {
        try
        {
            if (await partitions.MayMaintainAsync(stoppingToken))
            {
                await partitions.EnsureAsync(stoppingToken);
                await retention.DropAsync(stoppingToken);
            }
            else if (!toldThatOthersMaintain)
            {
                LogOthersMaintain(partitions.Role);
                toldThatOthersMaintain = true;
            }

            var stray = (await PartitionState.ReadAsync(database, stoppingToken)).Where(partition => partition.IsDefault).Sum(partition => partition.Rows);
            Interlocked.Exchange(ref strayRows, stray);
            if (stray > 0)
                LogStray(stray);
            return true;
        }
        catch (PostgresException busy) when (busy.SqlState is PostgresErrorCodes.LockNotAvailable or PostgresErrorCodes.DeadlockDetected)
        {
            LogBusy(SoonAgain.TotalSeconds);
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            return true;
        }
        catch (Exception failure)
        {
            // There are days in hand, and the default partition refuses nothing: later will do.
            LogFailed(failure, SoonAgain.TotalSeconds);
        }

        return false;
    }

    [LoggerMessage(LogLevel.Error, "{Rows} rows are in the default partitions, because no other is for their time; see cleangateway db partitions")]
    private partial void LogStray(long rows);

    [LoggerMessage(
        LogLevel.Warning,
        "{Role} does not own the tables, so this gateway makes and drops no partitions: run cleangateway db maintain once a day as their owner, "
        + "or set DATABASE_MIGRATION_URL")]
    private partial void LogOthersMaintain(string role);

    [LoggerMessage(LogLevel.Information, "The tables are too busy to look after their partitions; trying again in {Seconds} s")]
    private partial void LogBusy(double seconds);

    [LoggerMessage(LogLevel.Error, "The partitions could not be looked after; trying again in {Seconds} s")]
    private partial void LogFailed(Exception exception, double seconds);
}
