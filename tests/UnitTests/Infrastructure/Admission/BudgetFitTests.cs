using CleanGateway.Domain.Usage;
using CleanGateway.Infrastructure.Admission;

namespace CleanGateway.UnitTests.Infrastructure.Admission;

/// <summary>How much of a call fits in what is left of its budgets.</summary>
public class BudgetFitTests
{
    private static readonly CostRange Ask = new(Full: new Money(110), Fixed: new Money(10), PerToken: new Money(10), Cap: 10);

    [Theory]
    [InlineData(200, 0, 90, 110, 10)]   // all of it, to the last nano-dollar
    [InlineData(200, 0, 91, 100, 9)]
    [InlineData(200, 100, 80, 20, 1)]   // one token is the least
    public void What_does_not_fit_whole_is_capped(long limit, long spent, long reserved, long amount, long cap) =>
        Fit(limit, spent, reserved).Should().BeEquivalentTo(new { Amount = new Money(amount), Cap = cap, Refusing = -1, IsSpent = false });

    [Theory]
    [InlineData(200, 181, 0, true)]     // not even a token, were nothing held
    [InlineData(0, 0, 0, true)]
    [InlineData(200, 180, 1, false)]    // one, if the others had ended
    [InlineData(200, 0, 181, false)]
    public void What_is_spent_refuses_for_good_and_what_is_held_for_now(long limit, long spent, long reserved, bool isSpent) =>
        Fit(limit, spent, reserved).Should().BeEquivalentTo(new { Amount = (Money?)null, Refusing = 0, IsSpent = isSpent });

    [Fact]
    public void The_tightest_of_several_decides()
    {
        var fit = BudgetFit.Of([Line(1000), Line(60), Line(500)], [default, default, default], Ask);

        fit.Should().BeEquivalentTo(new { Amount = new Money(60), Cap = 5L });
    }

    [Theory]
    [InlineData(10, 110, 10)]
    [InlineData(long.MaxValue, 10, long.MaxValue)]
    public void Budgets_that_are_only_counted_put_no_cap_in(long asked, long amount, long cap)
    {
        var fit = BudgetFit.Of([new BudgetLine(default, Limit: null)], [new BudgetState(new Money(1_000_000), default)], Ask with { Cap = asked });

        fit.Should().BeEquivalentTo(new { Amount = new Money(amount), Cap = cap, Refusing = -1 });
    }

    private static BudgetFit Fit(long limit, long spent, long reserved) =>
        BudgetFit.Of([Line(limit)], [new BudgetState(new Money(spent), new Money(reserved))], Ask);

    private static BudgetLine Line(long limit) => new(default, new Money(limit));
}
