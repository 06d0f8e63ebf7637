using System.Globalization;

namespace CleanGateway.Benchmarks.Http;

/// <summary>What the gateway is to reach beside its peers in the same run.</summary>
/// <param name="Verdict">Reached or missed.</param>
internal sealed record Target(string What, string Value, string Verdict)
{
    private const double Megabyte = 1e6;

    /// <summary>Those that the run has measured what is needed for.</summary>
    public static IReadOnlyList<Target> All(Report report)
    {
        List<Target?> all =
        [
            Ratio(report, "CPU per call of `plain` at most 1.6 × YARP's forwarder", "plain", "yarp", one => one.CpuPerCall, most: 1.6),
            Ratio(report, "CPU per call of `governed` at most 2.5 × YARP's forwarder", "governed", "yarp", one => one.CpuPerCall, most: 2.5),
            Ratio(report, "Calls a second of `governed` at least 10 × Portkey's", "governed", "portkey", one => one.PerSecond, least: 10),
            Over(report, "Added p50 of `governed` at 1,000/s at most 0.3 ms over YARP's", "open-1000", "yarp", one => one.P50, most: 300),
            Over(report, "Added p99 of `governed` at 1,000/s at most 2 ms over YARP's", "open-1000", "yarp", one => one.P99, most: 2000),
            Over(report, "Added p99 of the time to the first token of `governed` at most 1 ms",
                "ttft-200", "direct", one => one.FirstByteP99, most: 1000),
            Bound("Journal wait p99 of `governed` at 1,000/s at most 0.5 ms",
                report.Of("open-1000", "governed")?.JournalWaitP99 / 1000, 0.5, "0.00 'ms'"),
            Bound("Memory of `governed` under load at most 200 MB", report.Of("closed-256", "governed")?.PeakMemory / Megabyte, 200, "0 'MB'"),
            Bound("Memory of `governed` with 150 KB × 500 at most 600 MB", report.Of("large-500", "governed")?.PeakMemory / Megabyte, 600, "0 'MB'"),
            Bound("First answer of `governed` at most 1.5 s after its start", Start(report) / 1000, 1.5, "0.00 's'"),
        ];
        return [.. all.OfType<Target>()];
    }

    private static double? Start(Report report) => report.Starts.TryGetValue("governed", out var starts) ? Measurement.Median(starts) : null;

    private static Target? Ratio(
        Report report, string what, string peer, string other, Func<Measurement, double?> value, double most = double.MaxValue, double least = 0)
    {
        // The ratio at 32 connections: with more, waiting is measured rather than work.
        const string Scenario = "closed-32";
        if (report.Of(Scenario, peer) is not { } one || report.Of(Scenario, other) is not { } peers || value(one) / value(peers) is not { } ratio)
            return null;

        return new Target(what, string.Create(CultureInfo.InvariantCulture, $"{ratio:0.00} ×"), VerdictOf(ratio <= most && ratio >= least));
    }

    private static Target? Over(Report report, string what, string scenario, string other, Func<Measurement, double> value, double most) =>
        report.Of(scenario, "governed") is { } one && report.Of(scenario, other) is { } peers
            ? new Target(what, $"{Report.Ms(value(one) - value(peers))} ms", VerdictOf(value(one) - value(peers) <= most))
            : null;

    private static Target? Bound(string what, double? value, double most, string format) =>
        value is { } known ? new Target(what, known.ToString(format, CultureInfo.InvariantCulture), VerdictOf(known <= most)) : null;

    private static string VerdictOf(bool reached) => reached ? "reached" : "**missed**";
}
