using CleanGateway.Infrastructure.Admission;

namespace CleanGateway.IntegrationTests;

public abstract partial class MeterTests
{
    private static readonly TimeSpan Window = TimeSpan.FromSeconds(60);

    [Fact]
    public async Task As_many_requests_as_allowed_are_admitted_and_the_next_is_told_when_the_oldest_leaves()
    {
        var first = await AdmittedAsync(Ask(Key(requests: 2)));
        await PassAsync(TimeSpan.FromSeconds(20));
        var second = await AdmittedAsync(Ask(Key(requests: 2)));
        var denied = await DeniedAsync(Ask(Key(requests: 2)), DenialReason.RequestRate);

        first.Scopes.Single().RequestsLeft.Should().Be(1);
        first.Scopes.Single().RequestsReset.Should().Be(Window);
        second.Scopes.Single().Should().BeEquivalentTo(new { RequestsLeft = 0L, RequestsReset = Window, TokensLeft = (long?)null });
        (denied.Scope, denied.Budget, denied.Scopes.Single().RequestsLeft).Should().Be((0, null, 0L));
        denied.RetryAfter.Should().BePositive().And.BeLessThanOrEqualTo(TimeSpan.FromSeconds(40));
        (denied.Scopes.Single().RequestsReset - denied.RetryAfter!.Value).Should().BeGreaterThanOrEqualTo(TimeSpan.FromSeconds(20));
    }

    [Fact]
    public async Task Requests_leave_the_window_one_by_one()
    {
        await AdmittedAsync(Ask(Key(requests: 2)));
        await PassAsync(TimeSpan.FromSeconds(30));
        await AdmittedAsync(Ask(Key(requests: 2)));
        await DeniedAsync(Ask(Key(requests: 2)), DenialReason.RequestRate);
        await PassAsync(TimeSpan.FromSeconds(30));

        await AdmittedAsync(Ask(Key(requests: 2)));
        await DeniedAsync(Ask(Key(requests: 2)), DenialReason.RequestRate);
    }

    [Fact]
    public async Task A_limit_may_be_lowered_and_raised_at_any_time()
    {
        for (var i = 0; i < 5; i++)
        {
            await AdmittedAsync(Ask(Key(requests: 5)));
            await PassAsync(TimeSpan.FromSeconds(10));
        }

        // Now 50 s after the first one, and 10 s after the last; the second newest is 20 s old.
        var lowered = await DeniedAsync(Ask(Key(requests: 2)), DenialReason.RequestRate);
        lowered.RetryAfter.Should().BeGreaterThan(TimeSpan.FromSeconds(30)).And.BeLessThanOrEqualTo(TimeSpan.FromSeconds(40));
        lowered.Scopes.Single().RequestsLeft.Should().Be(0);
        (await AdmittedAsync(Ask(Key(requests: 7)))).Scopes.Single().RequestsLeft.Should().Be(1);
        (await AdmittedAsync(Ask(Key(requests: null)))).Scopes.Single().RequestsLeft.Should().BeNull();
        await AdmittedAsync(Ask(Key(requests: 7)));
        await DeniedAsync(Ask(Key(requests: 7)), DenialReason.RequestRate);
    }

    [Fact]
    public async Task A_limit_of_none_admits_none_and_knows_no_time_at_which_it_would()
    {
        (await DeniedAsync(Ask(Key(requests: 0)), DenialReason.RequestRate)).RetryAfter.Should().BeNull();
        (await DeniedAsync(Ask(Key(concurrent: 0)), DenialReason.Concurrency)).RetryAfter.Should().BeNull();
        (await DeniedAsync(Ask(Fixed(0), 1, Key(tokens: 0)), DenialReason.TokenRate)).RetryAfter.Should().BeNull();
    }

