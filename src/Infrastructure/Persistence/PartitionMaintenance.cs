using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace CleanGateway.Infrastructure.Persistence;

/// <summary>Looks every hour that the days to come have their partitions.</summary>
internal sealed partial class PartitionMaintenance(Partitions partitions, TimeProvider clock, ILogger<PartitionMaintenance> logger) : BackgroundService
{
    private static readonly TimeSpan Interval = TimeSpan.FromHours(1);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Interval, clock);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            try
            {
                await partitions.EnsureAsync(stoppingToken);
            }
            catch (Exception failure) when (failure is NpgsqlException or TimeoutException)
            {
                // There are days in hand, and the default partition refuses nothing: the next hour will do.
                LogFailed(failure);
            }
        }
    }

    [LoggerMessage(LogLevel.Error, "Partitions could not be made; trying again in an hour")]
    private partial void LogFailed(Exception exception);
}
