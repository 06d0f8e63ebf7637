namespace CleanGateway.Benchmarks;

/// <summary>
/// Starts work at a steady rate, whether or not earlier work is done: a system that stalls is not spared the calls that
/// its users would have made meanwhile.
/// </summary>
internal static class OpenLoop
{
    public static async Task RunAsync(int rate, TimeSpan duration, Func<int, Task> work)
    {
        var clock = TimeProvider.System;
        var start = clock.GetTimestamp();
        var running = new List<Task>((int)(rate * duration.TotalSeconds));
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(1), clock);
        while (clock.GetElapsedTime(start) is var elapsed && elapsed < duration)
        {
            for (var due = (int)(elapsed.TotalSeconds * rate); running.Count < due;)
                running.Add(work(running.Count));

            await timer.WaitForNextTickAsync();
        }

        await Task.WhenAll(running);
    }
}

/// <summary>How long things took, to tell percentiles.</summary>
internal sealed class Durations
{
    private readonly Lock gate = new();
    private readonly List<TimeSpan> all = [];

    public void Add(TimeSpan duration)
    {
        lock (gate)
            all.Add(duration);
    }

    public override string ToString()
    {
        lock (gate)
        {
            if (all.Count == 0)
                return "none";

            all.Sort();
            return FormattableString.Invariant($"n={all.Count}  p50={At(0.5)}  p95={At(0.95)}  p99={At(0.99)}  p99.9={At(0.999)}  max={At(1)} ms");
        }
    }

    private string At(double share) =>
        all[(int)Math.Ceiling(share * all.Count) - 1].TotalMilliseconds.ToString("0.000", System.Globalization.CultureInfo.InvariantCulture);
}
