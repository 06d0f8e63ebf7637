using CleanGateway.Benchmarks.Http;
using CleanGateway.Benchmarks.Load;
using CleanGateway.Benchmarks.Servers;

namespace CleanGateway.UnitTests.Benchmarks;

/// <summary>What could be wrong in the figures without anyone noticing.</summary>
public class BenchmarkFiguresTests
{
    [Fact]
    public void Percentiles_are_durations_that_were_measured()
    {
        List<long> durations = [.. Enumerable.Range(1, 1000).Select(number => number * TimeSpan.TicksPerMicrosecond).Reverse()];

        Percentiles.Of(durations).Should().Be(new Percentiles(1000, 500, 900, 990, 999, 1000));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void Percentiles_of_few_durations_are_the_nearest_there_are(int count)
    {
        List<long> durations = [.. Enumerable.Range(1, count).Select(number => number * TimeSpan.TicksPerMicrosecond)];

        Percentiles.Of(durations).Should().Be(new Percentiles(count, 1, count, count, count, count));
    }

    [Fact]
    public void Of_nothing_there_are_no_percentiles() => Percentiles.Of([]).Count.Should().Be(0);

    [Fact]
    public void Calls_are_due_by_the_rate_alone()
    {
        var schedule = new Schedule(start: 1000, rate: 200, seconds: 2);
        var interval = TimeSpan.TicksPerSecond / 200;

        schedule.Count.Should().Be(400);
        schedule.TryTake(999, out _).Should().BeFalse();
        schedule.TryTake(1000, out var first).Should().BeTrue();
        first.Should().Be(1000);
        schedule.TryTake(1000, out _).Should().BeFalse();
        schedule.Next.Should().Be(1000 + interval);
    }

    [Fact]
    public void A_call_that_could_not_be_made_in_time_has_waited_since_it_was_due()
    {
        var schedule = new Schedule(start: 0, rate: 1000, seconds: 1);
        var stalledUntil = TimeSpan.TicksPerSecond / 2;
        List<long> dues = [];

        while (schedule.TryTake(stalledUntil, out var due))
            dues.Add(due);

        dues.Should().HaveCount(501).And.BeInAscendingOrder();
        (stalledUntil - dues[0]).Should().Be(TimeSpan.TicksPerSecond / 2);
        schedule.Next.Should().Be(501 * TimeSpan.TicksPerMillisecond);
    }

    [Fact]
    public void A_schedule_ends()
    {
        var schedule = new Schedule(start: 0, rate: 10, seconds: 1);
        while (schedule.TryTake(long.MaxValue, out _))
        {
        }

        schedule.Taken.Should().Be(10);
        schedule.Next.Should().BeNull();
    }

    [Fact]
    public void A_quantile_lies_between_the_bounds_it_was_counted_by()
    {
        const string Metrics = """
            wait_seconds_bucket{le="0.001"} 40
            wait_seconds_bucket{le="0.002"} 90
            wait_seconds_bucket{le="+Inf"} 100
            other_bucket{le="0.5"} 7
            """;
        const string Later = """
            wait_seconds_bucket{le="0.001"} 140
            wait_seconds_bucket{le="0.002"} 290
            wait_seconds_bucket{le="+Inf"} 300
            """;
        var histogram = Histogram.Find(Later, "wait_seconds")!.Since(Histogram.Find(Metrics, "wait_seconds"));

        histogram.Buckets.Select(bucket => bucket.Count).Should().Equal(100, 200, 200);
        histogram.Quantile(0.75).Should().BeApproximately(0.0015, 1e-9);
        histogram.Quantile(0.25).Should().BeApproximately(0.0005, 1e-9);
        Histogram.Find(Metrics, "absent").Should().BeNull();
    }

    [Fact]
    public void A_median_is_in_the_middle()
    {
        Measurement.Median([3, 1, 2]).Should().Be(2);
        Measurement.Median([4, 1, 2, 3]).Should().Be(2.5);
        Measurement.Median([]).Should().BeNull();
    }

    [Fact]
    public void The_upstream_reads_what_a_scenario_asks_of_it()
    {
        foreach (var scenario in Scenario.All(quick: false))
        {
            var body = System.Text.Encoding.UTF8.GetBytes(scenario.Plan(1, new Dictionary<string, string>()).Body);

            UpstreamWish.In(body).Should().Be(scenario.Wish, scenario.Name);
        }
    }
}
