namespace CleanGateway.Benchmarks.Load;

/// <summary>
/// When calls of a steady rate are due. It knows nothing of answers: a call that cannot be made in time is late, not left out, so a
/// server that stalls is not spared the calls that its users would have made meanwhile (coordinated omission).
/// </summary>
/// <param name="start">In ticks of 100 ns, as everything here.</param>
internal sealed class Schedule(long start, double rate, double seconds)
{
    private int begun;

    /// <summary>How many calls there are in all.</summary>
    public int Count { get; } = (int)Math.Round(rate * seconds);

    /// <summary>How many have been taken.</summary>
    public int Taken => begun;

    /// <summary>When the next one is due; null when there is none left.</summary>
    public long? Next => begun < Count ? DueAt(begun) : null;

    /// <summary>Takes the next call if its time has come.</summary>
    /// <param name="due">When it had come: from then on the call is waiting.</param>
    public bool TryTake(long now, out long due)
    {
        due = DueAt(begun);
        if (begun >= Count || due > now)
            return false;

        begun++;
        return true;
    }

    private long DueAt(int call) => start + (long)(call * (TimeSpan.TicksPerSecond / rate));
}
