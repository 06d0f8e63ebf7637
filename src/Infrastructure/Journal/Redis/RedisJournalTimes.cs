namespace CleanGateway.Infrastructure.Journal.Redis;

/// <summary>How patient the journal in Redis is.</summary>
internal sealed record RedisJournalTimes
{
    /// <summary>How long a single question to Redis may take; also the longest that a call waits to be accepted.</summary>
    public TimeSpan Answer { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>How long a finished answer waits for its record.</summary>
    public TimeSpan Completion { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>How often an owner shows that it lives, and looks after the others.</summary>
    public TimeSpan Beat { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>So many looks in a row, all of them answered, without a beat: it is dead.</summary>
    public int MissedBeats { get; init; } = 10;
}
