using CleanGateway.IntegrationTests.Fixtures;

namespace CleanGateway.IntegrationTests;

/// <summary><c>POST /v1/embeddings</c>: what passes through, what is in the books, what limits do.</summary>
public class EmbeddingsTests(GatewayFixture gateway) : InferenceTest(gateway)
{
    [Theory]
    [InlineData("\"Say hello!\"")]
    [InlineData("[\"Say\", \"h\\u00e9llo\"]")]
    [InlineData("[1,2, 3]")]
    [InlineData("[[1,2],[3]]")]
    public async Task Request_and_answer_pass_through_and_are_in_the_books(string input)
    {
        var body = $$"""{"x_new": 1.0, "input":{{input}},"model":"embed-x","encoding_format":"float","user":"u1"}""";
        await ServeEmbeddingsAsync();
        Upstream.Answer = call => call.RespondAsync(200, Vectors);

        using var response = await EmbedAsync(body);

        (await TextAsync(response)).Should().Be(Vectors);
        ((int)response.StatusCode).Should().Be(200);
        (Upstream.Request.Path, Upstream.Request.Body).Should().Be(("/v1/embeddings", body));
        Upstream.Request.Headers["Authorization"].Should().Be("Bearer sk-upstream-secret");
        var logged = await LoggedAsync();
        (logged.Outcome, logged.Model, logged.UserId, logged.Body, logged.ResponseBody).Should().Be(("ok", "embed-x", "u1", body, Vectors));
        (logged.PromptTokens, logged.CompletionTokens, logged.Cost, logged.UnpricedReason, logged.LedgerLines).Should().Be((8, 0, 0.00016m, null, 1));
    }

    [Fact]
    public async Task An_alias_puts_the_models_name_in_and_changes_nothing_else()
    {
        await ServeEmbeddingsAsync();
        await AddAliasAsync("my-embed", "embed-x");
        Upstream.Answer = call => call.RespondAsync(200, Vectors);

        using var response = await EmbedAsync("""{"input":["a"], "model" : "my-embed","x":1e3}""");

        (await TextAsync(response)).Should().Be(Vectors);
        Upstream.Request.Body.Should().Be("""{"input":["a"], "model" : "embed-x","x":1e3}""");
    }

    [Fact]
    public async Task What_the_provider_did_not_count_is_estimated()
    {
        await ServeEmbeddingsAsync();
        Upstream.Answer = call => call.RespondAsync(200, """{"object":"list","data":[{"object":"embedding","index":0,"embedding":[0.5]}],"model":"m"}""");

        using var response = await EmbedAsync();

        ((int)response.StatusCode).Should().Be(200);
        (await LoggedAsync()).Should().Match<LoggedExchange>(logged => logged.PromptTokens == 3 && logged.CompletionTokens == 0 && logged.Cost == 0.00006m);
        (await ScalarAsync<string>("SELECT usage_source FROM usage_records")).Should().Be("estimated");
    }

    [Fact]
    public async Task A_chat_model_is_none_for_embeddings_nor_the_other_way_round()
    {
        await ServeEmbeddingsAsync();

        using var chat = await ChatAsync("embed-x");
        using var embeddings = await EmbedAsync("""{"model":"gpt-4","input":"a"}""");

        (await TextAsync(chat)).Should().Contain("unknown model: embed-x");
        (await TextAsync(embeddings)).Should().Contain("unknown model: gpt-4");
        Upstream.Requests.Should().BeEmpty();
    }

    [Fact]
    public async Task What_cannot_be_read_is_refused_and_recorded()
    {
        await ServeEmbeddingsAsync();

        using var response = await EmbedAsync("""{"model":"embed-x","input":[]}""");

        ((int)response.StatusCode).Should().Be(400);
        (await TextAsync(response)).Should().Be(ErrorOf("Invalid 'input': the array is empty.", "invalid_request_error", "input", "empty_array"));
        (await LoggedAsync()).Should().Match<LoggedExchange>(logged => logged.Outcome == "rejected" && logged.LedgerLines == 0);
    }

    [Theory]
    [InlineData("""{"error":{"message":"Too long.","type":"invalid_request_error","param":"input","code":"context_length_exceeded"}}""", 400, 400, "context_length_exceeded")]
    [InlineData("""{"object":"list"}""", 200, 502, "upstream_bad_response")]
    public async Task What_is_no_answer_is_an_error(string answer, int status, int told, string code)
    {
        await ServeEmbeddingsAsync();
        Upstream.Answer = call => call.RespondAsync(status, answer);

        using var response = await EmbedAsync();

        ((int)response.StatusCode).Should().Be(told);
        (await ErrorAsync(response)).GetProperty("code").GetString().Should().Be(code);
        (await LoggedAsync()).Should().Match<LoggedExchange>(logged => logged.Outcome == "upstream_error" && logged.ErrorCode == code);
    }

    [Fact]
    public async Task Requests_are_limited_as_those_of_chats()
    {
        await ServeEmbeddingsAsync();
        await LimitAsync("rate_limit = 1");
        Upstream.Answer = call => call.RespondAsync(200, Vectors);
        (await EmbedAsync()).Dispose();

        using var response = await EmbedAsync();

        ((int)response.StatusCode).Should().Be(429);
        (await TextAsync(response)).Should().Contain("rate limit exceeded");
    }

    [Fact]
    public async Task A_budget_holds_the_prompt_alone_and_is_charged_what_it_cost()
    {
        var key = await ServeEmbeddingsAsync();

        // 10 bytes and 16 tokens around them, at $0.02 for a thousand.
        await LimitAsync("monthly_budget = 0.00052");
        Upstream.Answer = call => call.RespondAsync(200, Vectors);

        using var fits = await EmbedAsync();
        using var no = await EmbedAsync();

        ((int)fits.StatusCode).Should().Be(200);
        fits.Headers.Contains("x-gateway-max-tokens").Should().BeFalse();
        Upstream.Request.Body.Should().Be("""{"model":"embed-x","input":"Say hello!"}""");
        ((int)no.StatusCode).Should().Be(402);
        (await ScalarAsync<decimal>("SELECT total_cost_usd FROM usage_records WHERE api_key_id = $1", key)).Should().Be(0.00016m);
    }

    [Fact]
    public async Task A_caller_who_leaves_is_charged_the_prompt()
    {
        var asked = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await ServeEmbeddingsAsync();
        Upstream.Answer = async call =>
        {
            asked.SetResult();
            await call.HungUpAsync();
        };
        using var leaving = CancellationTokenSource.CreateLinkedTokenSource(Stop);
        using var content = new StringContent("""{"model":"embed-x","input":"Say hello!"}""", System.Text.Encoding.UTF8, "application/json");

        var asking = Client().PostAsync("/v1/embeddings", content, leaving.Token);
        await asked.Task.WaitAsync(TimeSpan.FromSeconds(10), Stop);
        await leaving.CancelAsync();

        await asking.Awaiting(task => task).Should().ThrowAsync<OperationCanceledException>();
        (await LoggedAsync()).Should().Match<LoggedExchange>(logged =>
            logged.Outcome == "client_closed" && logged.PromptTokens == 3 && logged.CompletionTokens == 0 && logged.Cost == 0.00006m);
    }

    [Fact]
    public async Task The_built_in_model_makes_no_vectors()
    {
        await IssueKeyAsync();

        using var response = await EmbedAsync("""{"model":"echo","input":"a"}""");

        ((int)response.StatusCode).Should().Be(400);
    }
}
