namespace CleanGateway.Application.RequestLogs;

/// <summary>How long the latest calls waited for their log records, kept to tell percentiles.</summary>
public sealed class JournalWaits
{
    private const int Capacity = 8192;

    private readonly long[] ticks = new long[Capacity];
    private long count;

    public void Add(TimeSpan wait)
    {
        var position = Interlocked.Increment(ref count) - 1;
        Volatile.Write(ref ticks[position % Capacity], wait.Ticks);
    }

    /// <summary>Percentiles over the latest calls; null before the first one.</summary>
    public Percentiles? Measure()
    {
        var length = (int)Math.Min(Interlocked.Read(ref count), Capacity);
        if (length == 0)
            return null;

        var sorted = ticks[..length];
        Array.Sort(sorted);
        return new Percentiles(length, At(0.50), At(0.95), At(0.99), At(1));

        TimeSpan At(double share) => TimeSpan.FromTicks(sorted[(int)Math.Ceiling(share * length) - 1]);
    }

    /// <param name="Calls">Over how many calls.</param>
    public sealed record Percentiles(int Calls, TimeSpan P50, TimeSpan P95, TimeSpan P99, TimeSpan Max);
}
