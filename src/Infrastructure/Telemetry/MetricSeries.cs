using System.Text;

namespace CleanGateway.Infrastructure.Telemetry;

/// <summary>What has been measured under one set of labels. Recording takes no lock and makes nothing.</summary>
/// <param name="labels">As they stand between braces.</param>
internal abstract class MetricSeries(string labels)
{
    public string Labels => labels;

    public abstract void Record(double value);

    public abstract void Record(long value);

    /// <summary>Writes the samples, each of them as it stands at that moment.</summary>
    public abstract void WriteTo(StringBuilder text, string name);

    /// <summary>Adds to a sum that others add to at the same time.</summary>
    /// <param name="bits">The sum's bits: compared as a number, NaN is unlike itself and would be tried again for ever.</param>
    protected static void Add(ref long bits, double value)
    {
        var seen = Volatile.Read(ref bits);
        while (true)
        {
            var next = BitConverter.DoubleToInt64Bits(BitConverter.Int64BitsToDouble(seen) + value);
            var found = Interlocked.CompareExchange(ref bits, next, seen);
            if (found == seen)
                return;

            seen = found;
        }
    }

    protected static double Read(ref long bits) => BitConverter.Int64BitsToDouble(Interlocked.Read(ref bits));
}

/// <summary>A counter, or a gauge that goes up and down by steps.</summary>
internal sealed class SumSeries(string labels) : MetricSeries(labels)
{
    private long whole;
    private long fractions;

    public override void Record(double value) => Add(ref fractions, value);

    // Exact also where a double would not be any more.
    public override void Record(long value) => Interlocked.Add(ref whole, value);

    public override void WriteTo(StringBuilder text, string name) =>
        PrometheusText.AppendSample(text, name, Labels, Interlocked.Read(ref whole) + Read(ref fractions));
}

/// <summary>A gauge, or a counter that somebody else keeps: what was measured last.</summary>
internal sealed class LastValueSeries(string labels) : MetricSeries(labels)
{
    private double current;

    public override void Record(double value) => Volatile.Write(ref current, value);

    public override void Record(long value) => Volatile.Write(ref current, value);

    public override void WriteTo(StringBuilder text, string name) => PrometheusText.AppendSample(text, name, Labels, Volatile.Read(ref current));
}

/// <summary>
/// How often values fell into which bucket. The count written is that of the buckets; the sum may have a value more that
/// was measured while they were being read.
/// </summary>
/// <param name="bounds">Upper bounds of all buckets but the last, ascending.</param>
internal sealed class HistogramSeries(string labels, double[] bounds) : MetricSeries(labels)
{
    private readonly long[] counts = new long[bounds.Length + 1];
    private long sum;

    public override void Record(double value)
    {
        // Not a number is in no bucket, and would make the sum useless for ever.
        if (double.IsNaN(value))
            return;

        var bucket = Array.BinarySearch(bounds, value);
        Interlocked.Increment(ref counts[bucket < 0 ? ~bucket : bucket]);
        Add(ref sum, value);
    }

    public override void Record(long value) => Record((double)value);

    public override void WriteTo(StringBuilder text, string name)
    {
        var separator = Labels.Length == 0 ? "" : ",";
        var total = 0L;
        for (var i = 0; i < counts.Length; i++)
        {
            total += Interlocked.Read(ref counts[i]);
            var bound = i < bounds.Length ? bounds[i] : double.PositiveInfinity;
            PrometheusText.AppendSample(text, name + "_bucket", $"{Labels}{separator}le=\"{PrometheusText.NumberOf(bound)}\"", total);
        }

        PrometheusText.AppendSample(text, name + "_sum", Labels, Read(ref sum));
        PrometheusText.AppendSample(text, name + "_count", Labels, total);
    }
}
