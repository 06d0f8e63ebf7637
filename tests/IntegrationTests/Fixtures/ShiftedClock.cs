namespace CleanGateway.IntegrationTests.Fixtures;

/// <summary>A clock that shows another date, and otherwise runs as clocks do.</summary>
internal sealed class ShiftedClock(DateTimeOffset shows) : TimeProvider
{
    private readonly long started = System.GetTimestamp();
    private TimeSpan ahead;

    public override DateTimeOffset GetUtcNow() => shows + System.GetElapsedTime(started) + ahead;

    public void Advance(TimeSpan by) => ahead += by;
}
