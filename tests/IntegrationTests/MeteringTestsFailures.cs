using System.Globalization;
using System.Net;
using CleanGateway.Domain.Common;
using CleanGateway.IntegrationTests.Faults;
using CleanGateway.IntegrationTests.Fixtures;
using Microsoft.Extensions.DependencyInjection;

namespace CleanGateway.IntegrationTests;

/// <summary>
/// Redis goes, freezes, forgets or comes back with old numbers while two gateways spend one budget: not a nano-dollar more
/// than the budget is ever spent, and all of it can be.
/// </summary>
public class MeteringTestsFailures(GatewayFixture tests) : MeteringTest(tests)
{
    private const int Calls = 40;
    private const int Callers = 24;

    private static readonly string Month = TimeProvider.System.GetUtcNow().ToString("yyyy':'MM", CultureInfo.InvariantCulture);

    [Theory]
    [InlineData("killed")]
    [InlineData("frozen")]
    [InlineData("flushed")]
    [InlineData("restarted empty")]
    [InlineData("restarted with what it had saved long ago")]
    [InlineData("emptied of one key")]
    [InlineData("slow for one of them")]
    [InlineData("lost to one of them")]
    public async Task The_budget_is_spent_and_not_overspent_whatever_becomes_of_redis(string fault)
    {
        await using var network = new FaultProxy(Redis.Port);
        var (one, other) = (await StartAsync("one", $"127.0.0.1:{network.Port}", Nothing), await StartAsync("other", replace: Nothing));
        var id = await ServeAsync($"monthly_budget = {Calls * PerToken}");
        await SpendAsync(one.Url, other.Url, Calls / 4);
        if (fault.Contains("saved", StringComparison.Ordinal))
            (await Redis.CliAsync("SAVE")).Should().Equal("OK");

        var spending = SpendAllAsync(one.Url, other.Url);
        await Eventually.IsTrueAsync(() => Upstream.Requests.Count >= Calls / 2, "half of it is spent");
        await (fault switch
        {
            "killed" => Redis.KillAsync(),
            "frozen" => Redis.FreezeAsync(frozen: true),
            "flushed" => Redis.CliAsync("FLUSHALL"),
            "restarted empty" or "restarted with what it had saved long ago" => RestartAsync(),
            "slow for one of them" => Task.FromResult(network.Latency = TimeSpan.FromMilliseconds(100)),
            "lost to one of them" => Lose(network),
            _ => Redis.CliAsync($"DEL budget:{id}:{Month}"),
        });

        (await spending).Should().Be(Calls - (Calls / 4), "all of the budget can be spent");
        (await LedgerAsync(Calls)).Should().Be(Calls * PerToken);
        Upstream.Requests.Should().HaveCount(Calls, "nothing else went upstream");
    }

    [Theory]
    [InlineData("frozen", "database")]
    [InlineData("flushed", "redis")]
    [InlineData("restarted empty", null)]
    public async Task Calls_under_way_keep_their_hold_while_counting_begins_anew(string fault, string? book)
    {
        const int UnderWay = 6;
        var (one, other) = (await StartAsync("one", replace: Nothing), await StartAsync("other", replace: Nothing));
        await ServeAsync($"monthly_budget = {Calls * PerToken}");
        await SpendAsync(one.Url, other.Url, 4);
        var (release, answer, waiting) = (new TaskCompletionSource(), Upstream.Answer, 0);
        Upstream.Answer = async call =>
        {
            Interlocked.Increment(ref waiting);
            await release.Task;
            await answer(call);
        };
        var underWay = Task.WhenAll(Enumerable.Range(0, UnderWay).Select(caller => ChatAsync(caller % 2 == 0 ? one.Url : other.Url, stream: caller % 3 == 0)));
        await Eventually.IsTrueAsync(() => waiting == UnderWay, "the calls are under way");
        Upstream.Answer = answer;

        await (fault switch
        {
            "frozen" => Redis.FreezeAsync(frozen: true),
            "flushed" => Redis.CliAsync("FLUSHALL"),
            _ => RestartAsync(),
        });

        // All that the others do not hold; then for a while there is nothing but what is held.
        await SpendAsync(one.Url, other.Url, Calls - 4 - UnderWay);
        if (book is not null)
            (await BookAsync()).Should().Be(book);
        using (var refused = await ChatAsync(one.Url))
        {
            refused.StatusCode.Should().Be(HttpStatusCode.TooManyRequests);
            (await CodeAsync(refused)).Should().Be("budget_reserved");
        }

        release.SetResult();
        (await underWay).Should().OnlyContain(late => late.StatusCode == HttpStatusCode.OK);
        (await InsistAsync(other.Url)).Should().Be(HttpStatusCode.PaymentRequired);
        (await LedgerAsync(Calls)).Should().Be(Calls * PerToken);
    }

