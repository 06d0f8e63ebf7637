namespace CleanGateway.Benchmarks.Http;

/// <summary>One peer under one scenario, once or as the medians of several rounds. Null: not to be had.</summary>
/// <param name="PerSecond">Calls answered a second.</param>
/// <param name="Failures">Calls that came to anything but the answer asked for.</param>
/// <param name="P50">Microseconds from when a call was due to the end of its answer; so are the next ones.</param>
/// <param name="FirstByteP50">Microseconds to the first byte of the answer's body.</param>
/// <param name="CpuPerCall">CPU microseconds of the peer's processes.</param>
/// <param name="CpuPerEvent">The same for each event of a stream, the call's own share in it.</param>
/// <param name="AllocatedPerCall">Bytes on the managed heap.</param>
/// <param name="PeakMemory">Bytes of its processes' resident sets at most.</param>
/// <param name="JournalWaitP99">Microseconds.</param>
/// <param name="LoadCpuPerCall">CPU microseconds of the load generator.</param>
/// <param name="Note">What was not as it should be; null: nothing.</param>
internal sealed record Measurement(
    string Peer,
    string Scenario,
    double PerSecond,
    double Answered,
    double Failures,
    double P50,
    double P99,
    double P999,
    double Max,
    double FirstByteP50,
    double FirstByteP99,
    double? CpuPerCall,
    double? CpuPerEvent,
    double? AllocatedPerCall,
    double? PeakMemory,
    double? JournalWaitP99,
    double LoadCpuPerCall,
    string? Note)
{
    public static Measurement MedianOf(IReadOnlyList<Measurement> rounds)
    {
        double Middle(Func<Measurement, double> value) => Median([.. rounds.Select(value)])!.Value;
        double? MiddleIfKnown(Func<Measurement, double?> value) => Median([.. rounds.Select(value).OfType<double>()]);

        return new Measurement(
            rounds[0].Peer, rounds[0].Scenario,
            Middle(round => round.PerSecond), Middle(round => round.Answered), rounds.Sum(round => round.Failures),
            Middle(round => round.P50), Middle(round => round.P99), Middle(round => round.P999), Middle(round => round.Max),
            Middle(round => round.FirstByteP50), Middle(round => round.FirstByteP99), MiddleIfKnown(round => round.CpuPerCall),
            MiddleIfKnown(round => round.CpuPerEvent), MiddleIfKnown(round => round.AllocatedPerCall), rounds.Max(round => round.PeakMemory),
            MiddleIfKnown(round => round.JournalWaitP99), Middle(round => round.LoadCpuPerCall),
            rounds.Select(round => round.Note).FirstOrDefault(note => note is not null));
    }

    /// <returns>Null where there is nothing.</returns>
    public static double? Median(IReadOnlyList<double> values)
    {
        if (values.Count == 0)
            return null;

        double[] sorted = [.. values.Order()];
        return (sorted[(sorted.Length - 1) / 2] + sorted[sorted.Length / 2]) / 2;
    }
}
