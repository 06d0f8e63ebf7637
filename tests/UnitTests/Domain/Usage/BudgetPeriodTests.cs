using CleanGateway.Domain.Usage;

namespace CleanGateway.UnitTests.Domain.Usage;

public class BudgetPeriodTests
{
    [Theory]
    [InlineData(BudgetKind.Daily, "2026:11:30", "2026-11-30T00:00:00Z")]
    [InlineData(BudgetKind.Monthly, "2026:11", "2026-11-01T00:00:00Z")]
    [InlineData(BudgetKind.Total, "total", "0001-01-01T00:00:00Z")]
    public void A_moment_is_in_the_period_of_its_day_and_month_in_UTC(BudgetKind kind, string period, string begin)
    {
        BudgetPeriod.Of(kind, new DateTimeOffset(2026, 12, 1, 8, 59, 59, TimeSpan.FromHours(9))).Should().Be(period);
        BudgetPeriod.KindOf(period).Should().Be(kind);
        BudgetPeriod.BeginOf(period).Should().Be(DateTimeOffset.Parse(begin, null)).And.HaveOffset(TimeSpan.Zero);
    }

    [Theory]
    [InlineData("")]
    [InlineData("Total")]
    [InlineData("2026")]
    [InlineData("2026:1")]
    [InlineData("2026:13")]
    [InlineData("2026:02:30")]
    [InlineData("2026:11:21 ")]
    [InlineData("2026-11-21")]
    [InlineData("26:11")]
    public void Nothing_else_is_a_period(string text) => BudgetPeriod.BeginOf(text).Should().BeNull();
}
