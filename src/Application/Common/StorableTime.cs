namespace CleanGateway.Application.Common;

/// <summary>The time as PostgreSQL can keep it.</summary>
internal static class StorableTime
{
    /// <summary>Now, to the microsecond: what is answered when something is made is what is read of it later.</summary>
    public static DateTimeOffset GetStorableNow(this TimeProvider clock) => clock.GetUtcNow().ToStorable();

    /// <summary>The same moment in UTC, to the microsecond.</summary>
    public static DateTimeOffset ToStorable(this DateTimeOffset time)
    {
        var utc = time.ToUniversalTime();
        return utc.AddTicks(-(utc.Ticks % TimeSpan.TicksPerMicrosecond));
    }
}
