using CleanGateway.Domain.Usage;
using CleanGateway.Infrastructure.Admission;

namespace CleanGateway.IntegrationTests;

public abstract partial class MeterTests
{
    private const long NineMillionDollars = 9_000_000_000_000_000;

    [Fact]
    public async Task What_a_call_may_cost_is_held_of_every_budget_until_it_is_settled()
    {
        var key = Key() with { Budgets = [Line(KeyId, 100), Line(KeyId, null, "total")] };
        var project = new MeterScope(ProjectId, null, null, null, [Line(ProjectId, 1000, "2026:11:21")]);
        await SeedAsync(key, project);
        var ask = Ask(Fixed(40), 0, key, project);

        var admitted = await AdmittedAsync(ask);
        (admitted.Held, admitted.Cap).Should().Be((new Money(40), 100));
        admitted.Scopes[0].Budgets.Should().Equal(State(0, 40), State(0, 40));
        admitted.Scopes[1].Budgets.Should().Equal(State(0, 40));
        var held = (await Meter.HeldByAsync(Owner)).Single();
        (held.Call, held.Amount, held.Expired).Should().Be((ask.Call, new Money(40), false));
        held.Budgets.Should().BeEquivalentTo(key.Budgets.Concat(project.Budgets).Select(line => line.Key));

        var settled = await Meter.SettleAsync(Settlement(ask, cost: 7));
        settled.Should().BeEquivalentTo(new SettleAnswer(true, [State(7, 0), State(7, 0), State(7, 0)]));
        (await Meter.SettleAsync(Settlement(ask, cost: 7))).Should().BeEquivalentTo(new SettleAnswer(false, []));
        await ShouldStandAtAsync(spent: 7, reserved: 0);
        await ShouldStandAtAsync(spent: 7, reserved: 0, period: "total");
        await ShouldStandAtAsync(spent: 7, reserved: 0, ProjectId, "2026:11:21");
        (await Meter.HeldByAsync(Owner)).Should().BeEmpty();
    }

    [Fact]
    public async Task A_call_that_cost_more_than_it_held_is_counted_as_what_it_cost()
    {
        await SeedAsync(Budgeted(100));
        var ask = Ask(Fixed(40), 0, Budgeted(100));
        await AdmittedAsync(ask);

        await Meter.SettleAsync(Settlement(ask, cost: 120));

        await ShouldStandAtAsync(spent: 120, reserved: 0);
        var denied = await DeniedAsync(Ask(Fixed(1), 0, Budgeted(100)), DenialReason.BudgetSpent);
        denied.Scopes.Single().Budgets.Should().Equal(State(120, 0));
    }

    [Fact]
    public async Task A_call_fits_up_to_the_last_nano_dollar()
    {
        await SeedAsync(new BudgetKey(KeyId, Month), spent: 60);

        await DeniedAsync(Ask(Fixed(41), 0, Budgeted(100)), DenialReason.BudgetSpent);
        await AdmittedAsync(Ask(Fixed(40), 0, Budgeted(100)));
        await DeniedAsync(Ask(Fixed(1), 0, Budgeted(100)), DenialReason.BudgetReserved);
        await AdmittedAsync(Ask(Fixed(1), 0, Budgeted(101)));
    }

    [Fact]
    public async Task Where_all_of_it_does_not_fit_the_output_is_capped_to_what_does()
    {
        await SeedAsync(Budgeted(100));

        var capped = await AdmittedAsync(Ask(PerToken(10, 7, cap: 50), 0, Budgeted(100)));
        (capped.Held, capped.Cap).Should().Be((new Money(10 + (12 * 7)), 12));
        await DeniedAsync(Ask(PerToken(0, 7, cap: 50), 0, Budgeted(100)), DenialReason.BudgetReserved);
        await DeniedAsync(Ask(PerToken(94, 7, cap: 50), 0, Budgeted(100)), DenialReason.BudgetSpent);
        (await AdmittedAsync(Ask(PerToken(0, 3, cap: 50), 0, Budgeted(100)))).Cap.Should().Be(2);
        await ShouldStandAtAsync(spent: 0, reserved: 100);
    }

    [Fact]
    public async Task The_tightest_budget_decides_on_the_cap_and_all_hold_the_same()
    {
        var key = Key() with { Budgets = [Line(KeyId, 1000), Line(KeyId, null, "total")] };
        var project = new MeterScope(ProjectId, null, null, null, [Line(ProjectId, 50)]);
        await SeedAsync(key, project);

        (await AdmittedAsync(Ask(PerToken(10, 10, cap: 50), 0, key, project))).Cap.Should().Be(4);

        await ShouldStandAtAsync(0, 50);
        await ShouldStandAtAsync(0, 50, period: "total");
        await ShouldStandAtAsync(0, 50, ProjectId);
        var denied = await DeniedAsync(Ask(PerToken(0, 10, cap: 50), 0, key, project), DenialReason.BudgetReserved);
        (denied.Scope, denied.Budget).Should().Be((1, Month));
    }

