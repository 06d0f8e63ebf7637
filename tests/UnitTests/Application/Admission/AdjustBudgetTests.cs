using CleanGateway.Application.Admission;
using CleanGateway.Application.Common;
using CleanGateway.Domain.Common;
using CleanGateway.Domain.Usage;
using NSubstitute;

namespace CleanGateway.UnitTests.Application.Admission;

public class AdjustBudgetTests
{
    // The last moment of a month in UTC, abroad the first day of the next one.
    private static readonly DateTimeOffset Now = new(2026, 12, 1, 8, 59, 59, TimeSpan.FromHours(9));
    private static readonly Guid Scope = new("019a9f6c-3a51-7c1e-8a55-0242ac120002");
    private static readonly AdjustedBudget Done = new(new BudgetAdjustment(1, "total", "total", 1, "r", "a", Now), 1, Epoch: 2);

    private readonly IBudgetAdjustments adjustments = Substitute.For<IBudgetAdjustments>();
    private readonly Operation operation = new();
    private readonly ManualClock clock = new(Now);

    [Theory]
    [InlineData(BudgetKind.Daily, null, "2026:11:30")]
    [InlineData(BudgetKind.Monthly, null, "2026:11")]
    [InlineData(BudgetKind.Total, null, "total")]
    [InlineData(null, "2024:02:29", "2024:02:29")]
    [InlineData(null, "2026:11:30", "2026:11:30")]
    public async Task The_budget_that_runs_now_or_the_one_of_a_period_is_adjusted_by_the_amount(BudgetKind? kind, string? period, string adjusted)
    {
        Func<decimal, decimal>? amount = null;
        adjustments.AdjustAsync(Scope, adjusted, Arg.Do<Func<decimal, decimal>>(given => amount = given), Now, Arg.Any<CancellationToken>()).Returns(Done);

        (await SendAsync(new AdjustBudget(-1.5m, "why", kind, period) { Id = Scope })).Should().Be(Done);

        amount!(7).Should().Be(-1.5m);
        operation.Reason.Should().Be("why");
    }

    [Fact]
    public async Task A_reset_takes_what_is_spent()
    {
        Func<decimal, decimal>? amount = null;
        adjustments.AdjustAsync(Scope, "2026:11", Arg.Do<Func<decimal, decimal>>(given => amount = given), Now, Arg.Any<CancellationToken>()).Returns(Done);

        var reset = new ResetBudget(BudgetKind.Monthly, "why") { Id = Scope };
        await new ResetBudgetHandler(adjustments, operation, clock).Handle(reset, CancellationToken.None);

        amount!(7.000000001m).Should().Be(-7.000000001m);
        operation.Reason.Should().Be("why");
    }

    public static TheoryData<AdjustBudget, string> WrongCommands => new()
    {
        { new AdjustBudget(0, "r", BudgetKind.Total), "amount" },
        { new AdjustBudget(9_000_000.000000001m, "r", BudgetKind.Total), "amount" },
        { new AdjustBudget(-9_000_000.000000001m, "r", BudgetKind.Total), "amount" },
        { new AdjustBudget(0.0000000001m, "r", BudgetKind.Total), "amount" },
        { new AdjustBudget(1, "", BudgetKind.Total), "reason" },
        { new AdjustBudget(1, null!, BudgetKind.Total), "reason" },
        { new AdjustBudget(1, new string('r', 501), BudgetKind.Total), "reason" },
        { new AdjustBudget(1, "two\nlines", BudgetKind.Total), "reason" },
        { new AdjustBudget(1, "r"), "kind" },
        { new AdjustBudget(1, "r", BudgetKind.Total, "total"), "kind" },
        { new AdjustBudget(1, "r", Period: "2026:12"), "period" },
        { new AdjustBudget(1, "r", Period: "2026:12:01"), "period" },
        { new AdjustBudget(1, "r", Period: "2026:13"), "period" },
        { new AdjustBudget(1, "r", Period: "2026:02:30"), "period" },
        { new AdjustBudget(1, "r", Period: "2026-11"), "period" },
        { new AdjustBudget(1, "r", Period: ""), "period" },
        { new AdjustBudget(0, "", BudgetKind.Daily, "Total"), "amount reason kind period" },
    };

    [Theory]
    [MemberData(nameof(WrongCommands), DisableDiscoveryEnumeration = true)]
    public async Task What_is_wrong_with_a_command_is_named(AdjustBudget command, string parameters)
    {
        var send = () => SendAsync(command);

        var error = (await send.Should().ThrowAsync<GatewayException>()).Which.Error;
        error.Others.Select(other => other.Param).Prepend(error.Param).Should().Equal(parameters.Split(' '));
        adjustments.ReceivedCalls().Should().BeEmpty();
    }

    [Theory]
    [InlineData("9000000")]
    [InlineData("-9000000")]
    [InlineData("0.000000001")]
    [InlineData("1.50000000000")]
    public async Task Amounts_are_whole_nano_dollars_up_to_nine_million_dollars(string amount)
    {
        adjustments.AdjustAsync(Scope, "total", Arg.Any<Func<decimal, decimal>>(), Now, Arg.Any<CancellationToken>()).Returns(Done);

        await SendAsync(new AdjustBudget(decimal.Parse(amount, null), new string('r', 500), BudgetKind.Total) { Id = Scope });

        adjustments.ReceivedCalls().Should().ContainSingle();
    }

    private Task<AdjustedBudget> SendAsync(AdjustBudget command) =>
        new ValidationBehaviour<AdjustBudget, AdjustedBudget>([new AdjustBudgetValidator(clock)], new Operation()).Handle(
            command, CancellationToken.None, () => new AdjustBudgetHandler(adjustments, operation, clock).Handle(command, CancellationToken.None));
}
