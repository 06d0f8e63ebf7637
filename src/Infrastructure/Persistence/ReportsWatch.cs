using CleanGateway.Infrastructure.Configuration;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace CleanGateway.Infrastructure.Persistence;

/// <summary>Looks every few seconds whether reports can be read from their replica, and how far it is behind.</summary>
internal sealed partial class ReportsWatch(ReportsDatabase reports, TimeProvider clock, ILogger<ReportsWatch> logger) : BackgroundService
{
    // Every gateway shows once a second that it lives, so the moment of the newest transaction is never much older than the replica is
    // behind. A server that follows none in this way, such as a replica by subscription or one that was promoted, is measured by these signs.
    private const string Behind =
        """
        SELECT extract(epoch FROM clock_timestamp() - coalesce(
            CASE WHEN pg_is_in_recovery() THEN pg_last_xact_replay_timestamp() END, (SELECT max(seen_at) FROM gateway_instances)))::float8
        """;

    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(5);

    private volatile State state = new(null, null);
    private bool told;

    /// <summary>Whether the replica answers and has this version's schema. Null: it has not been looked at yet.</summary>
    public bool? IsUsable => state.IsUsable;

    /// <summary>Seconds. Null while it is not known: the replica does not answer, or has nothing to tell it by.</summary>
    public double? Lag => state.Lag;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        if (reports.Replica is not { } replica)
            return;

        while (!stoppingToken.IsCancellationRequested)
        {
            await LookAsync(replica, stoppingToken);
            await Task.Delay(Interval, clock, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private async Task LookAsync(GatewayDatabase replica, CancellationToken stoppingToken)
    {
        try
        {
            if (await Migrator.MissingAsync(replica, stoppingToken) is { Count: > 0 } missing)
            {
                Tell(usable: false, () => LogOther(replica.Url, missing[0]));
                return;
            }

            Tell(usable: true, () => LogUsable(replica.Url), await LagAsync(replica, stoppingToken));
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // The gateway ends.
        }
        catch (Exception failure)
        {
            Tell(usable: false, () => LogUnusable(replica.Url, failure is PostgresException refused ? refused.MessageText : failure.GetBaseException().Message));
        }
    }

    private static Task<double?> LagAsync(GatewayDatabase replica, CancellationToken stoppingToken) => replica.ReadAsync(
        async connection =>
        {
            await using var ask = new NpgsqlCommand(Behind, connection);
            return await ask.ExecuteScalarAsync(stoppingToken) is double seconds ? Math.Max(0, seconds) : (double?)null;
        },
        stoppingToken);

    // Once for each change; metrics say the rest.
    private void Tell(bool usable, Action log, double? lag = null)
    {
        var changed = state.IsUsable != usable;
        state = new State(usable, lag);
        if (!changed || (usable && !told))
            return;

        told = true;
        log();
    }

    [LoggerMessage(LogLevel.Information, "Reports are read from {Replica} again")]
    private partial void LogUsable(DatabaseUrl replica);

    [LoggerMessage(LogLevel.Warning, "Reports cannot be read from {Replica} ({Reason}); calls do not need it. Trying again")]
    private partial void LogUnusable(DatabaseUrl replica, string reason);

    [LoggerMessage(LogLevel.Warning, "{Replica} has not got the schema that reports need ({Missing} has not been applied): is it a replica of DATABASE_URL?")]
    private partial void LogOther(DatabaseUrl replica, string missing);

    private sealed record State(bool? IsUsable, double? Lag);
}
