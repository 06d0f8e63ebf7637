using System.Diagnostics.Metrics;
using System.Reflection;
using System.Runtime.InteropServices;
using CleanGateway.Application.Common;
using CleanGateway.Infrastructure.Admission;
using CleanGateway.Infrastructure.Configuration;
using CleanGateway.Infrastructure.Journal;
using CleanGateway.Infrastructure.Persistence;
using CleanGateway.Infrastructure.Snapshots;

namespace CleanGateway.Infrastructure.Telemetry;

/// <summary>Gauges over what the infrastructure knows of itself.</summary>
internal sealed class InfrastructureMetrics
{
    private readonly Meter meter;

    public InfrastructureMetrics(
        IMeterFactory meters, IJournal journal, GatewaySnapshots snapshots, GatewayDatabase database, DatabaseHealth health,
        ReportsWatch reports, PartitionMaintenance partitions,
        MeteringCoordinator metering, EpochGate budgets, MeterBooks books, GatewaySettings settings, Shutdown shutdown)
    {
        meter = meters.Create(GatewayMetrics.MeterName);
        Process();
        Gauge("ready", () => journal.IsAvailable && !shutdown.HasBegun ? 1 : 0, "1 while calls are answered, as /health/ready says");
        Gauge("journal.healthy", () => journal.IsAvailable ? 1 : 0, "1 while exchanges can be recorded");
        Gauge("journal.waiting", () => journal.Statistics.Waiting, "Exchanges that are not in the database yet");
        Gauge("journal.lag", () => journal.Statistics.LagMs / 1000, "How long the oldest exchange that is not in the database has been waiting", "s");
        Gauge("journal.spool", () => journal.Statistics.SpoolBytes, "Bytes of the journal on the gateway's own disk", "By");
        if (settings.LogBuffer == LogBuffer.Spool)
            Gauge("journal.spool.limit", () => settings.JournalMaxBytes, "Bytes that the journal may have there", "By");
        Counter("journal.written", () => journal.Statistics.Written, "Exchanges written to the database");
        Counter("journal.retries", () => journal.Statistics.Retries, "Writes to the database that failed and were made again");
        Counter("journal.quarantined", () => journal.Statistics.Quarantined, "Pieces of the journal put aside; above 0 is an alarm");
        Counter("journal.dropped", () => journal.Statistics.Dropped, "Exchanges thrown away: always 0");
        Gauge("partitions.stray_rows", () => partitions.StrayRows, "Rows in the default partitions; above 0 is an alarm");
        Gauge("database.reachable", () => health.IsReachable ? 1 : 0, "1 while the database answers");
        Gauge("database.connections.reuse_rate", () => (double)database.Pool.ReuseRate, "Share of connection requests that needed no new connection");
        if (settings.ReportsDatabase is not null)
            Reports(reports);
        Gauge("gateways.alive", () => metering.Replicas, "Gateways on the database, this one included");
        Gauge("budgets.epoch", () => budgets.Open?.Epoch ?? 0, "One more each time the counters of budgets begin anew; 0 while they do");
        Gauge(
            "budgets.in_database", () => budgets.Open?.Book == Book.Database ? 1 : 0,
            "1 while budgets are counted in the database, for want of a Redis that all gateways reach");
        if (books.Redis is not null)
            Redis(books);
        Gauge("config.version", () => snapshots.Current.Version, "Version of the configuration in use");
        Gauge("config.problems", () => snapshots.Problems.Count, "Rows for which the newest configuration is not in use; above 0 is an alarm");
    }

    private void Process()
    {
        var version = typeof(InfrastructureMetrics).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion;
        var build = new Measurement<int>(
            1, new("version", version?.Split('+')[0] ?? "unknown"), new("runtime", RuntimeInformation.FrameworkDescription));
        meter.CreateObservableGauge("cleangateway.build.info", () => build, unit: null, "1; the labels say what runs");

        using var process = System.Diagnostics.Process.GetCurrentProcess();
        var started = new DateTimeOffset(process.StartTime).ToUnixTimeMilliseconds() / 1000.0;
        meter.CreateObservableGauge("process.start_time", () => started, "s", "When the process began, in seconds of Unix time");
    }

    private void Reports(ReportsWatch reports)
    {
        Gauge("reports.reachable", () => reports.IsUsable is false ? 0 : 1, "1 while the replica for reports answers and has the schema they need");
        meter.CreateObservableGauge(
            "cleangateway.reports.lag",
            () => reports.Lag is { } lag ? [new Measurement<double>(lag)] : Array.Empty<Measurement<double>>(),
            "s",
            "How far the replica for reports is behind; not there while that is not known");
    }

    private void Redis(MeterBooks books)
    {
        Gauge("redis.answering", () => books.IsAnswering ? 1 : 0, "1 while Redis answers in time; rates are limited to a share otherwise");
        meter.CreateObservableGauge(
            "cleangateway.breaker.state",
            () => new Measurement<int>(books.IsAnswering ? 0 : 1, new KeyValuePair<string, object?>("breaker", "redis")),
            unit: null,
            "0: closed, calls go through; 1: open, they do without");
    }

    private void Gauge(string name, Func<double> value, string description, string? unit = null) =>
        meter.CreateObservableGauge($"cleangateway.{name}", value, unit, description);

    private void Counter(string name, Func<long> value, string description) =>
        meter.CreateObservableCounter($"cleangateway.{name}", value, description: description);
}
