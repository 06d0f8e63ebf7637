using CleanGateway.Infrastructure.Validation;

namespace CleanGateway.UnitTests.Infrastructure.Validation;

public class PercentilesTests
{
    [Fact]
    public void Every_value_told_is_one_that_was_measured()
    {
        Percentiles.Of([3, 1, 2]).Should().Be(new Percentiles(3, 2, 3, 3, 3));
        Percentiles.Of(Enumerable.Range(1, 200).Reverse().Select(value => (double)value)).Should().Be(new Percentiles(200, 100, 190, 198, 200));
        Percentiles.Of([0.5]).Should().Be(new Percentiles(1, 0.5, 0.5, 0.5, 0.5));
    }

    [Fact]
    public void Of_nothing_there_are_none() => Percentiles.Of([]).Should().BeNull();

    [Theory]
    [InlineData(4.99, 4.99, nameof(ValidationVerdict.Passed))]
    [InlineData(0.1, 5, nameof(ValidationVerdict.Warning))]
    [InlineData(5, 5, nameof(ValidationVerdict.Failed))]
    public void The_typical_call_fails_the_run_and_the_slowest_ones_only_warn(double p50, double p99, string verdict) =>
        SeriesChecks.JudgeOverhead(new Percentiles(200, p50, p99, p99, 100), target: 5, answers: 200).ToString().Should().Be(verdict);

    [Theory]
    [InlineData(4.99, nameof(ValidationVerdict.Warning))]
    [InlineData(5, nameof(ValidationVerdict.Failed))]
    public void Fewer_values_than_answers_never_pass(double every, string verdict) =>
        SeriesChecks.JudgeOverhead(new Percentiles(199, every, every, every, every), target: 5, answers: 200).ToString().Should().Be(verdict);
}
