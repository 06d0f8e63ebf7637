using CleanGateway.IntegrationTests.Fixtures;

namespace CleanGateway.IntegrationTests;

/// <summary><c>POST /v1/responses</c>, answered as a whole: what passes through, what is in the books, what limits do.</summary>
public class ResponsesTests(GatewayFixture gateway) : InferenceTest(gateway)
{
    [Fact]
    public async Task Request_and_answer_pass_through_and_are_in_the_books()
    {
        const string Body = """{"x_new": 1.0, "model":"gpt-4", "input":[{"role":"user","content":"Say h\u00e9llo!"}],"store":true,"safety_identifier":"u1"}""";
        await ServeToAKeyAsync();
        Upstream.Answer = call => call.RespondAsync(200, Response);

        using var response = await PostAsync(Body, path: "/v1/responses");

        (await TextAsync(response)).Should().Be(Response);
        (Upstream.Request.Path, Upstream.Request.Body).Should().Be(("/v1/responses", Body));
        var logged = await LoggedAsync();
        (logged.Outcome, logged.Model, logged.UserId, logged.Body, logged.ResponseBody).Should().Be(("ok", "gpt-4", "u1", Body, Response));
        (logged.PromptTokens, logged.CompletionTokens, logged.Cost, logged.LedgerLines).Should().Be((9, 3, 0.00045m, 1));
    }

    [Fact]
    public async Task An_alias_puts_the_models_name_in()
    {
        await ServeToAKeyAsync();
        await AddAliasAsync("my-gpt4");
        Upstream.Answer = call => call.RespondAsync(200, Response);

        using var response = await PostAsync("""{"input":"a", "model" : "my-gpt4"}""", path: "/v1/responses");

        (await TextAsync(response)).Should().Be(Response);
        Upstream.Request.Body.Should().Be("""{"input":"a", "model" : "gpt-4"}""");
    }

    [Theory]
    [InlineData(",\"background\":true", "background", "unsupported_value")]
    [InlineData(",\"max_output_tokens\":0", "max_output_tokens", "invalid_value")]
    [InlineData(",\"tools\":{}", "tools", "invalid_type")]
    [InlineData(",\"stream\":1", "stream", "invalid_type")]
    public async Task What_cannot_be_done_is_named(string more, string param, string code)
    {
        await ServeToAKeyAsync();

        using var response = await RespondAsync(more);

        ((int)response.StatusCode).Should().Be(400);
        var error = await ErrorAsync(response);
        (error.GetProperty("param").GetString(), error.GetProperty("code").GetString()).Should().Be((param, code));
        Upstream.Requests.Should().BeEmpty();
    }

    [Theory]
    [InlineData("""{"code":"rate_limit_exceeded","message":"Slow down."}""", 429, "rate_limit_exceeded")]
    [InlineData("""{"code":"invalid_prompt","message":"No."}""", 400, "content_filter")]
    [InlineData("""{"code":"server_error","message":"Shard 7 failed."}""", 502, "upstream_error")]
    [InlineData("null", 502, "upstream_error")]
    public async Task A_response_that_failed_is_an_error(string error, int status, string code)
    {
        await ServeToAKeyAsync();
        Upstream.Answer = call => call.RespondAsync(200, $$"""{"id":"resp_1","object":"response","status":"failed","output":[],"error":{{error}},"usage":null}""");

        using var response = await RespondAsync();

        ((int)response.StatusCode).Should().Be(status);
        (await ErrorAsync(response)).GetProperty("code").GetString().Should().Be(code);
        (await LoggedAsync()).Should().Match<LoggedExchange>(logged => logged.Outcome == "upstream_error" && logged.ErrorCode == code);
    }

    [Fact]
    public async Task A_response_that_reached_its_cap_is_an_answer()
    {
        var incomplete = Response.Replace("\"status\":\"completed\",\"error\"", "\"status\":\"incomplete\",\"incomplete_details\":{\"reason\":\"max_output_tokens\"},\"error\"", StringComparison.Ordinal);
        await ServeToAKeyAsync();
        Upstream.Answer = call => call.RespondAsync(200, incomplete);

        using var response = await RespondAsync();

        (await TextAsync(response)).Should().Be(incomplete);
        (await LoggedAsync()).Should().Match<LoggedExchange>(logged => logged.Outcome == "ok" && logged.CompletionTokens == 3);
    }

