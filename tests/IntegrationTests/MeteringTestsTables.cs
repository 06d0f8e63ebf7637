using System.Net;
using CleanGateway.Domain.Usage;
using CleanGateway.Infrastructure.Admission;
using CleanGateway.IntegrationTests.Fixtures;
using Microsoft.Extensions.DependencyInjection;

namespace CleanGateway.IntegrationTests;

/// <summary>Budgets in PostgreSQL's tables, and what a gateway knows by itself when Redis does not answer.</summary>
public class MeteringTestsTables(GatewayFixture tests) : MeteringTest(tests)
{
    private static readonly CostRange Dollar = new(new Money(1_000_000_000), Money.Zero, new Money(1_000_000_000), 1);
    private static readonly Guid Owner = new("00000000-0000-0000-0000-000000000001");

    private readonly BudgetLine line = new(new BudgetKey(Guid.NewGuid(), "2026:11"), new Money(2_000_000_000));

    [Fact]
    public async Task Nobody_is_admitted_in_an_epoch_that_has_passed()
    {
        var book = await BookAsync();
        var epoch = await Database.ScalarAsync<long>("SELECT epoch FROM metering");

        (await ReserveAsync(book, epoch, "one"))!.Amount.Should().Be(new Money(1_000_000_000));
        (await ReserveAsync(book, epoch - 1, "late")).Should().BeNull("counters may have begun elsewhere");

        (await ReservationsAsync()).Should().Equal("one");
    }

    [Fact]
    public async Task A_reservation_that_nobody_knows_of_is_taken_back()
    {
        var book = await BookAsync();
        foreach (var call in (string[])["known", "lost", "settled"])
        {
            await Database.ExecuteAsync(
                "INSERT INTO budget_reservations VALUES ($1, $2, $3, 1, $4, $5, now() - interval '1 minute')",
                call, line.Key.ScopeId, line.Key.Period, call == "settled", Owner);
        }

        await Database.ExecuteAsync(
            "INSERT INTO budget_reservations VALUES ('young', $1, $2, 1, false, $3, now())", line.Key.ScopeId, line.Key.Period, Owner);

        await book.ForgetAsync(Owner, ["known"], TimeSpan.FromSeconds(30), Stop);

        (await ReservationsAsync()).Should().Equal("known", "settled", "young");
    }

    [Fact]
    public async Task A_rate_is_exact_for_a_gateway_whose_redis_comes_and_goes()
    {
        const int Limit = 20;
        var one = await StartAsync("one", replace: _ => { });
        await ServeAsync($"rate_limit = {Limit}");
        var answered = await AnsweredAsync(one.Url, Limit / 2);

        await Redis.FreezeAsync(frozen: true);
        answered += await AnsweredAsync(one.Url, Limit);
        await Redis.FreezeAsync(frozen: false);
        await Redis.CliAsync("FLUSHALL");
        answered += await AnsweredAsync(one.Url, Limit);

        answered.Should().Be(Limit);
    }

    private async Task<int> AnsweredAsync(Uri gateway, int calls)
    {
        var answers = await Task.WhenAll(Enumerable.Range(0, calls).Select(_ => ChatAsync(gateway)));
        answers.Should().OnlyContain(answer => answer.StatusCode == HttpStatusCode.OK || answer.StatusCode == HttpStatusCode.TooManyRequests);
        return answers.Count(answer => answer.StatusCode == HttpStatusCode.OK);
    }

    private async Task<BudgetBook> BookAsync() => (await StartAsync("one", redis: "")).Services.GetRequiredService<BudgetBook>();

    private Task<BudgetFit?> ReserveAsync(BudgetBook book, long epoch, string call) =>
        book.ReserveAsync(epoch, call, TimeProvider.System.GetUtcNow(), Owner, [line], Dollar, Stop);

    private async Task<IEnumerable<object?>> ReservationsAsync() =>
        (await Database.RowsAsync("SELECT request_id FROM budget_reservations ORDER BY request_id")).Select(row => row[0]);
}
