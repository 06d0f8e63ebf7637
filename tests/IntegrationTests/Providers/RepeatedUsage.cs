using CleanGateway.IntegrationTests.Fixtures;

namespace CleanGateway.IntegrationTests.Providers;

/// <summary>
/// Streams that say more than once what an answer came to, as each wire may: with every event a number that has grown, or the
/// last one again. It is 20 tokens in and 7 out in the end.
/// </summary>
internal static class RepeatedUsage
{
    public static Task ChatAsync(UpstreamCall call) => SendAsync(
        call,
        """{"id":"c1","object":"chat.completion.chunk","choices":[{"index":0,"delta":{"content":"Hel"},"finish_reason":null}],"usage":USAGE(3)}""",
        """{"id":"c1","object":"chat.completion.chunk","choices":[{"index":0,"delta":{"content":"lo"},"finish_reason":"stop"}],"usage":USAGE(7)}""",
        """{"id":"c1","object":"chat.completion.chunk","choices":[],"usage":USAGE(7)}""",
        "[DONE]");

    public static Task ClaudeAsync(UpstreamCall call) => SendAsync(
        call,
        """
        {"type":"message_start","message":{"id":"msg_1","type":"message","role":"assistant","model":"m","content":[],"stop_reason":null,
         "stop_sequence":null,"usage":{"input_tokens":20,"output_tokens":1}}}
        """.ReplaceLineEndings(""),
        """{"type":"content_block_start","index":0,"content_block":{"type":"text","text":""}}""",
        """{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"Hello"}}""",
        """{"type":"content_block_stop","index":0}""",
        """{"type":"message_delta","delta":{"stop_reason":null,"stop_sequence":null},"usage":{"output_tokens":3}}""",
        """{"type":"message_delta","delta":{"stop_reason":"end_turn","stop_sequence":null},"usage":{"input_tokens":20,"output_tokens":7}}""",
        """{"type":"message_stop"}""");

    public static Task GeminiAsync(UpstreamCall call) => SendAsync(
        call,
        Candidate("Hel", "", 1), Candidate("l", "", 3),
        Candidate("o", ",\"finishReason\":\"STOP\"", 7), Candidate("", ",\"finishReason\":\"STOP\"", 7));

    public static async Task ConverseAsync(UpstreamCall call)
    {
        await call.BeginStreamAsync(BedrockFrames.MediaType);
        foreach (var (type, json) in new[]
        {
            ("messageStart", """{"role":"assistant"}"""), ("contentBlockDelta", """{"contentBlockIndex":0,"delta":{"text":"Hello"}}"""),
            ("contentBlockStop", """{"contentBlockIndex":0}"""), ("messageStop", """{"stopReason":"end_turn"}"""),
            ("metadata", """{"usage":{"inputTokens":20,"outputTokens":7,"totalTokens":27},"metrics":{"latencyMs":1}}"""),
            ("metadata", """{"usage":{"inputTokens":20,"outputTokens":7,"totalTokens":27},"metrics":{"latencyMs":1}}"""),
        })
            await call.SendChunkAsync(EventStreamFrame.Event(type, json));
        await call.EndAsync();
    }

    private static string Candidate(string text, string finish, int output) =>
        $$$"""{"candidates":[{"content":{"role":"model","parts":[{"text":"{{{text}}}"}]}{{{finish}}}}],"usageMetadata":{"promptTokenCount":20,"""
        + $$"""  "candidatesTokenCount":{{output}},"totalTokenCount":{{20 + output}}},"modelVersion":"m"}""";

    private static async Task SendAsync(UpstreamCall call, params string[] events)
    {
        await call.BeginStreamAsync();
        foreach (var data in events)
            await call.SayAsync(data.Replace("USAGE(3)", Usage(3), StringComparison.Ordinal).Replace("USAGE(7)", Usage(7), StringComparison.Ordinal));
        await call.EndAsync();
    }

    private static string Usage(int output) => $$"""{"prompt_tokens":20,"completion_tokens":{{output}},"total_tokens":{{20 + output}}}""";
}