    [Fact]
    public async Task When_redis_is_back_budgets_are_counted_there_again()
    {
        var one = await StartAsync("one", replace: Nothing);
        var id = await ServeAsync($"monthly_budget = {Calls * PerToken}");
        await SpendAsync(one.Url, one.Url, 3);
        await Redis.FreezeAsync(frozen: true);
        await SpendAsync(one.Url, one.Url, 3);
        (await BookAsync()).Should().Be("database");

        await Redis.FreezeAsync(frozen: false);

        await Eventually.IsTrueAsync(async () => await BookAsync() == "redis", "Redis counts again");
        await SpendAsync(one.Url, one.Url, 3);
        await Eventually.IsTrueAsync(async () => (await Redis.CliAsync($"GET cost:{id}:{Month}")).Single() == "\"0.009\"", "Redis knows all that was spent");
    }

    [Fact]
    public async Task A_gateway_that_comes_and_goes_without_redis_changes_where_budgets_are_counted()
    {
        var one = await StartAsync("one", redis: "");
        await ServeAsync($"monthly_budget = {Calls * PerToken}");
        (await BookAsync()).Should().Be("local");
        await SpendAsync(one.Url, one.Url, 5);

        var other = await StartAsync("other", redis: "");
        await SettledAsync();
        await SpendAsync(one.Url, other.Url, 10);
        (await BookAsync()).Should().Be("database");
        await other.StopAsync();
        await Eventually.IsTrueAsync(async () => await BookAsync() == "local", "the one that is left counts alone");

        (await SpendAllAsync(one.Url, one.Url)).Should().Be(Calls - 15);
        (await LedgerAsync(Calls)).Should().Be(Calls * PerToken);
    }

    [Fact]
    public async Task What_a_gateway_spent_before_its_restart_is_spent()
    {
        var one = await StartAsync("one", redis: "");
        await ServeAsync($"monthly_budget = {Calls * PerToken}");
        await SpendAsync(one.Url, one.Url, 10);
        await one.StopAsync();

        var again = await StartAsync("one", redis: "");
        await SettledAsync();

        (await SpendAllAsync(again.Url, again.Url)).Should().Be(Calls - 10);
        (await LedgerAsync(Calls)).Should().Be(Calls * PerToken);
    }

    [Fact]
    public async Task Without_redis_and_database_only_calls_with_a_budget_are_refused()
    {
        var one = await StartAsync("one", replace: Nothing);
        await ServeAsync($"monthly_budget = {Calls * PerToken}");
        await Database.ExecuteAsync("INSERT INTO api_keys (name, key_hash, rate_limit) VALUES ('Limited', $1, 2)", Secret.Hash("limited-key"));
        await SettledAsync();
        await SpendAsync(one.Url, one.Url, 1);
        (await ChatAsync(one.Url, key: "limited-key")).StatusCode.Should().Be(HttpStatusCode.OK);

        await Redis.KillAsync();
        await Database.AllowAsync(connections: false);

        using (var refused = await ChatAsync(one.Url))
        {
            refused.StatusCode.Should().Be(HttpStatusCode.ServiceUnavailable);
            (await CodeAsync(refused)).Should().Be("budget_unavailable");
        }

        using var limited = await ChatAsync(one.Url, key: "limited-key");
        limited.StatusCode.Should().Be(HttpStatusCode.OK, "a rate needs no books");
        await Database.AllowAsync(connections: true);
        await Eventually.IsTrueAsync(
            async () =>
            {
                using var answer = await ChatAsync(one.Url);
                return answer.StatusCode == HttpStatusCode.OK;
            },
            "the database is back and counts");
    }

    private static void Nothing(IServiceCollection services)
    {
        // The product's own deadlines.
    }

    private static Task Lose(FaultProxy network)
    {
        network.Refuses = true;
        network.Cut();
        return Task.CompletedTask;
    }

    private Task<string> BookAsync() => Database.ScalarAsync<string>("SELECT book FROM metering");

    /// <summary>So many calls, one after the other, by turns.</summary>
    private async Task SpendAsync(Uri one, Uri other, int calls)
    {
        for (var call = 0; call < calls; call++)
            (await InsistAsync(call % 2 == 0 ? one : other)).Should().Be(HttpStatusCode.OK);
    }

    /// <summary>Calls until nothing is left.</summary>
    /// <returns>How many were answered.</returns>
    private async Task<int> SpendAllAsync(Uri one, Uri other) => (await Task.WhenAll(Enumerable.Range(0, Callers).Select(async caller =>
    {
        var answered = 0;
        while (await InsistAsync(caller % 2 == 0 ? one : other, stream: caller % 3 == 0) == HttpStatusCode.OK)
            answered++;

        return answered;
    }))).Sum();

    private async Task RestartAsync()
    {
        await Redis.KillAsync();
        await ReplaceRedisAsync();
    }
}
