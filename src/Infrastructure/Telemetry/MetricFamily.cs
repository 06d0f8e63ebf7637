using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using System.Text;

namespace CleanGateway.Infrastructure.Telemetry;

/// <summary>
/// All series of an instrument. There are at most <see cref="MostSeries"/>: measurements with further labels are counted
/// together in one whose labels all say <c>other</c>, so that no label, however it came about, fills the memory of the
/// gateway or of whoever scrapes it.
/// </summary>
internal sealed class MetricFamily
{
    public const int MostSeries = 2000;

    private const string Other = "other";

    /// <summary>Of histograms of seconds that say nothing else.</summary>
    internal static readonly double[] UsualBounds =
        [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120];

    private readonly Instrument instrument;
    private readonly string type;
    private readonly Func<string, MetricSeries> create;
    private readonly Action overflowed;
    private readonly ConcurrentDictionary<TagSet, MetricSeries> known = new(TagSetComparer.Instance);
    private readonly ConcurrentDictionary<TagSet, MetricSeries>.AlternateLookup<ReadOnlySpan<KeyValuePair<string, object?>>> lookup;
    private readonly Lock gate = new();
    private readonly Dictionary<string, MetricSeries> written = new(StringComparer.Ordinal);
    private volatile MetricSeries? rest;

    /// <param name="overflowed">Told of each measurement that got no series of its own.</param>
    public MetricFamily(Instrument instrument, Action overflowed)
    {
        this.instrument = instrument;
        this.overflowed = overflowed;
        lookup = known.GetAlternateLookup<ReadOnlySpan<KeyValuePair<string, object?>>>();
        var kind = instrument.GetType();
        var generic = kind.IsGenericType ? kind.GetGenericTypeDefinition() : kind;
        var name = PrometheusText.NameOf(instrument);
        var total = name.EndsWith("_total", StringComparison.Ordinal) ? name : name + "_total";
        var bounds = (instrument as Histogram<double>)?.Advice?.HistogramBucketBoundaries?.ToArray() ?? UsualBounds;
        (type, Name, create) = generic switch
        {
            _ when generic == typeof(Histogram<>) => ("histogram", name, labels => new HistogramSeries(labels, bounds)),
            _ when generic == typeof(Counter<>) => ("counter", total, labels => new SumSeries(labels)),
            _ when generic == typeof(ObservableCounter<>) => ("counter", total, labels => new LastValueSeries(labels)),
            _ when generic == typeof(UpDownCounter<>) => ("gauge", name, labels => new SumSeries(labels)),
            _ => ("gauge", name, (Func<string, MetricSeries>)(labels => new LastValueSeries(labels))),
        };
    }

    /// <summary>As it is in the text.</summary>
    public string Name { get; }

    public void Record(double value, ReadOnlySpan<KeyValuePair<string, object?>> tags) => Find(tags).Record(value);

    public void Record(long value, ReadOnlySpan<KeyValuePair<string, object?>> tags) => Find(tags).Record(value);

    public void WriteTo(StringBuilder text)
    {
        List<MetricSeries> all;
        lock (gate)
            all = [.. written.Values];
        if (all.Count == 0)
            return;

        PrometheusText.AppendHead(text, Name, type, instrument.Description);
        foreach (var series in all.OrderBy(series => series.Labels, StringComparer.Ordinal))
            series.WriteTo(text, Name);
    }

    private MetricSeries Find(ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        if (lookup.TryGetValue(tags, out var series))
            return series;
        if (rest is null)
            return Add(tags);

        overflowed();
        return rest;
    }

    private MetricSeries Add(ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        lock (gate)
        {
            if (lookup.TryGetValue(tags, out var series))
                return series;

            // Each key takes its place, also where several are written alike.
            if (known.Count < MostSeries)
            {
                series = Written(tags.ToArray());
                lookup.TryAdd(tags, series);
                return series;
            }

            rest ??= Written([.. tags.ToArray().Select(tag => new KeyValuePair<string, object?>(tag.Key, Other))]);
        }

        overflowed();
        return rest;
    }

    // Labels in another order, or a number where there was a text, are the same series to whoever reads it.
    private MetricSeries Written(KeyValuePair<string, object?>[] tags)
    {
        var name = PrometheusText.LabelsOf([.. tags.OrderBy(tag => tag.Key, StringComparer.Ordinal)]);
        if (!written.TryGetValue(name, out var series))
            written[name] = series = create(PrometheusText.LabelsOf(tags));
        return series;
    }
}
