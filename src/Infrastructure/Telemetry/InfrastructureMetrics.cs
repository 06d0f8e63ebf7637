using System.Diagnostics.Metrics;
using CleanGateway.Application.Common;
using CleanGateway.Infrastructure.Journal;
using CleanGateway.Infrastructure.Persistence;
using CleanGateway.Infrastructure.Snapshots;

namespace CleanGateway.Infrastructure.Telemetry;

/// <summary>Gauges over what the infrastructure knows of itself.</summary>
internal sealed class InfrastructureMetrics
{
    public InfrastructureMetrics(IMeterFactory meters, IJournal journal, GatewaySnapshots snapshots, GatewayDatabase database, DatabaseHealth health, PartitionMaintenance partitions)
    {
        var meter = meters.Create(GatewayMetrics.MeterName);
        meter.CreateObservableGauge("cleangateway.journal.healthy", () => journal.IsAvailable ? 1 : 0, description: "1 while exchanges can be recorded");
        meter.CreateObservableGauge("cleangateway.journal.waiting", () => journal.Statistics.Waiting, description: "Exchanges that are not in the database yet");
        meter.CreateObservableCounter("cleangateway.journal.written", () => journal.Statistics.Written, description: "Exchanges written to the database");
        meter.CreateObservableGauge("cleangateway.journal.lag", () => journal.Statistics.LagMs / 1000, "s", "How long the oldest exchange that is not in the database has been waiting");
        meter.CreateObservableGauge("cleangateway.journal.spool", () => journal.Statistics.SpoolBytes, "By", "Bytes of the journal on the gateway's own disk");
        meter.CreateObservableCounter("cleangateway.journal.retries", () => journal.Statistics.Retries, description: "Writes to the database that failed and were made again");
        meter.CreateObservableCounter("cleangateway.journal.quarantined", () => journal.Statistics.Quarantined, description: "Pieces of the journal put aside; above 0 is an alarm");
        meter.CreateObservableCounter("cleangateway.journal.dropped", () => journal.Statistics.Dropped, description: "Exchanges thrown away: always 0");
        meter.CreateObservableGauge(
            "cleangateway.partitions.stray_rows", () => partitions.StrayRows, description: "Rows in the default partitions; above 0 is an alarm");
        meter.CreateObservableGauge("cleangateway.database.reachable", () => health.IsReachable ? 1 : 0, description: "1 while the database answers");
        meter.CreateObservableGauge("cleangateway.database.connections.reuse_rate", () => (double)database.Pool.ReuseRate, description: "Share of connection requests that needed no new connection");
        meter.CreateObservableGauge("cleangateway.config.version", () => snapshots.Current.Version, description: "Version of the configuration in use");
        meter.CreateObservableGauge("cleangateway.config.problems", () => snapshots.Problems.Count, description: "Rows for which the newest configuration is not in use; above 0 is an alarm");
    }
}
