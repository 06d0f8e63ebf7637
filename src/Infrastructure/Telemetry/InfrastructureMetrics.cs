using System.Diagnostics.Metrics;
using CleanGateway.Application.Common;
using CleanGateway.Infrastructure.Admission;
using CleanGateway.Infrastructure.Journal;
using CleanGateway.Infrastructure.Persistence;
using CleanGateway.Infrastructure.Snapshots;

namespace CleanGateway.Infrastructure.Telemetry;

/// <summary>Gauges over what the infrastructure knows of itself.</summary>
internal sealed class InfrastructureMetrics
{
    private readonly Meter meter;

    public InfrastructureMetrics(
        IMeterFactory meters, IJournal journal, GatewaySnapshots snapshots, GatewayDatabase database, DatabaseHealth health, PartitionMaintenance partitions,
        MeteringCoordinator metering, EpochGate budgets, MeterBooks books)
    {
        meter = meters.Create(GatewayMetrics.MeterName);
        Gauge("journal.healthy", () => journal.IsAvailable ? 1 : 0, "1 while exchanges can be recorded");
        Gauge("journal.waiting", () => journal.Statistics.Waiting, "Exchanges that are not in the database yet");
        Gauge("journal.lag", () => journal.Statistics.LagMs / 1000, "How long the oldest exchange that is not in the database has been waiting", "s");
        Gauge("journal.spool", () => journal.Statistics.SpoolBytes, "Bytes of the journal on the gateway's own disk", "By");
        Counter("journal.written", () => journal.Statistics.Written, "Exchanges written to the database");
        Counter("journal.retries", () => journal.Statistics.Retries, "Writes to the database that failed and were made again");
        Counter("journal.quarantined", () => journal.Statistics.Quarantined, "Pieces of the journal put aside; above 0 is an alarm");
        Counter("journal.dropped", () => journal.Statistics.Dropped, "Exchanges thrown away: always 0");
        Gauge("partitions.stray_rows", () => partitions.StrayRows, "Rows in the default partitions; above 0 is an alarm");
        Gauge("database.reachable", () => health.IsReachable ? 1 : 0, "1 while the database answers");
        Gauge("database.connections.reuse_rate", () => (double)database.Pool.ReuseRate, "Share of connection requests that needed no new connection");
        Gauge("gateways.alive", () => metering.Replicas, "Gateways on the database, this one included");
        Gauge("budgets.epoch", () => budgets.Open?.Epoch ?? 0, "One more each time the counters of budgets begin anew; 0 while they do");
        Gauge("budgets.in_database", () => budgets.Open?.Book == Book.Database ? 1 : 0, "1 while budgets are counted in the database, for want of a Redis that all gateways reach");
        if (books.Redis is not null)
            Gauge("redis.answering", () => books.IsAnswering ? 1 : 0, "1 while Redis answers in time; rates are limited to a share otherwise");
        Gauge("config.version", () => snapshots.Current.Version, "Version of the configuration in use");
        Gauge("config.problems", () => snapshots.Problems.Count, "Rows for which the newest configuration is not in use; above 0 is an alarm");
    }

    private void Gauge(string name, Func<double> value, string description, string? unit = null) =>
        meter.CreateObservableGauge($"cleangateway.{name}", value, unit, description);

    private void Counter(string name, Func<long> value, string description) =>
        meter.CreateObservableCounter($"cleangateway.{name}", value, description: description);
}
