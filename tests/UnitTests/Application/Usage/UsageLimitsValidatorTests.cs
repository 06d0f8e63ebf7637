using CleanGateway.Application.Usage;
using CleanGateway.Domain.Usage;

namespace CleanGateway.UnitTests.Application.Usage;

public class UsageLimitsValidatorTests
{
    private const decimal Least = 0.000000001m;
    private const decimal Most = 1_000_000_000;

    public static TheoryData<UsageLimits, string> Wrong => new()
    {
        { new() { RateLimit = -1 }, "'rate_limit' is -1: expected 0 or more requests per minute." },
        { new() { TokensPerMinute = -1 }, "'tokens_per_minute' is -1: expected 0 or more tokens per minute." },
        { new() { MaxConcurrent = -1 }, "'max_concurrent' is -1: expected 0 or more calls at one time." },
        { new() { DailyBudget = -Least }, "'daily_budget' is -0.000000001: expected 0 to 1000000000 dollars." },
        { new() { DailyBudget = Most + Least }, "'daily_budget' is 1000000000.000000001: expected 0 to 1000000000 dollars." },
        { new() { MonthlyBudget = -0.01m }, "'monthly_budget' is -0.01: expected 0 to 1000000000 dollars." },
        { new() { MonthlyBudget = Most + Least }, "'monthly_budget' is 1000000000.000000001: expected 0 to 1000000000 dollars." },
        { new() { TotalBudget = -1 }, "'total_budget' is -1: expected 0 to 1000000000 dollars." },
        { new() { TotalBudget = Most + 1 }, "'total_budget' is 1000000001: expected 0 to 1000000000 dollars." },
        { new() { SoftBudget = -1 }, "'soft_budget' is -1: expected 0 to 1000000000 dollars." },
        { new() { SoftBudget = Most + 1 }, "'soft_budget' is 1000000001: expected 0 to 1000000000 dollars." },
    };

    [Theory]
    [MemberData(nameof(Wrong), DisableDiscoveryEnumeration = true)]
    public void What_is_out_of_bounds_is_told_with_what_was_given_and_what_is_allowed(UsageLimits limits, string message) =>
        Messages(limits).Should().Equal(message);

    [Fact]
    public void Nothing_nought_and_the_most_are_allowed()
    {
        Messages(UsageLimits.None).Should().BeEmpty();
        Messages(All(0, 0)).Should().BeEmpty();
        Messages(All(int.MaxValue, Most)).Should().BeEmpty();
    }

    [Fact]
    public void Every_limit_has_its_bounds() =>
        Messages(All(-1, -1)).Should().HaveCount(typeof(UsageLimits).GetProperties().Count(property => property.CanWrite));

    private static UsageLimits All(int count, decimal budget) => new()
    {
        RateLimit = count,
        TokensPerMinute = count,
        MaxConcurrent = count,
        DailyBudget = budget,
        MonthlyBudget = budget,
        TotalBudget = budget,
        SoftBudget = budget,
    };

    private static IEnumerable<string> Messages(UsageLimits limits) =>
        new UsageLimitsValidator().Validate(limits).Errors.Select(finding => finding.ErrorMessage);
}
