namespace CleanGateway.Infrastructure.Redis;

/// <summary>How long Redis may take where callers wait for it, and how long it is left alone when it takes longer.</summary>
internal sealed record GuardTimes
{
    /// <summary>After this a call gives up.</summary>
    public TimeSpan Answer { get; init; } = TimeSpan.FromMilliseconds(25);

    /// <summary>An answer that takes longer is as bad as none when it comes to whether Redis is fit for use.</summary>
    public TimeSpan Slow { get; init; } = TimeSpan.FromMilliseconds(20);

    /// <summary>After how long whoever only looks gives up.</summary>
    public TimeSpan Look { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>How long it is left alone: some time between these, so that several gateways do not come back as one.</summary>
    public TimeSpan ShortestRest { get; init; } = TimeSpan.FromSeconds(2);

    public TimeSpan LongestRest { get; init; } = TimeSpan.FromSeconds(5);
}
