using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using System.Globalization;
using System.Text;

namespace CleanGateway.Infrastructure.Telemetry;

/// <summary>
/// Collects what instruments measure and writes it in Prometheus's text format 0.0.4. Names follow OpenTelemetry's
/// rules for Prometheus: dots become underscores, the unit and <c>_total</c> are appended.
/// </summary>
internal sealed class PrometheusExporter : IDisposable
{
    private static readonly string[] Meters = ["CleanGateway", "Npgsql", "System.Runtime", "Microsoft.AspNetCore.Server.Kestrel"];
    private static readonly double[] UsualBounds = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120];

    private readonly ConcurrentDictionary<Instrument, Family> families = new();
    private readonly MeterListener listener = new();

    /// <param name="meters">Whose instruments to listen to, besides those that belong to no one.</param>
    public PrometheusExporter(IMeterFactory meters)
    {
        listener.InstrumentPublished = (instrument, listening) =>
        {
            if (Meters.Contains(instrument.Meter.Name) && (instrument.Meter.Scope is null || ReferenceEquals(instrument.Meter.Scope, meters)))
                listening.EnableMeasurementEvents(instrument, families.GetOrAdd(instrument, Family.Of));
        };
        listener.SetMeasurementEventCallback<byte>(static (_, value, tags, family) => ((Family)family!).Record(value, tags));
        listener.SetMeasurementEventCallback<short>(static (_, value, tags, family) => ((Family)family!).Record(value, tags));
        listener.SetMeasurementEventCallback<int>(static (_, value, tags, family) => ((Family)family!).Record(value, tags));
        listener.SetMeasurementEventCallback<long>(static (_, value, tags, family) => ((Family)family!).Record(value, tags));
        listener.SetMeasurementEventCallback<float>(static (_, value, tags, family) => ((Family)family!).Record(value, tags));
        listener.SetMeasurementEventCallback<double>(static (_, value, tags, family) => ((Family)family!).Record(value, tags));
        listener.Start();
    }

    public string Render()
    {
        listener.RecordObservableInstruments();
        var text = new StringBuilder(16 * 1024);

        // Two instruments of one name would make an invalid text; the first one speaks for it.
        foreach (var family in families.Values.GroupBy(family => family.Name, StringComparer.Ordinal).OrderBy(group => group.Key, StringComparer.Ordinal))
            family.First().WriteTo(text);

        return text.ToString();
    }

    public void Dispose() => listener.Dispose();

    private abstract class Family(Instrument instrument, string type, string name)
    {
        private readonly ConcurrentDictionary<string, Series> series = new(StringComparer.Ordinal);

        public string Name { get; } = name;

        public static Family Of(Instrument instrument)
        {
            var kind = instrument.GetType();
            var generic = kind.IsGenericType ? kind.GetGenericTypeDefinition() : kind;
            var name = NameOf(instrument);
            if (generic == typeof(Histogram<>))
                return new HistogramFamily(instrument, name);
            if (generic == typeof(Counter<>))
                return new SumFamily(instrument, "counter", name.EndsWith("_total", StringComparison.Ordinal) ? name : name + "_total");
            if (generic == typeof(ObservableCounter<>))
                return new LastValueFamily(instrument, "counter", name + "_total");
            return generic == typeof(UpDownCounter<>) ? new SumFamily(instrument, "gauge", name) : new LastValueFamily(instrument, "gauge", name);
        }

        public void Record(double value, ReadOnlySpan<KeyValuePair<string, object?>> tags) =>
            series.GetOrAdd(LabelsOf(tags), static (labels, family) => family.CreateSeries(labels), this).Record(value);

        public void WriteTo(StringBuilder text)
        {
            if (series.IsEmpty)
                return;

            if (instrument.Description is { Length: > 0 } description)
                text.Append("# HELP ").Append(Name).Append(' ').Append(description.Replace("\\", "\\\\", StringComparison.Ordinal).ReplaceLineEndings(" ")).Append('\n');
            text.Append("# TYPE ").Append(Name).Append(' ').Append(type).Append('\n');
            foreach (var one in series.OrderBy(pair => pair.Key, StringComparer.Ordinal))
                one.Value.WriteTo(text, Name);
        }

        protected abstract Series CreateSeries(string labels);

        private static string NameOf(Instrument instrument)
        {
            var name = string.Concat(instrument.Name.Select(character => char.IsAsciiLetterOrDigit(character) ? character : '_'));
            var unit = instrument.Unit switch
            {
                "s" => "seconds",
                "ms" => "milliseconds",
                "By" => "bytes",
                "nUSD" => "nanodollars",
                _ => null,
            };
            return unit is null || name.EndsWith(unit, StringComparison.Ordinal) ? name : $"{name}_{unit}";
        }

        private static string LabelsOf(ReadOnlySpan<KeyValuePair<string, object?>> tags)
        {
            if (tags.IsEmpty)
                return "";

            var labels = new StringBuilder(64);
            foreach (var (key, value) in tags)
            {
                labels.Append(labels.Length == 0 ? "" : ",");
                foreach (var character in key)
                    labels.Append(char.IsAsciiLetterOrDigit(character) ? character : '_');

                labels.Append("=\"");
                foreach (var character in Convert.ToString(value, CultureInfo.InvariantCulture) ?? "")
                    labels.Append(character switch { '\\' => "\\\\", '"' => "\\\"", '\n' => "\\n", _ => character.ToString() });

                labels.Append('"');
            }

            return labels.ToString();
        }
    }

    private sealed class SumFamily(Instrument instrument, string type, string name) : Family(instrument, type, name)
    {
        protected override Series CreateSeries(string labels) => new NumberSeries(labels, adds: true);
    }

    private sealed class LastValueFamily(Instrument instrument, string type, string name) : Family(instrument, type, name)
    {
        protected override Series CreateSeries(string labels) => new NumberSeries(labels, adds: false);
    }

    private sealed class HistogramFamily(Instrument instrument, string name) : Family(instrument, "histogram", name)
    {
        private readonly double[] bounds = (instrument as Histogram<double>)?.Advice?.HistogramBucketBoundaries?.ToArray() ?? UsualBounds;

        protected override Series CreateSeries(string labels) => new HistogramSeries(labels, bounds);
    }

    private abstract class Series(string labels)
    {
        protected string Labels => labels;

        public abstract void Record(double value);

        public abstract void WriteTo(StringBuilder text, string name);

        protected static void WriteLine(StringBuilder text, string name, string labels, double value)
        {
            text.Append(name);
            if (labels.Length > 0)
                text.Append('{').Append(labels).Append('}');

            text.Append(' ').Append(value switch
            {
                double.PositiveInfinity => "+Inf",
                double.NegativeInfinity => "-Inf",
                double.NaN => "NaN",
                _ => value.ToString("R", CultureInfo.InvariantCulture),
            }).Append('\n');
        }
    }

    private sealed class NumberSeries(string labels, bool adds) : Series(labels)
    {
        private readonly Lock gate = new();
        private double current;

        public override void Record(double value)
        {
            lock (gate)
                current = adds ? current + value : value;
        }

        public override void WriteTo(StringBuilder text, string name)
        {
            lock (gate)
                WriteLine(text, name, Labels, current);
        }
    }

    private sealed class HistogramSeries(string labels, double[] bounds) : Series(labels)
    {
        private readonly Lock gate = new();
        private readonly long[] counts = new long[bounds.Length + 1];
        private double sum;

        public override void Record(double value)
        {
            var bucket = Array.BinarySearch(bounds, value);
            lock (gate)
            {
                counts[bucket < 0 ? ~bucket : bucket]++;
                sum += value;
            }
        }

        public override void WriteTo(StringBuilder text, string name)
        {
            lock (gate)
            {
                var separator = Labels.Length == 0 ? "" : ",";
                var total = 0L;
                for (var i = 0; i < counts.Length; i++)
                {
                    total += counts[i];
                    var bound = i < bounds.Length ? bounds[i].ToString("R", CultureInfo.InvariantCulture) : "+Inf";
                    WriteLine(text, name + "_bucket", $"{Labels}{separator}le=\"{bound}\"", total);
                }

                WriteLine(text, name + "_sum", Labels, sum);
                WriteLine(text, name + "_count", Labels, total);
            }
        }
    }
}