    [Fact]
    public async Task Tokens_are_counted_as_asked_and_corrected_when_the_call_is_settled()
    {
        var scope = Key(tokens: 100);
        var ask = Ask(Fixed(0), 60, scope);
        var admitted = await AdmittedAsync(ask);
        admitted.Scopes.Single().TokensLeft.Should().Be(40);
        admitted.Scopes.Single().TokensReset.Should().BeCloseTo(Window, TimeSpan.FromSeconds(1));
        (await DeniedAsync(Ask(Fixed(0), 41, scope), DenialReason.TokenRate)).RetryAfter.Should().BePositive();

        await Meter.SettleAsync(Settlement(ask, tokens: 10, at: admitted.At));
        await Meter.SettleAsync(Settlement(ask, tokens: 10, at: admitted.At));

        (await AdmittedAsync(Ask(Fixed(0), 41, scope))).Scopes.Single().TokensLeft.Should().Be(49);
        (await DeniedAsync(Ask(Fixed(0), 101, scope), DenialReason.TokenRate)).RetryAfter.Should().BeNull("it never fits");
    }

    [Fact]
    public async Task Tokens_leave_with_the_part_of_the_window_that_they_came_in()
    {
        var scope = Key(tokens: 100);
        await AdmittedAsync(Ask(Fixed(0), 50, scope));
        await PassAsync(TimeSpan.FromSeconds(30));
        var ask = Ask(Fixed(0), 50, scope);
        var at = (await AdmittedAsync(ask)).At;
        await PassAsync(TimeSpan.FromSeconds(20));
        var denied = await DeniedAsync(Ask(Fixed(0), 50, scope), DenialReason.TokenRate);
        denied.RetryAfter.Should().BePositive().And.BeLessThanOrEqualTo(TimeSpan.FromSeconds(11));
        await PassAsync(TimeSpan.FromSeconds(11));

        await AdmittedAsync(Ask(Fixed(0), 50, scope));
        await DeniedAsync(Ask(Fixed(0), 1, scope), DenialReason.TokenRate);
        await Meter.SettleAsync(Settlement(ask, tokens: 20, at: Past(at, TimeSpan.FromSeconds(31))));
        (await AdmittedAsync(Ask(Fixed(0), 30, scope))).Scopes.Single().TokensLeft.Should().Be(0);
    }

    [Fact]
    public async Task Tokens_of_a_call_that_has_left_the_window_are_not_corrected()
    {
        var scope = Key(tokens: 100);
        var ask = Ask(Fixed(0), 50, scope);
        var at = (await AdmittedAsync(ask)).At;
        await PassAsync(TimeSpan.FromSeconds(62));

        await Meter.SettleAsync(Settlement(ask, tokens: 90, at: Past(at, TimeSpan.FromSeconds(62))));

        (await AdmittedAsync(Ask(Fixed(0), 100, scope))).Scopes.Single().TokensLeft.Should().Be(0);
    }

    [Fact]
    public async Task A_call_has_its_place_until_it_ends_or_nobody_renews_it()
    {
        var scope = Key(concurrent: 2);
        var (one, other) = (Ask(scope), Ask(scope));
        await AdmittedAsync(one);
        await AdmittedAsync(other);
        (await DeniedAsync(Ask(scope), DenialReason.Concurrency)).RetryAfter.Should().Be(TimeSpan.FromSeconds(1));

        await Meter.SettleAsync(Settlement(one));
        var third = Ask(scope);
        await AdmittedAsync(third);
        await PassAsync(TimeSpan.FromSeconds(40));
        await Meter.RenewAsync([new MeterHold(other.Call, [scope])]);
        await PassAsync(TimeSpan.FromSeconds(40));

        await AdmittedAsync(Ask(scope));
        await DeniedAsync(Ask(scope), DenialReason.Concurrency);
        await Meter.RenewAsync([new MeterHold(third.Call, [scope])]);
        await Meter.SettleAsync(Settlement(other));
        await AdmittedAsync(Ask(scope));
        await DeniedAsync(Ask(scope), DenialReason.Concurrency);
    }

