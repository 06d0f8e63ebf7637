using System.Text.Json;

namespace CleanGateway.IntegrationTests.Fixtures;

/// <summary>Tests of streamed answers: events as an upstream writes them, and as a caller without a wish for usage gets them.</summary>
public abstract class ChatTestOfStreams(GatewayFixture gateway) : ChatTestOfFailures(gateway)
{
    protected const string Usage =
        """{"id":"c1","object":"chat.completion.chunk","choices":[],"usage":{"prompt_tokens":9,"completion_tokens":3,"total_tokens":12}}""";
    protected const string Done = "data: [DONE]\n\n";

    /// <summary>The end of a chunked body.</summary>
    protected const string End = "0\r\n\r\n";

    protected static string Role => Chunk("""{"role":"assistant","content":""}""");

    protected static string Finish => Chunk("{}", "\"stop\"");

    protected static string Word(string word) => Chunk($$"""{"content":{{JsonSerializer.Serialize(word)}}}""");

    /// <summary>As an upstream frames them, an event each.</summary>
    protected static string Events(params string[] data) => string.Concat(data.Select(text => $"data: {text}\n\n"));

    /// <summary>What a stream of these words amounts to.</summary>
    protected static string Assembled(string words, string finishReason = "null", string? usage = null) =>
        """{"id":"c1","object":"chat.completion","choices":[{"index":0,"message":{"role":"assistant","content":"""
        + $$$"""{{{JsonSerializer.Serialize(words)}}}},"finish_reason":{{{finishReason}}}}]"""
        + (usage is null ? "}" : $$""","usage":{{usage}}}""");

    /// <summary>Sends this as a stream's body, a chunk each, and whatever comes behind it.</summary>
    private protected static Func<UpstreamCall, Task> Stream(IEnumerable<string> chunks, Func<UpstreamCall, Task> then) => async call =>
    {
        await call.BeginStreamAsync();
        foreach (var chunk in chunks)
            await call.SendChunkAsync(chunk);

        await then(call);
    };

    private protected static Func<UpstreamCall, Task> Stream(params string[] chunks) => Stream(chunks, call => call.EndAsync());

    /// <summary>A stream with a good end: what the caller sees, what the books say.</summary>
    protected async Task ShouldEndWellAsync(HttpResponseMessage response, string seen, string stored, bool counted = true)
    {
        var body = await ReadToEndAsync(response);
        ((int)response.StatusCode).Should().Be(200, body.Text);
        body.Text.Should().Be(seen + Done);
        body.Broke.Should().BeFalse();
        var logged = await LoggedAsync();
        (logged.Outcome, logged.ErrorCode, logged.Status).Should().Be(("ok", null, 200));
        (logged.ResponseBody, logged.ResponseBodyForm).Should().Be((stored, "assembled"));
        CostShouldBe(logged, counted);
        logged.LedgerLines.Should().Be(1);
    }

    /// <summary>A stream that broke off: an error event, no [DONE], no clean end, and the books say how far it came.</summary>
    protected async Task ShouldBreakOffAsync(HttpResponseMessage response, string seen, Failure failure, string stored, bool counted = false)
    {
        var body = await ReadToEndAsync(response);
        ((int)response.StatusCode).Should().Be(200, body.Text);
        body.Text.Should().Be(seen + Events(ErrorOf(failure.Message, failure.Type, failure.Param, failure.Code)));
        body.Broke.Should().BeTrue("a clean end would look like success");
        var logged = await LoggedAsync();
        (logged.Outcome, logged.ErrorCode, logged.Status, logged.ResponseStatus).Should().Be(("upstream_error", failure.Code, 200, 200));
        (logged.ResponseBody, logged.ResponseBodyForm).Should().Be((stored, "assembled"));
        CostShouldBe(logged, counted);
        logged.LedgerLines.Should().Be(1);
    }

    // What nobody counted is estimated: the prompt from what was asked, the answer from what was said.
    private static void CostShouldBe(LoggedExchange logged, bool counted)
    {
        if (counted)
        {
            (logged.PromptTokens, logged.CompletionTokens, logged.Cost, logged.UnpricedReason).Should().Be((9, 3, 0.00045m, null));
            return;
        }

        logged.PromptTokens.Should().Be(4);
        logged.CompletionTokens.Should().BePositive();
        (logged.Cost, logged.UnpricedReason).Should().Be(((4 * 0.00003m) + (logged.CompletionTokens * 0.00006m), null));
    }

    private static string Chunk(string delta, string finishReason = "null") =>
        $$"""{"id":"c1","object":"chat.completion.chunk","choices":[{"index":0,"delta":{{delta}},"finish_reason":{{finishReason}}}]}""";
}