    [Fact]
    public async Task Searches_that_were_made_are_counted_and_no_others()
    {
        await ServeToAKeyAsync();
        Upstream.Answer = call => call.RespondAsync(
            200, Response.Replace("\"output\":[", "\"output\":[{\"type\":\"web_search_call\",\"action\":{\"type\":\"search\"}},{\"type\":\"web_search_call\"},", StringComparison.Ordinal));

        (await RespondAsync(",\"tools\":[{\"type\":\"web_search\"}]")).Dispose();
        Upstream.Answer = call => call.RespondAsync(200, Response);
        (await RespondAsync(",\"tools\":[{\"type\":\"web_search\"}]")).Dispose();

        (await RowsAsync("SELECT usage_details::text FROM usage_records ORDER BY id")).Select(row => row[0]).Should().Equal(new object?[] { "{\"web_searches\": 2}", null });
    }

    [Theory]
    [InlineData("", "{\"max_output_tokens\":100,\"model\":\"gpt-4\",\"input\":\"Say hello!\"}")]
    [InlineData(",\"max_output_tokens\":null", "{\"model\":\"gpt-4\",\"input\":\"Say hello!\",\"max_output_tokens\":100}")]
    [InlineData(",\"max_output_tokens\": 5000", "{\"model\":\"gpt-4\",\"input\":\"Say hello!\",\"max_output_tokens\": 100}")]
    [InlineData(",\"max_output_tokens\": 50", "{\"model\":\"gpt-4\",\"input\":\"Say hello!\",\"max_output_tokens\": 50}")]
    public async Task A_budget_lowers_the_output_cap_or_puts_one_in(string more, string sent)
    {
        await ServeToAKeyAsync();
        await SqlAsync("UPDATE models SET input_cost_per_token = 0");
        await LimitAsync("monthly_budget = 0.006");
        Upstream.Answer = call => call.RespondAsync(200, Response);

        using var response = await RespondAsync(more);

        ((int)response.StatusCode).Should().Be(200, await TextAsync(response));
        Upstream.Request.Body.Should().Be(sent);
    }

    [Theory]
    [InlineData("rate_limit = 0", 429)]
    [InlineData("tokens_per_minute = 1", 429)]
    [InlineData("monthly_budget = 0.000001", 402)]
    public async Task Limits_and_budgets_hold_for_it(string limit, int status)
    {
        await ServeToAKeyAsync();
        await LimitAsync(limit);

        using var response = await RespondAsync(",\"max_output_tokens\":100");

        ((int)response.StatusCode).Should().Be(status);
        Upstream.Requests.Should().BeEmpty();
    }

    [Theory]
    [InlineData(null, 400)]
    [InlineData(false, 400)]
    [InlineData(true, 200)]
    public async Task A_compatible_server_is_asked_only_where_its_config_says_that_it_has_it(bool? responses, int status)
    {
        var member = responses is { } has ? $", \"responses\": {(has ? "true" : "false")}" : "";
        await IssueKeyAsync();
        await ServeAsync(type: "openai_compatible", config: $$"""{"base_url": "{{Upstream.Url}}", "allow_cidrs": ["127.0.0.0/8"]{{member}}}""");
        Upstream.Answer = call => call.RespondAsync(200, Response);

        using var response = await RespondAsync();

        ((int)response.StatusCode).Should().Be(status);
        if (status == 400)
            (await ErrorAsync(response)).GetProperty("code").GetString().Should().Be("unsupported_api");
    }

    [Fact]
    public async Task What_is_kept_at_the_provider_is_not_offered_by_its_id()
    {
        await ServeToAKeyAsync();

        using var response = await Client().GetAsync("/v1/responses/resp_1", Stop);

        ((int)response.StatusCode).Should().Be(404);
        Upstream.Requests.Should().BeEmpty();
    }
}