    [Fact]
    public async Task An_admission_that_is_released_never_was()
    {
        var scope = Key(requests: 1, tokens: 100, concurrent: 1) with { Budgets = [Line(KeyId, 10)] };
        await SeedAsync(scope);
        var ask = Ask(Fixed(10), 100, scope);
        var at = (await AdmittedAsync(ask)).At;

        await Meter.ReleaseAsync(Settlement(ask, at: at));
        await Meter.ReleaseAsync(Settlement(ask, at: at));

        (await AdmittedAsync(Ask(Fixed(10), 100, scope))).Scopes.Single().Should().BeEquivalentTo(new { RequestsLeft = 0L, TokensLeft = 0L });
        await ShouldStandAtAsync(spent: 0, reserved: 10);
    }

    [Fact]
    public async Task Who_is_denied_by_one_scope_has_taken_nothing_from_the_other()
    {
        var project = new MeterScope(ProjectId, 1, null, null, []);
        var key = Key(requests: 5, tokens: 100, concurrent: 5) with { Budgets = [Line(KeyId, 100)] };
        await SeedAsync(key);
        await AdmittedAsync(Ask(project));

        for (var i = 0; i < 10; i++)
            (await DeniedAsync(Ask(Fixed(10), 20, key, project), DenialReason.RequestRate)).Scope.Should().Be(1);

        var after = await AdmittedAsync(Ask(Fixed(10), 20, key));
        after.Scopes.Single().Should().BeEquivalentTo(new { RequestsLeft = 4L, TokensLeft = 80L });
        await ShouldStandAtAsync(spent: 0, reserved: 10);
    }

    [Fact]
    public async Task The_reason_that_counts_most_is_told()
    {
        var budgets = Key(requests: 1, tokens: 10, concurrent: 1) with { Budgets = [Line(KeyId, 10)] };
        await SeedAsync(budgets);
        await AdmittedAsync(Ask(Fixed(10), 10, budgets));

        var spent = new MeterScope(ProjectId, null, null, null, [Line(ProjectId, 0)]);
        await SeedAsync(spent);
        var denied = await DeniedAsync(Ask(Fixed(10), 10, budgets, spent), DenialReason.BudgetSpent);
        (denied.Scope, denied.Budget, denied.RetryAfter).Should().Be((1, Month, null));
        await DeniedAsync(Ask(Fixed(10), 10, budgets), DenialReason.RequestRate);
        await DeniedAsync(Ask(Fixed(10), 10, budgets with { Requests = null }), DenialReason.TokenRate);
        await DeniedAsync(Ask(Fixed(10), 10, budgets with { Requests = null, Tokens = 20 }), DenialReason.Concurrency);
        var roomy = budgets with { Requests = null, Tokens = 20, Concurrent = 2 };
        var reserved = await DeniedAsync(Ask(Fixed(10), 10, roomy), DenialReason.BudgetReserved);
        (reserved.Scope, reserved.Budget, reserved.RetryAfter).Should().Be((0, Month, TimeSpan.FromSeconds(1)));
    }

    [Fact]
    public async Task Asking_again_for_a_call_consumes_nothing_again()
    {
        MeterScope[] limits = [Key(requests: 3), Key(tokens: 30), Key(concurrent: 3), Key(requests: 3, tokens: 30, concurrent: 3)];
        foreach (var (which, limit) in limits.Index())
        {
            var (id, budgeted) = (new Guid(which, 1, 0, new byte[8]), new Guid(which, 2, 0, new byte[8]));
            MeterScope[] both = [limit with { Id = id }, limit with { Id = budgeted, Budgets = [Line(budgeted, 30)] }];
            await SeedAsync(both);
            foreach (var scopes in new[] { both[..1], both[1..] })
            {
                var ask = Ask(Fixed(10), 10, scopes);
                var first = await AdmittedAsync(ask);
                for (var i = 0; i < 5; i++)
                {
                    (await AdmittedAsync(ask)).Should().BeEquivalentTo(
                        first, same => same.Including(answer => answer.Held).Including(answer => answer.Cap).Including(answer => answer.At));
                }

                await AdmittedAsync(Ask(Fixed(10), 10, scopes));
                await AdmittedAsync(Ask(Fixed(10), 10, scopes));
                (await Meter.AdmitAsync(Ask(Fixed(10), 10, scopes))).Should().BeOfType<MeterAnswer.Denied>();
            }
        }
    }
}
