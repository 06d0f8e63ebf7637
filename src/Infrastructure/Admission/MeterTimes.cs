namespace CleanGateway.Infrastructure.Admission;

/// <summary>How long a meter remembers; tests are less patient.</summary>
internal sealed record MeterTimes
{
    /// <summary>Into how many parts a window of tokens is cut.</summary>
    public const int Buckets = 60;

    /// <summary>Of requests and of tokens.</summary>
    public TimeSpan Window { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>How long a call keeps its place among the concurrent ones unless that is renewed.</summary>
    public TimeSpan Lease { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>When a call that found no place, or no money that others do not hold, may try again.</summary>
    public static TimeSpan Soon { get; } = TimeSpan.FromSeconds(1);

    public long WindowMicroseconds => Microseconds(Window);

    public long LeaseMicroseconds => Microseconds(Lease);

    public long BucketMicroseconds => WindowMicroseconds / Buckets;

    public static long Microseconds(TimeSpan time) => time.Ticks / TimeSpan.TicksPerMicrosecond;

    public static TimeSpan Time(long microseconds) => TimeSpan.FromTicks(microseconds * TimeSpan.TicksPerMicrosecond);
}
