using System.Net;
using CleanGateway.Application.Admission;
using CleanGateway.Application.Common;
using CleanGateway.Domain.AdminTokens;
using CleanGateway.Domain.Usage;
using CleanGateway.IntegrationTests.Fixtures;
using MediatR;
using Microsoft.Extensions.DependencyInjection;

namespace CleanGateway.IntegrationTests;

/// <summary>Budgets that are put right while several gateways give them out, wherever these are counted.</summary>
public class MeteringTestsAdjusted(GatewayFixture tests) : MeteringTest(tests)
{
    private const int Budget = 40;
    private const int Held = 5;

    [Theory]
    [InlineData("local")]
    [InlineData("redis")]
    [InlineData("database")]
    public async Task What_is_let_through_and_what_is_put_right_are_the_budget_together(string book)
    {
        var redis = book == "redis" ? null : "";
        var one = await StartAsync("one", redis);
        var other = book == "local" ? one : await StartAsync("other", redis);
        var id = await ServeAsync($"monthly_budget = {Budget * PerToken}");
        await Eventually.IsTrueAsync(async () => await Database.ScalarAsync<string>("SELECT book FROM metering") == book, "the gateways have agreed");
        var answered = await FloodAsync(one, other, calls: 10);
        await LedgerAsync(answered);

        // Calls that are under way while it is put right, by both gateways at one time.
        var answer = Upstream.Answer;
        var go = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        using var asked = new CountdownEvent(Held);
        Upstream.Answer = async call =>
        {
            asked.Signal();
            await go.Task;
            await answer(call);
        };
        var held = Enumerable.Range(0, Held).Select(call => InsistAsync((call % 2 == 0 ? one : other).Url)).ToList();
        await Eventually.IsTrueAsync(() => asked.IsSet, "the calls are under way");
        Upstream.Answer = answer;
        var adjusted = await Task.WhenAll(
            AdjustAsync(one, new AdjustBudget(-4 * PerToken, "back", BudgetKind.Monthly) { Id = id }),
            AdjustAsync(other, new AdjustBudget(7 * PerToken, "more", BudgetKind.Monthly) { Id = id }),
            AdjustAsync(one, new ResetBudget(BudgetKind.Daily, "another budget") { Id = id }));
        go.SetResult();
        answered += (await Task.WhenAll(held)).Count(status => status == HttpStatusCode.OK);
        answered += await FloodAsync(one, other, calls: Budget);

        adjusted.Should().OnlyContain(done => done.InForce);
        answered.Should().Be(Budget - 3);
        await ShouldAgreeAsync(id, answered);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task What_was_put_right_outlives_counters_and_gateways(bool withRedis)
    {
        var redis = withRedis ? null : "";
        var one = await StartAsync("one", redis);
        var id = await ServeAsync($"monthly_budget = {Budget * PerToken}");
        var answered = await FloodAsync(one, one, calls: 10);
        await LedgerAsync(answered);
        await AdjustAsync(one, new ResetBudget(BudgetKind.Monthly, "a gift") { Id = id });
        await AdjustAsync(one, new AdjustBudget(30 * PerToken, "on second thoughts", BudgetKind.Monthly) { Id = id });
        answered += await FloodAsync(one, one, calls: 3);

        if (withRedis)
            await Redis.CliAsync("FLUSHALL");
        await one.StopAsync();
        one = await StartAsync("one", redis);
        await SettledAsync();
        answered += await FloodAsync(one, one, calls: Budget);

        answered.Should().Be(20, "of 40 there were 10 left, and 10 more had been given back");
        await ShouldAgreeAsync(id, answered);
    }

    /// <returns>How many were answered; the others had no room.</returns>
    private async Task<int> FloodAsync(MeteredGateway one, MeteredGateway other, int calls)
    {
        var answers = await Task.WhenAll(
            Enumerable.Range(0, calls).Select(call => InsistAsync((call % 2 == 0 ? one : other).Url, stream: call % 3 == 0)));
        answers.Should().OnlyContain(status => status == HttpStatusCode.OK || status == HttpStatusCode.PaymentRequired);
        return answers.Count(status => status == HttpStatusCode.OK);
    }

    private static async Task<AdjustedBudget> AdjustAsync(MeteredGateway gateway, ICommand<AdjustedBudget> command)
    {
        await using var scope = gateway.Services.CreateAsyncScope();
        scope.ServiceProvider.GetRequiredService<Operation>().Actor = new Actor(ActorKind.CommandLine, null, "operator", AdminRole.Owner);
        var mediator = scope.ServiceProvider.GetRequiredService<IMediator>();
        var adjusted = await mediator.Send(command, Stop);
        return adjusted with { InForce = await mediator.Send(new AwaitBudgetEpoch(adjusted.Epoch), Stop) };
    }

    /// <summary>Every period's book is the ledger and what was put right in it; nothing is held any more.</summary>
    private async Task ShouldAgreeAsync(Guid id, int answered)
    {
        (await LedgerAsync(answered)).Should().Be(answered * PerToken);
        (await Database.RowsAsync(
            """
            SELECT b.period FROM budgets b WHERE scope_id = $1
            AND spent <> (SELECT sum(total_cost_usd) FROM usage_records)
                + (SELECT coalesce(sum(amount), 0) FROM budget_adjustments a WHERE a.scope_id = b.scope_id AND a.period = b.period)
            """,
            id)).Should().BeEmpty();
        (await Database.ScalarAsync<decimal>("SELECT spent FROM budgets WHERE scope_id = $1 AND length(period) = 7", id))
            .Should().Be(Budget * PerToken);
        await Eventually.IsTrueAsync(
            async () => await Database.ScalarAsync<long>("SELECT count(*) FROM budget_reservations") == 0, "nothing is held");
    }
}
