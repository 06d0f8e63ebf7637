using CleanGateway.IntegrationTests.Fixtures;

namespace CleanGateway.IntegrationTests;

/// <summary>What servers do that speak OpenAI's language in their own way, and what callers see of it.</summary>
public class ChatTestsCompatibleServers(GatewayFixture gateway) : ChatTestOfStreams(gateway)
{
    private const string Counts = """{"prompt_tokens":9,"completion_tokens":3,"total_tokens":12}""";

    [Theory]
    [InlineData("""{"id":"c1","choices":[{"index":0,"delta":{},"finish_reason":"stop","usage":U}]}""", """{"id":"c1","choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}""")]
    [InlineData(
        """{"id":"c1","choices":[{"index":0,"delta":{},"finish_reason":"stop"}],"x_groq":{"id":"req_1","usage":U},"usage":U}""",
        """{"id":"c1","choices":[{"index":0,"delta":{},"finish_reason":"stop"}],"x_groq":{"id":"req_1"}}""")]
    public async Task Usage_in_odd_places_is_billed_and_hidden_from_who_did_not_ask(string last, string seen)
    {
        await ServeToAKeyAsync();
        Upstream.Answer = Stream(Events(Word("Hel"), last.Replace("U", Counts, StringComparison.Ordinal)) + Done);

        using var response = await ChatAsync(stream: true);

        (await TextAsync(response)).Should().Be(Events(Word("Hel"), seen) + Done);
        (await LoggedAsync()).Should().Match<LoggedExchange>(logged => logged.PromptTokens == 9 && logged.CompletionTokens == 3 && logged.Cost == 0.00045m);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Reasons_that_no_client_knows_become_ones_that_they_do(bool stream)
    {
        await ServeToAKeyAsync();
        Upstream.Answer = stream
            ? Stream(Events(Word("Hel"), Finish.Replace("stop", "model_length", StringComparison.Ordinal)) + Done)
            : call => call.CompleteAsync("Hel", "model_length");

        using var response = await ChatAsync(stream: stream);

        (await TextAsync(response)).Should().Contain("\"finish_reason\":\"length\"").And.NotContain("model_length");
        (await LoggedAsync()).Should().Match<LoggedExchange>(logged => logged.Outcome == "ok" && logged.ResponseBody!.Contains("\"length\""));
    }

    [Fact]
    public async Task An_error_within_a_choice_is_one()
    {
        await ServeToAKeyAsync();
        Upstream.Answer = call => call.RespondAsync(
            200, """{"id":"c1","choices":[{"index":0,"finish_reason":"error","message":{"content":""},"error":{"code":429,"message":"Slow down."}}]}""");

        using var response = await ChatAsync();

        ((int)response.StatusCode).Should().Be(429);
        (await ErrorAsync(response)).GetProperty("message").GetString().Should().Be("Slow down.");
    }

    [Fact]
    public async Task An_error_within_a_choice_of_a_stream_breaks_it_off()
    {
        await ServeToAKeyAsync();
        Upstream.Answer = Stream(Events(
            Role, Word("Hel"), """{"id":"c1","choices":[{"index":0,"delta":{},"finish_reason":"error","error":{"code":503,"message":"x"}}]}""") + Done);

        using var response = await ChatAsync(stream: true);

        await ShouldBreakOffAsync(
            response, Events(Role, Word("Hel")), new Failure(503, "The provider is overloaded. Please try again.", "server_error", null, "upstream_overloaded"), Assembled("Hel"));
    }

    [Fact]
    public async Task Calls_that_share_an_index_are_told_apart()
    {
        await ServeToAKeyAsync();
        Upstream.Answer = Stream(Events(Call("a"), Call("b"), Finish) + Done);

        using var response = await ChatAsync(stream: true);

        (await TextAsync(response)).Should().Be(Events(Call("a"), Call("b", 1), Finish) + Done);
    }

    private static string Call(string id, int index = 0) =>
        $$$"""{"id":"c1","choices":[{"index":0,"delta":{"tool_calls":[{"index":{{{index}}},"id":"{{{id}}}","type":"function","function":{"name":"f","arguments":"{}"}}]},"finish_reason":null}]}""";
}
