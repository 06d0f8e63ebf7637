using System.Net;
using CleanGateway.IntegrationTests.Fixtures;
using Microsoft.Extensions.DependencyInjection;

namespace CleanGateway.IntegrationTests;

/// <summary>Months and days begin and end at midnight in UTC, whatever a call is doing then.</summary>
public class MeteringTestsPeriods(GatewayFixture tests) : MeteringTest(tests)
{
    private readonly ShiftedClock clock = new(new DateTimeOffset(2027, 1, 31, 23, 50, 0, TimeSpan.Zero));

    [Theory]
    [InlineData("monthly_budget", "")]
    [InlineData("daily_budget", "")]
    [InlineData("monthly_budget", null)]
    public async Task At_midnight_there_is_a_new_budget_and_the_old_one_is_what_it_was(string budget, string? redis)
    {
        var one = await StartAsync("one", redis, Shifted);
        var id = await ServeAsync($"{budget} = {3 * PerToken}");
        var (release, answer, waits) = (new TaskCompletionSource(), Upstream.Answer, new TaskCompletionSource());
        Upstream.Answer = async call =>
        {
            waits.TrySetResult();
            await release.Task;
            await answer(call);
        };
        var late = ChatAsync(one.Url, stream: true);
        await waits.Task.WaitAsync(Stop);
        Upstream.Answer = answer;
        await SpendAsync(one.Url, 2);
        (await StatusAsync(one.Url)).Should().Be(HttpStatusCode.TooManyRequests, "the rest is held");

        clock.Advance(TimeSpan.FromMinutes(20));
        await SpendAsync(one.Url, 2);
        release.SetResult();
        (await late).StatusCode.Should().Be(HttpStatusCode.OK);

        await SpendAsync(one.Url, 1);
        (await StatusAsync(one.Url)).Should().Be(HttpStatusCode.PaymentRequired);
        (await LedgerAsync(6)).Should().Be(6 * PerToken);
        (await Database.RowsAsync("SELECT period, spent FROM budgets WHERE scope_id = $1 AND period <> 'total' ORDER BY period", id))
            .Select(row => (row[0], row[1])).Should().Equal(
                ("2027:01", 3 * PerToken), ("2027:01:31", 3 * PerToken), ("2027:02", 3 * PerToken), ("2027:02:01", 3 * PerToken));
    }

    private async Task SpendAsync(Uri gateway, int calls)
    {
        for (var call = 0; call < calls; call++)
            (await StatusAsync(gateway)).Should().Be(HttpStatusCode.OK);
    }

    private async Task<HttpStatusCode> StatusAsync(Uri gateway)
    {
        using var answer = await ChatAsync(gateway);
        return answer.StatusCode;
    }

    private void Shifted(IServiceCollection services) => services.AddSingleton<TimeProvider>(clock);
}
