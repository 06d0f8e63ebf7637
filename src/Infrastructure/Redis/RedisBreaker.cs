namespace CleanGateway.Infrastructure.Redis;

/// <summary>
/// Leaves a Redis alone that does not do its work: after five failures in a row, or when more than half of the last fifty
/// calls failed or were slow. Redis does one thing at a time, and so does whoever stops the whole program for a moment: what
/// such a stall does to calls that are on their way together counts once. After a rest one call tries how Redis is.
/// </summary>
internal sealed class RedisBreaker(GuardTimes times, TimeProvider clock)
{
    private const int FailuresInARow = 5;
    private const int Remembered = 50;

    private readonly Lock gate = new();
    private readonly bool[] bad = new bool[Remembered];
    private int seen;
    private int badSeen;
    private int failures;
    private bool probing;
    private long openedAt;
    private long lastBadAt = long.MinValue;
    private TimeSpan rest;
    private volatile bool closed = true;

    public bool IsClosed => closed;

    /// <param name="isProbe">It alone is let through.</param>
    /// <returns>Whether the call may be made; then its <see cref="Report"/> is owed.</returns>
    public bool TryEnter(out bool isProbe)
    {
        isProbe = false;
        if (closed)
            return true;

        lock (gate)
        {
            if (closed)
                return true;
            if (probing || clock.GetElapsedTime(openedAt) < rest)
                return false;

            return isProbe = probing = true;
        }
    }

    /// <param name="began">The clock's timestamp when it began.</param>
    /// <returns>Whether it is open now, when that has changed.</returns>
    public bool? Report(bool isProbe, bool succeeded, long began)
    {
        var ended = clock.GetTimestamp();
        var isBad = !succeeded || clock.GetElapsedTime(began, ended) > times.Slow;
        lock (gate)
        {
            if (isProbe)
            {
                probing = false;
                if (!succeeded)
                {
                    Open();
                    return null;
                }

                closed = true;
                (seen, badSeen, failures) = (0, 0, 0);
                return false;
            }

            // What was on its way when it opened tells nothing new.
            if (!closed || (isBad && began < lastBadAt))
                return null;

            if (isBad)
                lastBadAt = ended;
            failures = succeeded ? 0 : failures + 1;
            Remember(isBad);
            if (failures < FailuresInARow && !(seen >= Remembered && badSeen * 2 > Remembered))
                return null;

            Open();
            return true;
        }
    }

    private void Remember(bool isBad)
    {
        ref var oldest = ref bad[seen % Remembered];
        if (seen >= Remembered && oldest)
            badSeen--;
        if (isBad)
            badSeen++;
        oldest = isBad;
        seen++;
    }

    private void Open()
    {
        closed = false;
        openedAt = clock.GetTimestamp();
        rest = times.ShortestRest + (Random.Shared.NextDouble() * (times.LongestRest - times.ShortestRest));
    }
}
