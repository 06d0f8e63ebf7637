namespace CleanGateway.Benchmarks.Load;

/// <summary>Of a set of durations, by nearest rank: each is one that was measured, in microseconds.</summary>
internal sealed record Percentiles(int Count, double P50, double P90, double P99, double P999, double Max)
{
    /// <param name="durations">In ticks of 100 ns; sorted in place.</param>
    public static Percentiles Of(List<long> durations)
    {
        if (durations.Count == 0)
            return new Percentiles(0, 0, 0, 0, 0, 0);

        durations.Sort();
        return new Percentiles(durations.Count, At(durations, 0.5), At(durations, 0.9), At(durations, 0.99), At(durations, 0.999), At(durations, 1));
    }

    private static double At(List<long> sorted, double share) =>
        sorted[Math.Max(0, (int)Math.Ceiling((share * sorted.Count) - 1e-9) - 1)] / (double)TimeSpan.TicksPerMicrosecond;
}
