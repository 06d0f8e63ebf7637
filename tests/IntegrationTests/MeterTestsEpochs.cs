using CleanGateway.Domain.Usage;
using CleanGateway.Infrastructure.Admission;

namespace CleanGateway.IntegrationTests;

public abstract partial class MeterTests
{
    [Fact]
    public async Task Counters_that_have_not_begun_are_all_named_at_once_and_nothing_is_consumed()
    {
        var key = Key(requests: 1) with { Budgets = [Line(KeyId, 10), Line(KeyId, 10, "total")] };
        var project = new MeterScope(ProjectId, null, null, null, [Line(ProjectId, 10)]);
        await SeedAsync(new BudgetKey(KeyId, "total"), spent: 0);
        await SeedAsync(new BudgetKey(ProjectId, Month), spent: 0, Epoch - 1);
        var ask = Ask(Fixed(1), 0, key, project);

        for (var i = 0; i < 2; i++)
        {
            (await Meter.AdmitAsync(ask)).Should().BeOfType<MeterAnswer.Unseeded>()
                .Which.Budgets.Should().Equal(new BudgetKey(KeyId, Month), new BudgetKey(ProjectId, Month));
        }

        await SeedAsync(key, project);
        await AdmittedAsync(ask);
    }

    [Fact]
    public async Task A_counter_of_a_later_epoch_is_somebody_elses()
    {
        var key = Key(requests: 1) with { Budgets = [Line(KeyId, 10), Line(KeyId, 10, "total")] };
        await SeedAsync(new BudgetKey(KeyId, "total"), spent: 0, Epoch + 1);

        (await Meter.AdmitAsync(Ask(Fixed(1), 0, key))).Should().BeOfType<MeterAnswer.WrongEpoch>();
        (await StateAsync(new BudgetKey(KeyId, "total"))).Should().BeNull();
        await ShouldStandAtAsync(0, 0, period: "total", epoch: Epoch + 1);
        await AdmittedAsync(Ask(Key(requests: 1)));
    }

    [Fact]
    public async Task A_counter_begins_once_in_an_epoch()
    {
        var budget = new BudgetKey(KeyId, Month);
        await SeedAsync(budget, spent: 5);
        await SeedAsync(budget, spent: 50);
        await ShouldStandAtAsync(5, 0);

        await SeedAsync(budget, spent: 70, Epoch + 1);
        await SeedAsync(budget, spent: 80, Epoch);

        (await StateAsync(budget)).Should().BeNull();
        await ShouldStandAtAsync(70, 0, epoch: Epoch + 1);
    }

    [Fact]
    public async Task Calls_under_way_when_a_counter_begins_are_held_and_settled_like_others()
    {
        var other = Guid.Parse("0199a0de-0000-7000-8000-00000000000b");
        SeededHold[] held = [new("one", Owner, new Money(30), Began), new("two", other, new Money(20), Began.AddSeconds(-5))];
        await SeedAsync(new BudgetKey(KeyId, Month), spent: 7, Epoch, held);
        await SeedAsync(new BudgetKey(KeyId, "total"), spent: 9, Epoch, held[..1]);
        await ShouldStandAtAsync(7, 50);

        var key = Key() with { Budgets = [Line(KeyId, 100), Line(KeyId, 100, "total")] };
        (await Meter.HeldByAsync(Owner)).Should().BeEquivalentTo(
            [new HeldCall("one", new Money(30), Began, [.. key.Budgets.Select(line => line.Key)], Expired: false)]);
        (await Meter.SettleAsync(new MeterSettlement("one", Owner, [key], new Money(3), 0, 0, 0))).Budgets
            .Should().Equal(State(10, 20), State(12, 0));
        (await Meter.SettleAsync(new MeterSettlement("two", other, [key], new Money(4), 0, 0, 0))).Budgets
            .Should().Equal(State(14, 0), default);
        await ShouldStandAtAsync(14, 0);
        await ShouldStandAtAsync(12, 0, period: "total");
    }

    [Theory]
    [InlineData(110, 10)]
    [InlineData(60, 5)]
    [InlineData(10, 1)]
    public async Task A_call_that_is_held_by_the_books_is_admitted_with_the_cap_that_they_paid_for(long amount, long cap)
    {
        var ask = Ask(PerToken(10, 10, cap: 10), 0, Budgeted(1000));
        await SeedAsync(new BudgetKey(KeyId, Month), spent: 0, Epoch, new SeededHold(ask.Call, Owner, new Money(amount), Began));

        var admitted = await AdmittedAsync(ask);

        (admitted.Held, admitted.Cap).Should().Be((new Money(amount), cap));
        await ShouldStandAtAsync(0, amount);
    }

