using System.Globalization;
using System.Net;
using CleanGateway.IntegrationTests.Fixtures;

namespace CleanGateway.IntegrationTests;

/// <summary>Budgets of one gateway, as callers and admins meet them.</summary>
public class MeteringTestsBudgets(GatewayFixture gateway) : LimitedKeyTest(gateway)
{
    private const string Printed = """{"error":{"message":"monthly budget exceeded","type":"invalid_request_error","code":402}}""";

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_spent_budget_is_told_as_printed(bool stream)
    {
        await ServeForOutputAsync();
        var id = await LimitedKeyAsync("monthly_budget = 0.00018");

        // Three tokens at $0.00006 each are all of it.
        using (var first = await WholeAsync(Chat(3, stream)))
            first.StatusCode.Should().Be(HttpStatusCode.OK, await first.Content.ReadAsStringAsync(Stop));

        using var refused = await WholeAsync(Chat(3, stream));

        refused.StatusCode.Should().Be(HttpStatusCode.PaymentRequired);
        (await refused.Content.ReadAsStringAsync(Stop)).Should().Be(Printed);
        (await ScalarAsync<decimal>("SELECT spent FROM budgets WHERE scope_id = $1 AND period = 'total'", id)).Should().Be(0.00018m);
    }

    [Theory]
    [InlineData("key", "daily", false)]
    [InlineData("key", "total", true)]
    [InlineData("project", "daily", true)]
    [InlineData("project", "monthly", false)]
    [InlineData("project", "total", false)]
    public async Task A_call_has_to_fit_in_every_budget(string scope, string kind, bool stream)
    {
        await ServeForOutputAsync();
        var tight = $"{kind}_budget = 0.00036";
        const string Wide = "daily_budget = 1, monthly_budget = 1, total_budget = 1";
        await ProjectAsync(scope == "project" ? tight : Wide, await LimitedKeyAsync(scope == "key" ? tight : Wide));

        using var first = await WholeAsync(Chat(3, stream));
        using var second = await WholeAsync(Chat(3, stream));
        using var refused = await WholeAsync(Chat(3, stream));

        (first.StatusCode, second.StatusCode).Should().Be((HttpStatusCode.OK, HttpStatusCode.OK));
        (await ToldAsync(refused)).Should().Be(scope == "key"
            ? (402, $"{kind}_budget_exceeded", $"{kind} budget exceeded")
            : (402, $"project_{kind}_budget_exceeded", $"{kind} budget of the project exceeded"));
        Header(refused, "x-should-retry").Should().Be("false");
    }

