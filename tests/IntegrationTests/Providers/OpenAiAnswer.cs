using System.Text.Json.Nodes;
using CleanGateway.IntegrationTests.Fixtures;
using static CleanGateway.IntegrationTests.Providers.JsonReading;

namespace CleanGateway.IntegrationTests.Providers;

/// <summary>OpenAI's way to put an answer: chunks with what is new, the reason to finish, the usage, and an end.</summary>
/// <param name="withUsage">The caller of a stream wants to know it.</param>
internal class OpenAiAnswer(UpstreamCall call, string model, bool withUsage) : ModelAnswer(call)
{
    private const string Id = "chatcmpl-B9MBs8CjcvOU2jLn4n570S5qMJKcT";
    private const long Created = 1763683200;
    private int calls;

    protected override string[] Headers => ["openai-processing-ms: 321", "x-request-id: 3f0f9b3a-8a49-4a19-9a4a-0a2f2b6f7b2e"];

    /// <summary>Besides the usage, in a whole answer.</summary>
    protected virtual void AddTo(JsonObject answer)
    {
    }

    /// <summary>Besides what has been said.</summary>
    /// <param name="hasOutput">It has words, or the end of them.</param>
    protected virtual void AddToChoice(JsonObject choice, bool hasOutput)
    {
    }

    protected override string Whole(ModelScript script)
    {
        var toolCalls = script.Calls.Select(CallJson).ToArray<JsonNode>();
        var message = new JsonObject { ["role"] = "assistant", ["content"] = script.Text.Length > 0 ? script.Text : null, ["refusal"] = null };
        if (toolCalls.Length > 0)
            message["tool_calls"] = new JsonArray(toolCalls);

        if (Thoughts(script) is { } thoughts)
            message["reasoning_content"] = thoughts;

        var choice = new JsonObject { ["index"] = 0, ["message"] = message, ["finish_reason"] = ReasonOf(script.Reason) };
        AddToChoice(choice, hasOutput: true);
        var answer = new JsonObject
        {
            ["id"] = Id,
            ["object"] = "chat.completion",
            ["created"] = Created,
            ["model"] = model,
            ["choices"] = new JsonArray(choice),
            ["usage"] = Usage(script.Usage),
        };
        AddTo(answer);
        return answer.ToJsonString();
    }

    protected override Task RefuseAsync(ModelFailure failure, string message) => failure switch
    {
        ModelFailure.RateLimited => FakeOpenAi.RefuseAsync(
            Call, 429, message, "requests", "rate_limit_exceeded", [.. Headers, "retry-after: 7", "retry-after-ms: 7000"]),
        ModelFailure.Overloaded => FakeOpenAi.RefuseAsync(Call, 503, message, "server_error", null, Headers),
        _ => FakeOpenAi.RefuseAsync(Call, 500, message, "server_error", null, Headers),
    };

    /// <summary>What is told of what was thought: nothing, but by those who tell.</summary>
    protected virtual string? Thoughts(ModelScript script) => null;

    protected override Task SayBeginAsync(ModelScript script) =>
        SayDeltaAsync(new JsonObject { ["role"] = "assistant", ["content"] = "", ["refusal"] = null });

    protected override Task SayAsync(string piece) => SayDeltaAsync(new JsonObject { ["content"] = piece }, hasOutput: true);

    // What OpenAI's models think stays with them; only its price is told.
    protected override Task SayThoughtAsync(Think thought) => Task.CompletedTask;

    protected override async Task SayCallAsync(ToolCall toolCall)
    {
        var index = calls++;
        await SayPieceAsync(new JsonObject
        {
            ["index"] = index, ["id"] = toolCall.Id, ["type"] = "function",
            ["function"] = new JsonObject { ["name"] = toolCall.Name, ["arguments"] = "" },
        });
        foreach (var fragment in toolCall.Arguments.DefaultIfEmpty("{}"))
            await SayPieceAsync(new JsonObject { ["index"] = index, ["function"] = new JsonObject { ["arguments"] = fragment } });

        Task SayPieceAsync(JsonObject piece) => SayDeltaAsync(new JsonObject { ["tool_calls"] = new JsonArray(piece) });
    }

    protected override async Task SayFinishAsync(FinishReason reason, ModelScript script)
    {
        await SayDeltaAsync([], ReasonOf(reason), hasOutput: true);
        if (withUsage)
            await Call.SayAsync(Chunk([], Usage(script.Usage)).ToJsonString());

        await Call.SayAsync("[DONE]");
    }

    protected override Task SayFailureAsync(ModelFailure failure, string message) => Call.SayAsync(ToJson(new
    {
        error = new
        {
            message, type = failure == ModelFailure.RateLimited ? "requests" : "server_error", param = (string?)null, code = CodeOf(failure),
        },
    }));

    protected Task SayDeltaAsync(JsonObject delta, string? reason = null, bool hasOutput = false)
    {
        var choice = new JsonObject { ["index"] = 0, ["delta"] = delta, ["finish_reason"] = reason, ["logprobs"] = null };
        AddToChoice(choice, hasOutput);
        return Call.SayAsync(Chunk([choice], usage: null).ToJsonString());
    }

    private JsonObject Chunk(JsonArray choices, JsonObject? usage) => new()
    {
        ["id"] = Id, ["object"] = "chat.completion.chunk", ["created"] = Created, ["model"] = model, ["choices"] = choices, ["usage"] = usage,
    };

    private static JsonObject CallJson(ToolCall toolCall) => new()
    {
        ["id"] = toolCall.Id, ["type"] = "function",
        ["function"] = new JsonObject { ["name"] = toolCall.Name, ["arguments"] = toolCall.WholeArguments },
    };

    private static JsonObject Usage(ModelUsage usage) => new()
    {
        ["prompt_tokens"] = usage.Prompt,
        ["completion_tokens"] = usage.Output,
        ["total_tokens"] = usage.Prompt + usage.Output,
        ["prompt_tokens_details"] = new JsonObject { ["cached_tokens"] = usage.CachedRead, ["audio_tokens"] = 0 },
        ["completion_tokens_details"] = new JsonObject { ["reasoning_tokens"] = usage.Reasoning, ["audio_tokens"] = 0 },
    };

    protected virtual string? CodeOf(ModelFailure failure) => failure switch
    {
        ModelFailure.RateLimited => "rate_limit_exceeded",
        ModelFailure.Overloaded => "server_is_overloaded",
        _ => null,
    };

    private static string ReasonOf(FinishReason reason) => reason switch
    {
        FinishReason.ToolUse => "tool_calls",
        FinishReason.MaxTokens => "length",
        FinishReason.Filtered => "content_filter",
        _ => "stop",
    };
}
