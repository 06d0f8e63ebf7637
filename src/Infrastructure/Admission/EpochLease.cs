namespace CleanGateway.Infrastructure.Admission;

/// <summary>
/// How long what was agreed on may be relied on. Others take a gateway for dead that they have not heard of for five
/// seconds, and go on without it: well before that it has to have looked again. One that finds the database gone goes on
/// with what was agreed, for then no one can agree on anything else; but not one that was stopped in its tracks
/// meanwhile: it cannot know whether the database was there for others, and what they have agreed on.
/// </summary>
internal sealed class EpochLease(TimeProvider clock)
{
    public static readonly TimeSpan Term = TimeSpan.FromSeconds(3);

    /// <summary>How often at least <see cref="Tick"/> has to be called.</summary>
    public static readonly TimeSpan TickInterval = TimeSpan.FromMilliseconds(500);

    private readonly Lock @lock = new();
    private long? confirmedAsOf;
    private long tickedAt = clock.GetTimestamp();
    private bool isLost;
    private bool wasStopped;

    /// <summary>The last look failed: the gateways cannot agree on anything.</summary>
    public bool IsLost
    {
        get
        {
            lock (@lock)
                return isLost;
        }
    }

    public bool IsValid
    {
        get
        {
            lock (@lock)
            {
                var now = Notice();
                return IsWithinTerm(confirmedAsOf, now) || (isLost && !wasStopped);
            }
        }
    }

    /// <summary>Shows that the process runs: where that was not shown for as long as a term, it was stopped.</summary>
    public void Tick()
    {
        lock (@lock)
            Notice();
    }

    /// <summary>A look has told what is agreed on.</summary>
    /// <param name="asOf">When it was asked, by the clock's timestamp: what is learnt is as old as the question.</param>
    public void Confirm(long asOf)
    {
        lock (@lock)
        {
            var now = Notice();
            (confirmedAsOf, isLost) = (asOf, false);
            wasStopped &= !IsWithinTerm(asOf, now);
        }
    }

    /// <summary>A look has failed.</summary>
    public void Lose()
    {
        lock (@lock)
        {
            Notice();
            isLost = true;
        }
    }

    private long Notice()
    {
        var now = clock.GetTimestamp();
        wasStopped |= !IsWithinTerm(tickedAt, now);
        tickedAt = now;
        return now;
    }

    private bool IsWithinTerm(long? since, long now) => since is { } then && clock.GetElapsedTime(then, now) < Term;
}