    [Fact]
    public async Task The_keys_of_a_project_share_its_budget()
    {
        await ServeForOutputAsync();
        var (key, other) = (await IssueKeyAsync(), await LimitedKeyAsync("monthly_budget = 1", "other"));
        var project = await ProjectAsync("monthly_budget = 0.00018", key, other);

        using var first = await WholeAsync(Chat(3));
        using var refused = await WholeAsync(Chat(3), "other");

        first.StatusCode.Should().Be(HttpStatusCode.OK);
        (await ToldAsync(refused)).Code.Should().Be("project_monthly_budget_exceeded");
        (await BudgetAsync(project)).Should().Be((3 * PerToken, 0m));
        (await BudgetAsync(other)).Should().Be((0m, 0m), "it is admitted everywhere or nowhere");
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task What_others_hold_is_to_be_waited_for_and_what_is_spent_is_not(bool stream)
    {
        await ServeForOutputAsync();
        var id = await LimitedKeyAsync("monthly_budget = 0.00018");
        var end = await HoldAsync(3);

        using (var early = await WholeAsync(Chat(3, stream)))
        {
            (await ToldAsync(early)).Should().Be(
                (429, "budget_reserved", "What is left of the budget is held by calls under way. Please try again."));
            (Header(early, "Retry-After"), Header(early, "x-should-retry")).Should().Be(("1", null));
            Header(early, "x-gateway-budget-remaining").Should().Be("0");
        }

        (await BudgetAsync(id)).Should().Be((0m, 3 * PerToken));
        await end();
        (await BudgetAsync(id)).Should().Be((3 * PerToken, 0m));
        using var late = await WholeAsync(Chat(3, stream));
        (await late.Content.ReadAsStringAsync(Stop)).Should().Be(Printed);
    }

    [Fact]
    public async Task What_a_call_did_not_use_is_there_for_the_next()
    {
        await ServeForOutputAsync();
        var id = await LimitedKeyAsync("monthly_budget = 0.0006");
        Upstream.Answer = Reporting(UsageOf(1));

        // Each may come to all ten tokens and comes to one: there are ten.
        for (var call = 1; call <= 10; call++)
        {
            using var answer = await WholeAsync(Chat(10, stream: call % 2 == 0));
            answer.StatusCode.Should().Be(HttpStatusCode.OK);
            Header(answer, "x-gateway-max-tokens").Should().Be(call == 1 ? null : $"{11 - call}");
        }

        using var refused = await WholeAsync(Chat(10));
        refused.StatusCode.Should().Be(HttpStatusCode.PaymentRequired);
        (await BudgetAsync(id)).Should().Be((10 * PerToken, 0m));
    }

    [Fact]
    public async Task However_many_call_at_once_a_budget_for_so_many_calls_is_that_many()
    {
        const int Callers = 100;
        const int Calls = 17;
        await ServeForOutputAsync();
        var id = await LimitedKeyAsync($"monthly_budget = {(Calls * 3 * PerToken).ToString(CultureInfo.InvariantCulture)}");

        var answers = await Task.WhenAll(Enumerable.Range(0, Callers).Select(caller => InsistAsync(stream: caller % 2 == 0)));

        answers.CountBy(status => (int)status).Should().BeEquivalentTo(new Dictionary<int, int> { [200] = Calls, [402] = Callers - Calls });
        (await BudgetAsync(id)).Should().Be((Calls * 3 * PerToken, 0m));
        Upstream.Requests.Should().HaveCount(Calls);

        async Task<HttpStatusCode> InsistAsync(bool stream)
        {
            while (true)
            {
                using var answer = await WholeAsync(Chat(3, stream));
                if (answer.StatusCode != HttpStatusCode.TooManyRequests)
                    return answer.StatusCode;
            }
        }
    }

    /// <summary>As docs/metering.md tells it.</summary>
    [Fact]
    public async Task The_example_of_the_documentation_is_true()
    {
        await ServeAsync();
        var id = await LimitedKeyAsync("monthly_budget = 10");
        const string Usage = """{"prompt_tokens":9,"completion_tokens":12,"total_tokens":21}""";
        var body = Chat(500, stream: true, ",\"user\":\"\"");
        body = body.Replace("\"\"", $"\"{new string('x', 120 - body.Length)}\"", StringComparison.Ordinal);
        body.Should().HaveLength(120);
        Upstream.Answer = Reporting("""{"prompt_tokens":0,"completion_tokens":165000,"total_tokens":165000}""");
        using (var before = await WholeAsync(body))
            before.StatusCode.Should().Be(HttpStatusCode.OK);
        (await BudgetAsync(id)).Should().Be((9.9m, 0m));

        var ends = new List<Func<Task>>();
        foreach (var held in new[] { 0.04128m, 0.08256m, 0.09996m })
        {
            ends.Add(await HoldAsync(body, Usage));
            (await BudgetAsync(id)).Should().Be((9.9m, held));
        }

        Upstream.Requests[^1].Json.GetProperty("max_tokens").GetInt64().Should().Be(102);
        using (var fourth = await WholeAsync(body))
            (await ToldAsync(fourth)).Code.Should().Be("budget_reserved");

        foreach (var end in ends)
            await end();
        (await BudgetAsync(id)).Should().Be((9.90297m, 0m));
        Upstream.Answer = Reporting("""{"prompt_tokens":0,"completion_tokens":1429,"total_tokens":1429}""");
        using (var again = await WholeAsync(body))
            again.StatusCode.Should().Be(HttpStatusCode.OK);
        (await BudgetAsync(id)).Spent.Should().Be(9.98871m, "that leaves $0.01129");
        using var refused = await WholeAsync(body);
        (await refused.Content.ReadAsStringAsync(Stop)).Should().Be(Printed);
    }

    [Fact]
    public async Task A_model_without_a_price_is_not_for_keys_with_a_budget()
    {
        await ServeAsync();
        await SqlAsync("UPDATE models SET input_cost_per_token = NULL, output_cost_per_token = NULL");
        await LimitedKeyAsync("monthly_budget = 1");
        await LimitedKeyAsync("rate_limit = 10, tokens_per_minute = 100", "limited");
        await LimitedKeyAsync("soft_budget = 1", "watched");
        await ProjectAsync("total_budget = 1", await IssueKeyAsync("of a project"));

        using var refused = await WholeAsync(Chat(3));
        using var refusedToo = await WholeAsync(Chat(3), "of a project");
        using var limited = await WholeAsync(Chat(3), "limited");
        using var watched = await WholeAsync(Chat(3), "watched");

        (await refused.Content.ReadAsStringAsync(Stop)).Should().Be(
            ErrorJson("This API key has a budget, and the price of the model 'gpt-4' is not known.", "unpriced_model", "model"));
        ((int)refused.StatusCode, (int)refusedToo.StatusCode).Should().Be((400, 400));
        (limited.StatusCode, watched.StatusCode).Should().Be((HttpStatusCode.OK, HttpStatusCode.OK));
        (await ScalarAsync<long>("SELECT count(*) FROM usage_records")).Should().Be(2);
    }

    [Theory]
    [InlineData(400, false)]
    [InlineData(400, true)]
    [InlineData(500, false)]
    [InlineData(500, true)]
    public async Task What_the_provider_refuses_gives_back_what_it_held(int status, bool stream)
    {
        await ServeForOutputAsync();
        var id = await LimitedKeyAsync("monthly_budget = 0.00018");
        Upstream.Answer = call => call.RespondAsync(status, """{"error":{"message":"No.","type":"x","param":null,"code":null}}""");

        using (var failed = await WholeAsync(Chat(3, stream)))
            ((int)failed.StatusCode).Should().Be(status == 400 ? 400 : 502);

        (await BudgetAsync(id)).Should().Be((0m, 0m));
        Upstream.Answer = Reporting(UsageOf(3));
        using var next = await WholeAsync(Chat(3, stream));
        next.StatusCode.Should().Be(HttpStatusCode.OK, "all of it is there again");
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_provider_that_falls_silent_may_bill_all_that_was_asked_for(bool stream)
    {
        await ServeForOutputAsync();
        var id = await LimitedKeyAsync("monthly_budget = 0.0006");
        Upstream.Answer = call => call.HungUpAsync();

        using (var failed = await WholeAsync(Chat(3, stream)))
            failed.StatusCode.Should().Be(HttpStatusCode.GatewayTimeout);

        (await BudgetAsync(id)).Should().Be((3 * PerToken, 0m));
        (await RowsAsync("SELECT completion_tokens, total_cost_usd, usage_source FROM usage_records")).Single()
            .Should().Equal(3L, 3 * PerToken, "estimated");
    }

    [Fact]
    public async Task The_admin_is_told_how_budgets_stand()
    {
        await ServeForOutputAsync();
        var key = await LimitedKeyAsync("daily_budget = 0.5, monthly_budget = 1, total_budget = 2, soft_budget = 0.8");
        var project = await ProjectAsync("soft_budget = 3", key);
        using (var spent = await WholeAsync(Chat(10)))
            spent.StatusCode.Should().Be(HttpStatusCode.OK);
        var end = await HoldAsync(5);

        var (ofKey, ofProject) = (await BudgetsAsync(key), await BudgetsAsync(project));
        await end();

        var now = TimeProvider.System.GetUtcNow();
        var (day, month) = ($"{now:yyyy':'MM':'dd}", $"{now:yyyy':'MM}");
        ofKey.GetRawText().Should().Be(
            $$"""{"id":"{{key}}","scope":"key","name":"Test Key","counted_in":"local","exact":true,"budgets":["""
            + $$"""{"kind":"monthly","period":"{{month}}","limit":1,"spent":0.0006,"reserved":0.0003,"remaining":0.9991,"soft_limit":0.8},"""
            + $$"""{"kind":"daily","period":"{{day}}","limit":0.5,"spent":0.0006,"reserved":0.0003,"remaining":0.4991,"soft_limit":null},"""
            + """{"kind":"total","period":"total","limit":2,"spent":0.0006,"reserved":0.0003,"remaining":1.9991,"soft_limit":null}]}""");
        ofProject.GetProperty("scope").GetString().Should().Be("project");
        ofProject.GetProperty("budgets").GetRawText().Should().Be(
            $$"""[{"kind":"monthly","period":"{{month}}","limit":null,"spent":0.0006,"reserved":0.0003,"remaining":null,"soft_limit":3}]""");
        (await BudgetAsync(key, "total")).Should().Be((0.0009m, 0m));
    }

    [Fact]
    public async Task Nobody_else_is_told_and_nothing_of_whom_there_is_not()
    {
        var key = await LimitedKeyAsync("monthly_budget = 1");

        using var byKey = await Client(url: Gateway.AdminUrl).GetAsync($"/admin/budgets/{key}", Stop);
        using var ofNobody = await Admin(Gateway.AdminUrl).GetAsync($"/admin/budgets/{Guid.NewGuid()}", Stop);

        byKey.StatusCode.Should().Be(HttpStatusCode.Unauthorized);
        ofNobody.StatusCode.Should().Be(HttpStatusCode.NotFound);
        (await JsonAsync(ofNobody)).GetProperty("code").GetString().Should().Be("key_or_project_not_found");
    }
}
