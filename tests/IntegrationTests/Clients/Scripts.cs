using CleanGateway.IntegrationTests.Fixtures;

namespace CleanGateway.IntegrationTests.Clients;

/// <summary>What several clients are put through.</summary>
internal static class Scripts
{
    /// <summary>Refuses the first call like this and answers the others.</summary>
    public static Func<UpstreamCall, Task> RefuseOnce(int status, string body, params string[] headers)
    {
        var calls = 0;
        return call => Interlocked.Increment(ref calls) == 1
            ? call.RespondAsync(status, body, headers: headers)
            : FakeUpstream.AnswerHelloAsync(call);
    }

    /// <summary>Answers with a stream that it begins, and says to be working on, until it is told to go on.</summary>
    /// <param name="asked">Is told that it has begun.</param>
    /// <param name="then">Says the rest.</param>
    public static Func<UpstreamCall, Task> WorkUntil(
        Task go, TaskCompletionSource asked, Func<UpstreamCall, Task> then, CancellationToken stop) => async call =>
    {
        await call.BeginStreamAsync();
        asked.TrySetResult();
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(100));
        while (!go.IsCompleted)
        {
            await call.SendChunkAsync(": PROCESSING\n\n");
            await timer.WaitForNextTickAsync(stop);
        }

        await then(call);
    };

    /// <summary>Some words, then one of the ways in which a stream can die.</summary>
    public static Func<UpstreamCall, Task> DieInMidStream(string way) => async call =>
    {
        await call.BeginStreamAsync();
        await call.SayRoleAsync();
        await call.SayWordAsync("Hel");
        switch (way)
        {
            case "reset":
                call.Reset();
                break;
            case "closed":
                call.Close();
                break;
            case "error event":
                await call.SayAsync("""{"error":{"message":"The server had an error","type":"server_error","param":null,"code":null}}""");
                await call.SayAsync("[DONE]");
                await call.EndAsync();
                break;
            case "clean end without a finish":
                await call.EndAsync();
                break;
            default:
                throw new ArgumentOutOfRangeException(nameof(way), way, "is not known");
        }
    };

    public static TheoryData<string> WaysToDie => ["reset", "closed", "error event", "clean end without a finish"];

    /// <summary>Asks for the weather in Paris and in Rome; once it has been told, it says so.</summary>
    public static Task CallToolsAsync(UpstreamCall call)
    {
        if (call.Request.Body.Contains("\"tool_call_id\"", StringComparison.Ordinal))
            return FakeUpstream.AnswerHelloAsync(call);

        return call.Request.WantsStream ? StreamToolCallsAsync(call) : call.RespondAsync(200, ToolCalls);
    }

    private const string ToolCalls =
        """
        {"id":"c2","object":"chat.completion","created":1763683200,"model":"gpt-x-2026","choices":[{"index":0,"finish_reason":"tool_calls","message":
         {"role":"assistant","content":null,"refusal":null,"tool_calls":[
           {"id":"call_1","type":"function","function":{"name":"get_weather","arguments":"{\"city\":\"Paris\"}"}},
           {"id":"call_2","type":"function","function":{"name":"get_weather","arguments":"{\"city\":\"Rome\"}"}}]}}],
         "usage":{"prompt_tokens":9,"completion_tokens":3,"total_tokens":12}}
        """;

    private static async Task StreamToolCallsAsync(UpstreamCall call)
    {
        await call.BeginStreamAsync();
        await SayDeltaAsync(
            """{"role":"assistant","content":null,"tool_calls":[{"index":0,"id":"call_1","type":"function","function":{"name":"get_weather","arguments":""}}]}""");
        await SayDeltaAsync("""{"tool_calls":[{"index":0,"function":{"arguments":"{\"city\":"}}]}""");
        await SayDeltaAsync("""{"tool_calls":[{"index":0,"function":{"arguments":"\"Paris\"}"}}]}""");
        await SayDeltaAsync("""{"tool_calls":[{"index":1,"id":"call_2","type":"function","function":{"name":"get_weather","arguments":""}}]}""");
        await SayDeltaAsync("""{"tool_calls":[{"index":1,"function":{"arguments":"{\"city\":\"Rome\"}"}}]}""");
        await call.SayFinishAsync("tool_calls");
        await call.SayUsageAsync();
        await call.SayAsync("[DONE]");
        await call.EndAsync();

        Task SayDeltaAsync(string delta) => call.SayAsync(
            """{"id":"c2","object":"chat.completion.chunk","created":1763683200,"model":"gpt-x-2026","choices":[{"index":0,"delta":"""
            + $$"""{{delta}},"finish_reason":null}],"usage":null}""");
    }
}
