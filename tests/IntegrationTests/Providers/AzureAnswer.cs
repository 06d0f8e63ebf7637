using System.Text.Json.Nodes;
using CleanGateway.IntegrationTests.Fixtures;
using static CleanGateway.IntegrationTests.Providers.JsonReading;

namespace CleanGateway.IntegrationTests.Providers;

/// <summary>OpenAI's way to put an answer, with what Azure adds: what its filters found, first of all in the prompt.</summary>
internal sealed class AzureAnswer(UpstreamCall call, bool withUsage) : ModelAnswer(call)
{
    /// <summary>Answers name the model, not the deployment.</summary>
    public const string Model = "gpt-4o-2024-11-20";
    private const string Id = "chatcmpl-B9MBs8CjcvOU2jLn4n570S5qMJKcT";
    private const long Created = 1763683200;
    private static readonly string[] Harms = ["hate", "self_harm", "sexual", "violence"];
    private int calls;

    protected override string[] Headers => FakeAzure.Headers;

    protected override string Whole(ModelScript script)
    {
        var toolCalls = script.Calls.Select(CallJson).ToArray<JsonNode>();
        var message = new JsonObject { ["role"] = "assistant", ["content"] = script.Text.Length > 0 ? script.Text : null, ["refusal"] = null };
        if (toolCalls.Length > 0)
            message["tool_calls"] = new JsonArray(toolCalls);

        return new JsonObject
        {
            ["id"] = Id,
            ["object"] = "chat.completion",
            ["created"] = Created,
            ["model"] = Model,
            ["prompt_filter_results"] = PromptFilters(),
            ["choices"] = new JsonArray(new JsonObject
            {
                ["index"] = 0,
                ["message"] = message,
                ["finish_reason"] = ReasonOf(script.Reason),
                ["content_filter_results"] = Filters(),
            }),
            ["usage"] = Usage(script.Usage),
        }.ToJsonString();
    }

    protected override Task RefuseAsync(ModelFailure failure, string message) => failure == ModelFailure.RateLimited
        ? FakeAzure.RefuseAsync(Call, 429, message, "429", "retry-after: 7", "retry-after-ms: 7000")
        : failure == ModelFailure.Overloaded
            ? FakeAzure.RefuseAsync(Call, 503, message, "ServiceUnavailable")
            : FakeAzure.RefuseAsync(Call, 500, message, "InternalServerError");

    protected override async Task SayBeginAsync(ModelScript script)
    {
        await Call.SayAsync(new JsonObject
        {
            ["choices"] = new JsonArray(), ["created"] = 0, ["id"] = "", ["model"] = "", ["object"] = "", ["prompt_filter_results"] = PromptFilters(),
        }.ToJsonString());
        await SayDeltaAsync(new JsonObject { ["role"] = "assistant", ["content"] = "", ["refusal"] = null });
    }

    protected override Task SayAsync(string piece) => SayDeltaAsync(new JsonObject { ["content"] = piece }, filters: Filters());

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
        await SayDeltaAsync([], ReasonOf(reason), Filters());
        if (withUsage)
            await Call.SayAsync(Chunk([], Usage(script.Usage)).ToJsonString());

        await Call.SayAsync("[DONE]");
    }

    protected override Task SayFailureAsync(ModelFailure failure, string message) => Call.SayAsync(ToJson(new
    {
        error = new
        {
            message, type = "server_error", param = (string?)null, code = failure == ModelFailure.RateLimited ? "429" : "InternalServerError",
        },
    }));

    private Task SayDeltaAsync(JsonObject delta, string? reason = null, JsonObject? filters = null) => Call.SayAsync(Chunk(
        [
            new JsonObject
            {
                ["index"] = 0, ["delta"] = delta, ["finish_reason"] = reason, ["logprobs"] = null, ["content_filter_results"] = filters ?? [],
            },
        ],
        usage: null).ToJsonString());

    private static JsonObject Chunk(JsonArray choices, JsonObject? usage) => new()
    {
        ["id"] = Id, ["object"] = "chat.completion.chunk", ["created"] = Created, ["model"] = Model, ["choices"] = choices, ["usage"] = usage,
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

    private static JsonArray PromptFilters()
    {
        var filters = Filters();
        filters["jailbreak"] = new JsonObject { ["filtered"] = false, ["detected"] = false };
        return [new JsonObject { ["prompt_index"] = 0, ["content_filter_results"] = filters }];
    }

    private static JsonObject Filters() => new(Harms.Select(
        harm => KeyValuePair.Create<string, JsonNode?>(harm, new JsonObject { ["filtered"] = false, ["severity"] = "safe" })));

    private static string ReasonOf(FinishReason reason) => reason switch
    {
        FinishReason.ToolUse => "tool_calls",
        FinishReason.MaxTokens => "length",
        FinishReason.Filtered => "content_filter",
        _ => "stop",
    };
}
