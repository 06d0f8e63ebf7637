using System.Globalization;
using System.Net;
using CleanGateway.IntegrationTests.Fixtures;

namespace CleanGateway.IntegrationTests;

/// <summary>Limits of requests, tokens and calls at a time, of one gateway, as callers meet them.</summary>
public class MeteringTests(GatewayFixture gateway) : LimitedKeyTest(gateway)
{
    private const string Printed = """{"error":{"message":"rate limit exceeded","type":"invalid_request_error","code":429}}""";

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_key_gets_as_many_calls_as_its_limit_allows(bool stream)
    {
        await ServeAsync();
        await LimitedKeyAsync("rate_limit = 3");

        for (var call = 0; call < 3; call++)
        {
            using var allowed = await ChatAsync(stream: stream);
            allowed.StatusCode.Should().Be(HttpStatusCode.OK);
            Header(allowed, "x-ratelimit-limit-requests").Should().Be("3");
            Header(allowed, "x-ratelimit-remaining-requests").Should().Be($"{2 - call}");
            await allowed.Content.ReadAsStringAsync(Stop);
        }

        using var refused = await ChatAsync(stream: stream);

        refused.StatusCode.Should().Be(HttpStatusCode.TooManyRequests);
        (await refused.Content.ReadAsStringAsync(Stop)).Should().Be(Printed);
        int.Parse(Header(refused, "Retry-After")!, CultureInfo.InvariantCulture).Should().BeInRange(1, 60);
        Header(refused, "x-ratelimit-remaining-requests").Should().Be("0");
        Upstream.Requests.Should().HaveCount(3);
    }