    [Fact]
    public async Task Who_asks_for_no_cap_gets_the_one_that_fits()
    {
        await SeedAsync(Budgeted(100));

        var admitted = await AdmittedAsync(Ask(PerToken(10, 7, long.MaxValue), 0, Budgeted(100)));

        (admitted.Held, admitted.Cap).Should().Be((new Money(10 + (12 * 7)), 12));
        await DeniedAsync(Ask(PerToken(94, 7, long.MaxValue), 0, Budgeted(100)), DenialReason.BudgetSpent);
    }

    [Fact]
    public async Task Who_asks_for_no_cap_needs_none_where_nothing_is_limited()
    {
        await SeedAsync(Budgeted(null));

        var free = await AdmittedAsync(Ask(PerToken(10, 7, long.MaxValue), 0, Budgeted(null)));
        var capped = await AdmittedAsync(Ask(PerToken(10, 7, cap: 5), 0, Budgeted(null)));
        var unbudgeted = await AdmittedAsync(Ask(PerToken(10, 7, long.MaxValue), 0, Key(requests: 1)));

        (free.Held, free.Cap).Should().Be((new Money(10), long.MaxValue));
        (capped.Held, capped.Cap).Should().Be((new Money(45), 5));
        (unbudgeted.Held, unbudgeted.Cap).Should().Be((Money.Zero, long.MaxValue));
    }

    [Fact]
    public async Task A_budget_of_nothing_refuses_also_what_costs_nothing()
    {
        await SeedAsync(Budgeted(0));

        await DeniedAsync(Ask(Fixed(0), 0, Budgeted(0)), DenialReason.BudgetSpent);
        (await AdmittedAsync(Ask(Fixed(0), 0, Budgeted(1)))).Held.Should().Be(Money.Zero);
    }

    [Fact]
    public async Task A_budget_that_is_only_counted_refuses_nobody()
    {
        await SeedAsync(new BudgetKey(KeyId, Month), spent: long.MaxValue);
        var ask = Ask(Fixed(NineMillionDollars), 0, Budgeted(null));

        await AdmittedAsync(ask);

        (await Meter.SettleAsync(Settlement(ask, cost: 5))).Known.Should().BeTrue();
    }

    [Fact]
    public async Task Beyond_nine_million_dollars_every_limit_is_that()
    {
        await SeedAsync(Budgeted(long.MaxValue));

        await DeniedAsync(Ask(Fixed(NineMillionDollars + 1), 0, Budgeted(long.MaxValue)), DenialReason.BudgetSpent);
        var admitted = await AdmittedAsync(Ask(PerToken(1, 1, long.MaxValue), 0, Budgeted(long.MaxValue)));

        (admitted.Held, admitted.Cap).Should().Be((new Money(NineMillionDollars), NineMillionDollars - 1));
        await ShouldStandAtAsync(0, NineMillionDollars);
    }

    [Fact]
    public async Task A_lower_limit_counts_for_the_next_call_and_leaves_those_under_way_alone()
    {
        await SeedAsync(Budgeted(100));
        var ask = Ask(Fixed(80), 0, Budgeted(100));
        await AdmittedAsync(ask);

        await DeniedAsync(Ask(Fixed(1), 0, Budgeted(50)), DenialReason.BudgetReserved);
        await Meter.SettleAsync(Settlement(ask, cost: 60));

        await DeniedAsync(Ask(Fixed(1), 0, Budgeted(50)), DenialReason.BudgetSpent);
        await AdmittedAsync(Ask(Fixed(1), 0, Budgeted(61)));
        await ShouldStandAtAsync(60, 1);
    }

    [Fact]
    public async Task Two_hundred_callers_at_once_get_exactly_what_the_budget_is_for()
    {
        var budgeted = Budgeted(1000);
        await SeedAsync(budgeted);

        var answers = await Task.WhenAll(Enumerable.Range(0, 200).Select(_ =>
            Task.Run(async () => await Meter.AdmitAsync(Ask(Fixed(7), 0, budgeted)), Stop)));

        answers.OfType<MeterAnswer.Admitted>().Should().HaveCount(142);
        answers.OfType<MeterAnswer.Denied>().Should().HaveCount(58).And.OnlyContain(denied => denied.Reason == DenialReason.BudgetReserved);
        await ShouldStandAtAsync(0, 994);
    }

    private static BudgetState State(long spent, long reserved) => new(new Money(spent), new Money(reserved));
}
