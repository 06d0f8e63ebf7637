using CleanGateway.Application.RequestLogs;

namespace CleanGateway.UnitTests.Application.RequestLogs;

public class JournalWaitsTests
{
    private const int Seed = 20260109;

    private readonly JournalWaits waits = new();

    [Fact]
    public void Before_the_first_call_there_is_nothing_to_tell() => waits.Measure().Should().BeNull();

    [Fact]
    public void One_call_is_every_percentile()
    {
        Add(7);

        waits.Measure().Should().Be(Percentiles(1, 7, 7, 7, 7));
    }

    [Theory]
    [InlineData(2, 1, 2, 2, 2)]
    [InlineData(3, 2, 3, 3, 3)]
    [InlineData(20, 10, 19, 20, 20)]
    [InlineData(100, 50, 95, 99, 100)]
    [InlineData(1000, 500, 950, 990, 1000)]
    public void A_percentile_is_the_wait_that_so_many_calls_did_not_exceed(int calls, int p50, int p95, int p99, int max)
    {
        var milliseconds = Enumerable.Range(1, calls).ToArray();
        new Random(Seed).Shuffle(milliseconds);
        foreach (var wait in milliseconds)
            Add(wait);

        waits.Measure().Should().Be(Percentiles(calls, p50, p95, p99, max), $"seed {Seed}");
    }

    [Fact]
    public void One_slow_call_in_a_hundred_is_seen_in_the_maximum_only()
    {
        for (var i = 0; i < 99; i++)
            Add(1);
        Add(5000);

        waits.Measure().Should().Be(Percentiles(100, 1, 1, 1, 5000));
    }

    [Fact]
    public void Only_the_latest_calls_count()
    {
        Add(60_000);
        for (var i = 0; i < 100_000; i++)
            Add(2);

        waits.Measure().Should().Match<JournalWaits.Percentiles>(measured =>
            measured.Max == TimeSpan.FromMilliseconds(2) && measured.P50 == measured.Max && measured.Calls > 1000 && measured.Calls < 100_000);
    }

    [Fact]
    public void Measuring_changes_nothing()
    {
        Add(3);
        Add(1);
        var first = waits.Measure();

        waits.Measure().Should().Be(first);
        Add(2);
        waits.Measure().Should().Be(Percentiles(3, 2, 3, 3, 3));
    }

    [Fact]
    public async Task Calls_that_end_at_once_are_all_counted()
    {
        await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Task.Run(() =>
        {
            for (var i = 0; i < 1000; i++)
                Add(4);
        })));

        waits.Measure().Should().Be(Percentiles(8000, 4, 4, 4, 4));
    }

    private void Add(int milliseconds) => waits.Add(TimeSpan.FromMilliseconds(milliseconds));

    private static JournalWaits.Percentiles Percentiles(int calls, int p50, int p95, int p99, int max) => new(
        calls, TimeSpan.FromMilliseconds(p50), TimeSpan.FromMilliseconds(p95), TimeSpan.FromMilliseconds(p99), TimeSpan.FromMilliseconds(max));
}