    [Fact]
    public async Task A_call_held_in_an_earlier_epoch_changes_no_counter_of_this_one()
    {
        await SeedAsync(Budgeted(100));
        var (known, unknown) = (Ask(Fixed(10), 0, Budgeted(100)), Ask(Fixed(10), 0, Budgeted(100)));
        await AdmittedAsync(known);
        await AdmittedAsync(unknown);

        await SeedAsync(new BudgetKey(KeyId, Month), spent: 0, Epoch + 1, new SeededHold(known.Call, Owner, new Money(10), Began));

        (await Meter.SettleAsync(Settlement(unknown, cost: 5))).Known.Should().BeFalse();
        await ShouldStandAtAsync(0, 10, epoch: Epoch + 1);
        (await Meter.SettleAsync(Settlement(known, cost: 5))).Known.Should().BeTrue();
        await ShouldStandAtAsync(5, 0, epoch: Epoch + 1);
        (await Meter.HeldByAsync(Owner)).Should().BeEmpty();
    }

    [Fact]
    public async Task What_a_call_held_in_an_earlier_epoch_does_not_make_it_admitted_in_this_one()
    {
        await SeedAsync(Budgeted(100));
        var ask = Ask(Fixed(10), 0, Budgeted(100));
        await AdmittedAsync(ask);
        await SeedAsync(new BudgetKey(KeyId, Month), spent: 0, Epoch + 1);

        await AdmittedAsync(ask with { Epoch = Epoch + 1 });

        await ShouldStandAtAsync(0, 10, epoch: Epoch + 1);
    }

    [Fact]
    public async Task Spending_is_only_ever_raised_and_only_in_its_epoch()
    {
        var budget = new BudgetKey(KeyId, Month);
        await Meter.RaiseAsync(Epoch, budget, new Money(1));
        (await StateAsync(budget)).Should().BeNull();
        await SeedAsync(budget, spent: 10);

        await Meter.RaiseAsync(Epoch, budget, new Money(30));
        await Meter.RaiseAsync(Epoch, budget, new Money(20));
        await Meter.RaiseAsync(Epoch - 1, budget, new Money(40));
        await Meter.RaiseAsync(Epoch + 1, budget, new Money(50));

        await ShouldStandAtAsync(30, 0);
    }

    [Fact]
    public async Task Spending_is_not_raised_while_a_call_is_about_to_be_settled()
    {
        await SeedAsync(Budgeted(100));
        var ask = Ask(Fixed(7), 0, Budgeted(100));
        await AdmittedAsync(ask);

        await Meter.RaiseAsync(Epoch, new BudgetKey(KeyId, Month), new Money(7));
        await Meter.SettleAsync(Settlement(ask, cost: 7));

        await ShouldStandAtAsync(7, 0);
    }

    [Fact]
    public async Task A_call_that_nobody_answers_for_counts_as_spent_until_it_is_settled_after_all()
    {
        await SeedAsync(Budgeted(100));
        var (one, other) = (Ask(Fixed(40), 0, Budgeted(100)), Ask(Fixed(40), 0, Budgeted(100)));
        await AdmittedAsync(one);
        await AdmittedAsync(other);

        await Meter.ExpireAsync(Owner, one.Call);
        await Meter.ExpireAsync(Owner, one.Call);
        await Meter.ExpireAsync(Owner, "never-seen");

        await ShouldStandAtAsync(40, 40);
        (await Meter.HeldByAsync(Owner)).Select(call => (call.Call, call.Expired)).Should().BeEquivalentTo([(one.Call, true), (other.Call, false)]);
        await DeniedAsync(Ask(Fixed(61), 0, Budgeted(100)), DenialReason.BudgetSpent);
        await Meter.SettleAsync(Settlement(one, cost: 3));
        await ShouldStandAtAsync(3, 40);
        (await Meter.SettleAsync(Settlement(one, cost: 3))).Known.Should().BeFalse();
        await ShouldStandAtAsync(3, 40);
    }

    [Fact]
    public async Task Who_was_never_held_changes_nothing_by_being_settled()
    {
        await SeedAsync(Budgeted(100));
        var never = Ask(Fixed(40), 10, Budgeted(100) with { Requests = 1, Tokens = 10, Concurrent = 1 });

        (await Meter.SettleAsync(Settlement(never, cost: 5, tokens: 100))).Should().BeEquivalentTo(new SettleAnswer(false, []));
        await Meter.ReleaseAsync(Settlement(never));

        await ShouldStandAtAsync(0, 0);
        await AdmittedAsync(never);
    }
}
