using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using System.Text;
using CleanGateway.Application.Common;

namespace CleanGateway.Infrastructure.Telemetry;

/// <summary>Collects what instruments measure, for those who ask for it in Prometheus's text format.</summary>
internal sealed class PrometheusExporter : IDisposable
{
    /// <summary>Whose instruments are told.</summary>
    internal static readonly string[] Meters = [GatewayMetrics.MeterName, "Npgsql", "System.Runtime", "Microsoft.AspNetCore.Server.Kestrel"];

    private readonly ConcurrentDictionary<Instrument, MetricFamily> families = new();
    private readonly MeterListener listener = new();
    private long dropped;

    /// <param name="meters">Whose instruments to listen to, besides those that belong to no one.</param>
    public PrometheusExporter(IMeterFactory meters)
    {
        listener.InstrumentPublished = (instrument, listening) =>
        {
            if (Meters.Contains(instrument.Meter.Name) && (instrument.Meter.Scope is null || ReferenceEquals(instrument.Meter.Scope, meters)))
                listening.EnableMeasurementEvents(instrument, families.GetOrAdd(instrument, NewFamily));
        };
        listener.SetMeasurementEventCallback<byte>(static (_, value, tags, family) => ((MetricFamily)family!).Record((long)value, tags));
        listener.SetMeasurementEventCallback<short>(static (_, value, tags, family) => ((MetricFamily)family!).Record((long)value, tags));
        listener.SetMeasurementEventCallback<int>(static (_, value, tags, family) => ((MetricFamily)family!).Record((long)value, tags));
        listener.SetMeasurementEventCallback<long>(static (_, value, tags, family) => ((MetricFamily)family!).Record(value, tags));
        listener.SetMeasurementEventCallback<float>(static (_, value, tags, family) => ((MetricFamily)family!).Record((double)value, tags));
        listener.SetMeasurementEventCallback<double>(static (_, value, tags, family) => ((MetricFamily)family!).Record(value, tags));
        listener.SetMeasurementEventCallback<decimal>(static (_, value, tags, family) => ((MetricFamily)family!).Record((double)value, tags));
        listener.Start();

        meters.Create(GatewayMetrics.MeterName).CreateObservableCounter(
            "cleangateway.metrics.series_dropped",
            () => Interlocked.Read(ref dropped),
            "{measurement}",
            "Measurements counted in a family's series 'other', because it has as many series as it may");
    }

    public string Render()
    {
        listener.RecordObservableInstruments();
        var text = new StringBuilder(16 * 1024);

        // Two instruments of one name would make an invalid text; the first one speaks for it.
        var names = families.Values.GroupBy(family => family.Name, StringComparer.Ordinal);
        foreach (var family in names.OrderBy(group => group.Key, StringComparer.Ordinal))
            family.First().WriteTo(text);

        return text.ToString();
    }

    public void Dispose() => listener.Dispose();

    private MetricFamily NewFamily(Instrument instrument) => new(instrument, () => Interlocked.Increment(ref dropped));
}