    [Theory]
    [InlineData("rate_limit = 0")]
    [InlineData("tokens_per_minute = 0")]
    [InlineData("max_concurrent = 0")]
    public async Task A_limit_of_0_lets_nothing_through(string limit)
    {
        await ServeAsync();
        await LimitedKeyAsync(limit);

        using var refused = await ChatAsync();

        refused.StatusCode.Should().Be(HttpStatusCode.TooManyRequests);
        Header(refused, "Retry-After").Should().Be("60", "nothing will be different soon");
        Upstream.Requests.Should().BeEmpty();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_call_counts_as_the_tokens_that_it_may_come_to(bool stream)
    {
        await ServeForOutputAsync();
        await LimitedKeyAsync("tokens_per_minute = 30");

        // "user" and "Hi" are 6 bytes, which is 2 tokens; with those it may answer, 22. The upstream then counts 25.
        using var first = await WholeAsync(Chat(20, stream));
        using var refused = await WholeAsync(Chat(4, stream));
        using var fits = await WholeAsync(Chat(3, stream));

        first.StatusCode.Should().Be(HttpStatusCode.OK);
        (await ToldAsync(refused)).Should().Be((429, "token_limit_exceeded", "token limit exceeded"));
        int.Parse(Header(refused, "Retry-After")!, CultureInfo.InvariantCulture).Should().BeInRange(1, 61);
        Header(refused, "x-ratelimit-remaining-tokens").Should().Be("5");
        fits.StatusCode.Should().Be(HttpStatusCode.OK);
    }

    [Theory]
    [InlineData(100, HttpStatusCode.TooManyRequests)]
    [InlineData(0, HttpStatusCode.OK)]
    public async Task What_a_call_has_really_used_counts_once_it_is_known(long used, HttpStatusCode then)
    {
        await ServeForOutputAsync();
        await LimitedKeyAsync("tokens_per_minute = 30");
        Upstream.Answer = Reporting(UsageOf(used));

        using var first = await WholeAsync(Chat(20));
        using var second = await WholeAsync(Chat(20));

        first.StatusCode.Should().Be(HttpStatusCode.OK);
        second.StatusCode.Should().Be(then);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Whoever_may_make_one_call_at_a_time_waits_for_its_end(bool stream)
    {
        await ServeForOutputAsync();
        await LimitedKeyAsync("max_concurrent = 1");
        var end = await HoldAsync(3);

        using (var refused = await WholeAsync(Chat(3, stream)))
        {
            (await ToldAsync(refused)).Should().Be((429, "concurrency_limit_exceeded", "too many calls at the same time"));
            Header(refused, "Retry-After").Should().Be("1");
            Header(refused, "retry-after-ms").Should().Be("1000");
        }

        await end();
        using var free = await WholeAsync(Chat(3, stream));
        free.StatusCode.Should().Be(HttpStatusCode.OK);
    }

    [Theory]
    [InlineData(400)]
    [InlineData(500)]
    public async Task A_call_that_the_provider_refuses_leaves_its_place_and_keeps_its_request(int status)
    {
        await ServeForOutputAsync();
        await LimitedKeyAsync("max_concurrent = 1, rate_limit = 2");
        Upstream.Answer = call => call.RespondAsync(status, """{"error":{"message":"No.","type":"x","param":null,"code":null}}""");

        using var failed = await WholeAsync(Chat(3));
        using var second = await WholeAsync(Chat(3));
        using var third = await WholeAsync(Chat(3));

        failed.StatusCode.Should().NotBe(HttpStatusCode.OK);
        second.StatusCode.Should().Be(failed.StatusCode, "the place is free");
        (await third.Content.ReadAsStringAsync(Stop)).Should().Be(Printed, "both were requests");
    }

    [Theory]
    [InlineData("rate_limit = 1", "project_request_limit_exceeded", "rate limit of the project exceeded")]
    [InlineData("tokens_per_minute = 9", "project_token_limit_exceeded", "token limit exceeded")]
    public async Task The_keys_of_a_project_share_its_limits(string limit, string code, string message)
    {
        await ServeForOutputAsync();
        await ProjectAsync(limit, await LimitedKeyAsync("rate_limit = 5"), await IssueKeyAsync("other"));

        using var first = await WholeAsync(Chat(3));
        using var second = await WholeAsync(Chat(3), "other");

        first.StatusCode.Should().Be(HttpStatusCode.OK);
        (await ToldAsync(second)).Should().Be((429, code, message));
    }

    [Fact]
    public async Task The_keys_of_a_project_share_its_calls_at_a_time()
    {
        await ServeForOutputAsync();
        await ProjectAsync("max_concurrent = 1", await IssueKeyAsync(), await IssueKeyAsync("other"));
        var end = await HoldAsync(3);

        using (var refused = await WholeAsync(Chat(3), "other"))
            (await ToldAsync(refused)).Code.Should().Be("project_concurrency_limit_exceeded");

        await end();
        using var free = await WholeAsync(Chat(3), "other");
        free.StatusCode.Should().Be(HttpStatusCode.OK);
    }

    [Fact]
    public async Task A_call_that_the_project_refuses_takes_nothing_of_its_key()
    {
        await ServeForOutputAsync();
        var key = await LimitedKeyAsync("rate_limit = 2, tokens_per_minute = 100, monthly_budget = 1");
        var project = await ProjectAsync("rate_limit = 1", key);

        using var first = await WholeAsync(Chat(3));
        using var refused = await WholeAsync(Chat(3));
        await SqlAsync("UPDATE projects SET rate_limit = 10 WHERE id = $1", project);
        await Gateway.SettledAsync();
        using var second = await WholeAsync(Chat(3));

        first.StatusCode.Should().Be(HttpStatusCode.OK);
        (await ToldAsync(refused)).Code.Should().Be("project_request_limit_exceeded");
        Header(refused, "x-ratelimit-limit-requests").Should().Be("1", "that limit is reached first");
        (await BudgetAsync(key)).Should().Be((6 * PerToken, 0m));
        second.StatusCode.Should().Be(HttpStatusCode.OK);
        Header(second, "x-ratelimit-remaining-requests").Should().Be("0");
        Header(second, "x-ratelimit-remaining-tokens").Should().Be("87", "8 that the first used, 5 that this may use");
    }

    [Fact]
    public async Task Limits_that_are_changed_hold_for_the_next_call()
    {
        await ServeForOutputAsync();
        await LimitedKeyAsync("rate_limit = 1");
        using var first = await WholeAsync(Chat(3));
        using var refused = await WholeAsync(Chat(3));

        await SqlAsync("UPDATE api_keys SET rate_limit = 2");
        await Gateway.SettledAsync();
        using var raised = await WholeAsync(Chat(3));
        await SqlAsync("UPDATE api_keys SET rate_limit = NULL, monthly_budget = 0");
        await Gateway.SettledAsync();
        using var broke = await WholeAsync(Chat(3));

        new[] { first, refused, raised, broke }.Select(answer => (int)answer.StatusCode).Should().Equal(200, 429, 200, 402);
    }

    [Fact]
    public async Task A_project_that_is_disabled_closes_its_keys()
    {
        await ServeForOutputAsync();
        await ProjectAsync("rate_limit = 10", await IssueKeyAsync());
        using var before = await WholeAsync(Chat(3));

        await SqlAsync("UPDATE projects SET enabled = false");
        await Gateway.SettledAsync();
        using var closed = await WholeAsync(Chat(3));
        await SqlAsync("UPDATE projects SET enabled = true");
        await Gateway.SettledAsync();
        using var again = await WholeAsync(Chat(3));

        before.StatusCode.Should().Be(HttpStatusCode.OK);
        (await ToldAsync(closed)).Should().Be((401, "401", "invalid API key"));
        again.StatusCode.Should().Be(HttpStatusCode.OK);
    }

    [Theory]
    [InlineData("rate_limit = 0", 429, "request_limit_exceeded")]
    [InlineData("monthly_budget = 0", 402, "monthly_budget_exceeded")]
    [InlineData("total_budget = 0", 402, "total_budget_exceeded")]
    [InlineData("max_concurrent = 0", 429, "concurrency_limit_exceeded")]
    public async Task What_is_refused_is_in_the_log_without_what_was_said_and_not_in_the_ledger(string limit, int status, string code)
    {
        await ServeForOutputAsync();
        await LimitedKeyAsync(limit);

        using var refused = await WholeAsync(Chat(3));

        ((int)refused.StatusCode).Should().Be(status);
        (await LoggedAsync()).Should().Match<LoggedExchange>(logged =>
            logged.Outcome == "rejected" && logged.ErrorCode == code && logged.Status == status && logged.Model == "gpt-4" && logged.Body == null
            && logged.ResponseBody == null && logged.BodyForm == "omitted" && logged.ResponseBodyForm == "omitted" && logged.Cost == 0
            && logged.LedgerLines == 0);
        (await ScalarAsync<decimal>("SELECT coalesce(sum(spent), 0) FROM budgets")).Should().Be(0);
    }
}
