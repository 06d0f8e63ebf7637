using System.Net;
using CleanGateway.IntegrationTests.Fixtures;

namespace CleanGateway.IntegrationTests;

/// <summary>What becomes of a stream's bytes, and who is asked for its usage.</summary>
public class ChatTestsPassThroughStreams(GatewayFixture gateway) : ChatTest(gateway)
{
    private const string Word = """{"x_new":1.0, "id":"c1","choices":[{"index":0,"delta":{"content":"\u0048\/ä"},"finish_reason":null}],"n":1e3 }""";
    private const string WordWithNoUsage = """{"id":"c1","choices":[{"index":0,"delta":{"content":"i"},"finish_reason":"stop"}] , "usage" : null, "z":1}""";
    private const string Usage = """{"id":"c1","choices":[],"usage":{"prompt_tokens":9,"completion_tokens":3,"total_tokens":12,"queue_time":0.10}}""";

    [Theory]
    [InlineData("{\"stream\":true}", "{\"stream_options\":{\"include_usage\":true},\"stream\":true}")]
    [InlineData("{ \"stream\":true}", "{\"stream_options\":{\"include_usage\":true}, \"stream\":true}")]
    [InlineData("{\"stream_options\":null,\"stream\":true}", "{\"stream_options\":{\"include_usage\":true},\"stream\":true}")]
    [InlineData("{\"stream\":true,\"stream_options\":{}}", "{\"stream\":true,\"stream_options\":{\"include_usage\":true}}")]
    [InlineData("{\"stream_options\" : { } ,\"stream\":true}", "{\"stream_options\" : {\"include_usage\":true } ,\"stream\":true}")]
    [InlineData("{\"stream_options\":{\"x\":1.0},\"stream\":true}", "{\"stream_options\":{\"include_usage\":true,\"x\":1.0},\"stream\":true}")]
    [InlineData("{\"stream_options\":{\"include_usage\" : false},\"stream\":true}", "{\"stream_options\":{\"include_usage\" : true},\"stream\":true}")]
    [InlineData(
        "{\"stream_options\":{\"x\":1,\"include_usage\":null},\"stream\":true}",
        "{\"stream_options\":{\"x\":1,\"include_usage\":true},\"stream\":true}")]
    public async Task A_caller_who_does_not_ask_for_usage_has_it_asked_for_and_does_not_see_it(string options, string sentOptions)
    {
        await ServeToAKeyAsync();
        Upstream.Answer = SayAsync(Word, WordWithNoUsage, Usage, "[DONE]");

        using var response = await PostAsync(Request(options));

        (await TextAsync(response)).Should().Be(Events(Word, WordWithNoUsage.Replace(" \"usage\" : null,", "", StringComparison.Ordinal), "[DONE]"));
        Upstream.Request.Body.Should().Be(Request(sentOptions));
        (await LoggedAsync()).Should().Match<LoggedExchange>(logged =>
            logged.Outcome == "ok" && logged.PromptTokens == 9 && logged.CompletionTokens == 3 && logged.Cost == 0.00045m && logged.Body == Request(options));
    }

    [Fact]
    public async Task A_caller_who_asks_for_usage_gets_every_byte()
    {
        var request = Request("""{"stream":true,"stream_options":{"include_usage": true , "x":1.0}}""");
        await ServeToAKeyAsync();
        Upstream.Answer = SayAsync(Word, WordWithNoUsage, Usage, "[DONE]");

        using var response = await PostAsync(request);

        response.StatusCode.Should().Be(HttpStatusCode.OK);
        response.Content.Headers.ContentType!.ToString().Should().Be("text/event-stream; charset=utf-8");
        (await TextAsync(response)).Should().Be(Events(Word, WordWithNoUsage, Usage, "[DONE]"));
        Upstream.Request.Body.Should().Be(request);
        Upstream.Request.Headers["Accept"].Should().Be("text/event-stream");
    }

    [Fact]
    public async Task Usage_beside_a_last_word_is_cut_out_and_the_word_stays()
    {
        const string Last =
            """{"id":"c1","usage":{"prompt_tokens":9,"completion_tokens":3},"choices":[{"index":0,"delta":{"content":"!"},"finish_reason":"stop"}]}""";
        await ServeToAKeyAsync();
        Upstream.Answer = SayAsync(Word, Last, "[DONE]");

        using var response = await PostAsync(HelloStream);

        (await TextAsync(response)).Should().Be(Events(
            Word, """{"id":"c1","choices":[{"index":0,"delta":{"content":"!"},"finish_reason":"stop"}]}""", "[DONE]"));
        (await LoggedAsync()).Should().Match<LoggedExchange>(logged => logged.PromptTokens == 9 && logged.CompletionTokens == 3);
    }

    [Theory]
    [InlineData("{\"stream\":true}")]
    [InlineData("{\"stream\":true,\"stream_options\":{\"include_usage\":false}}")]
    [InlineData("{\"stream\":true,\"stream_options\":{\"include_usage\":true}}")]
    public async Task A_provider_that_must_not_be_asked_for_usage_gets_the_request_as_it_was_written(string options)
    {
        await IssueKeyAsync();
        await ServeAsync(config: $$"""{"base_url": "{{Upstream.Url}}", "allow_cidrs": ["127.0.0.0/8"], "stream_usage": false}""");
        Upstream.Answer = SayAsync(Word, WordWithNoUsage, "[DONE]");

        using var response = await PostAsync(Request(options));

        (await TextAsync(response)).Should().EndWith("data: [DONE]\n\n");
        Upstream.Request.Body.Should().Be(Request(options));
        (await LoggedAsync()).Should().Match<LoggedExchange>(logged =>
            logged.Outcome == "ok" && logged.PromptTokens > 0 && logged.CompletionTokens > 0
            && logged.Cost == (logged.PromptTokens * 0.00003m) + (logged.CompletionTokens * 0.00006m) && logged.LedgerLines == 1);
    }

    [Fact]
    public async Task An_alias_and_the_wish_for_usage_go_into_one_request()
    {
        await ServeToAKeyAsync();
        await AddAliasAsync("my-gpt4");
        Upstream.Answer = SayAsync(Word, WordWithNoUsage, Usage, "[DONE]");

        using var response = await PostAsync("""{"stream_options":{"x":1},"model":"my-gpt4","messages":[{"role":"user","content":"Hi"}],"stream":true}""");

        (await TextAsync(response)).Should().EndWith("data: [DONE]\n\n");
        Upstream.Request.Body.Should().Be(
            """{"stream_options":{"include_usage":true,"x":1},"model":"gpt-4","messages":[{"role":"user","content":"Hi"}],"stream":true}""");
    }

    private static string Request(string options) => options[..^1] + ""","model":"gpt-4","messages":[{"role":"user","content":"Say hello!"}]}""";

    private static string Events(params string[] events) => string.Concat(events.Select(data => $"data: {data}\n\n"));

    private static Func<UpstreamCall, Task> SayAsync(params string[] events) => async call =>
    {
        await call.BeginStreamAsync();
        foreach (var data in events)
            await call.SayAsync(data);

        await call.EndAsync();
    };
}
