namespace CleanGateway.Application.Common;

/// <summary>The time as PostgreSQL can keep it.</summary>
internal static class StorableTime
{
    /// <summary>Now, to the microsecond: what is answered when something is made is what is read of it later.</summary>
    public static DateTimeOffset GetStorableNow(this TimeProvider clock)
    {
        var now = clock.GetUtcNow();
        return now.AddTicks(-(now.Ticks % TimeSpan.TicksPerMicrosecond));
    }
}
