using System.Globalization;
using System.Text.RegularExpressions;

namespace CleanGateway.Benchmarks.Http;

/// <summary>A histogram of <c>/metrics</c>: how many values were at most each bound, cumulated.</summary>
internal sealed partial record Histogram(IReadOnlyList<(double Bound, double Count)> Buckets)
{
    /// <summary>Sums up all series of a name; null where there is none.</summary>
    /// <param name="name">Without <c>_bucket</c>.</param>
    public static Histogram? Find(string metrics, string name)
    {
        var buckets = new SortedDictionary<double, double>();
        foreach (var line in metrics.Split('\n').Where(line => line.StartsWith(name + "_bucket{", StringComparison.Ordinal)))
        {
            var bound = Bound().Match(line).Groups[1].Value;
            var at = bound == "+Inf" ? double.PositiveInfinity : double.Parse(bound, CultureInfo.InvariantCulture);
            buckets[at] = buckets.GetValueOrDefault(at) + double.Parse(line[(line.LastIndexOf(' ') + 1)..], CultureInfo.InvariantCulture);
        }

        return buckets.Count == 0 ? null : new Histogram([.. buckets.Select(bucket => (bucket.Key, bucket.Value))]);
    }

    /// <summary>What has come since an earlier reading.</summary>
    public Histogram Since(Histogram? earlier) => earlier is null
        ? this
        : new Histogram([.. Buckets.Select(bucket => (bucket.Bound, bucket.Count - earlier.CountAt(bucket.Bound)))]);

    /// <summary>The bound that this share of the values was below; between two bounds as if values were spread evenly, as Prometheus does.</summary>
    /// <returns>Null where there are no values.</returns>
    public double? Quantile(double share)
    {
        var wanted = share * Buckets[^1].Count;
        var (lower, before) = (0.0, 0.0);
        foreach (var (bound, count) in Buckets)
        {
            if (count >= wanted && count > 0)
                return double.IsPositiveInfinity(bound) ? lower : lower + ((bound - lower) * (wanted - before) / Math.Max(1e-9, count - before));

            (lower, before) = (bound, count);
        }

        return null;
    }

    private double CountAt(double bound) => Buckets.FirstOrDefault(bucket => bucket.Bound == bound).Count;

    [GeneratedRegex("le=\"([^\"]+)\"")]
    private static partial Regex Bound();
}
