using System.Text.Json.Nodes;
using CleanGateway.IntegrationTests.Fixtures;

namespace CleanGateway.IntegrationTests.Providers;

/// <summary>Converse's way to put an answer. Text blocks are not begun, only ended; usage comes after the stop.</summary>
internal sealed class ConverseAnswer(UpstreamCall call) : ModelAnswer(call)
{
    private readonly BedrockFrames frames = new(call);
    private int block;
    private bool isTextOpen;

    protected override string StreamType => BedrockFrames.MediaType;

    protected override string[] Headers => [FakeBedrock.RequestIdHeader];

    protected override string Whole(ModelScript script)
    {
        var content = new JsonArray([.. script.Steps.SelectMany(Blocks)]);
        var metadata = Metadata(script.Usage);
        metadata["output"] = new JsonObject { ["message"] = new JsonObject { ["role"] = "assistant", ["content"] = content } };
        metadata["stopReason"] = ReasonOf(script.Reason);
        return metadata.ToJsonString();
    }

    protected override Task RefuseAsync(ModelFailure failure, string message) => FakeBedrock.RefuseAsync(Call, failure, message);

    protected override Task SayBeginAsync(ModelScript script) => frames.SendEventAsync("messageStart", new JsonObject { ["role"] = "assistant" });

    protected override async Task SayAsync(string piece)
    {
        isTextOpen = true;
        await SayDeltaAsync(new JsonObject { ["text"] = piece });
    }

    protected override async Task SayThoughtAsync(Think thought)
    {
        await EndTextAsync();
        var half = thought.Text.Length / 2;
        foreach (var text in (string[])[thought.Text[..half], thought.Text[half..]])
            await SayDeltaAsync(new JsonObject { ["reasoningContent"] = new JsonObject { ["text"] = text } });

        await SayDeltaAsync(new JsonObject { ["reasoningContent"] = new JsonObject { ["signature"] = thought.Signature } });
        await StopBlockAsync();
    }

    protected override async Task SayCallAsync(ToolCall toolCall)
    {
        await EndTextAsync();
        await frames.SendEventAsync("contentBlockStart", new JsonObject
        {
            ["contentBlockIndex"] = block,
            ["start"] = new JsonObject { ["toolUse"] = new JsonObject { ["toolUseId"] = toolCall.Id, ["name"] = toolCall.Name } },
        });
        foreach (var fragment in toolCall.Arguments)
            await SayDeltaAsync(new JsonObject { ["toolUse"] = new JsonObject { ["input"] = fragment } });

        await StopBlockAsync();
    }

    protected override async Task SayFinishAsync(FinishReason reason, ModelScript script)
    {
        await EndTextAsync();
        await frames.SendEventAsync("messageStop", new JsonObject { ["stopReason"] = ReasonOf(reason) });
        await frames.SendEventAsync("metadata", Metadata(script.Usage));
    }

    protected override Task SayFailureAsync(ModelFailure failure, string message) => frames.SendExceptionAsync(failure, message);

    protected override Task SayStillHereAsync() => SayDeltaAsync(new JsonObject { ["text"] = "" });

    private Task SayDeltaAsync(JsonObject delta) =>
        frames.SendEventAsync("contentBlockDelta", new JsonObject { ["contentBlockIndex"] = block, ["delta"] = delta });

    private async Task EndTextAsync()
    {
        if (isTextOpen)
            await StopBlockAsync();
    }

    private async Task StopBlockAsync()
    {
        isTextOpen = false;
        await frames.SendEventAsync("contentBlockStop", new JsonObject { ["contentBlockIndex"] = block });
        block++;
    }

    private static IEnumerable<JsonNode> Blocks(ModelStep step) => step switch
    {
        Say say => [new JsonObject { ["text"] = string.Concat(say.Pieces) }],
        Think thought =>
        [
            new JsonObject
            {
                ["reasoningContent"] = new JsonObject
                {
                    ["reasoningText"] = new JsonObject { ["text"] = thought.Text, ["signature"] = thought.Signature },
                },
            },
        ],
        CallTools calls => calls.Calls.Select(use => new JsonObject
        {
            ["toolUse"] = new JsonObject { ["toolUseId"] = use.Id, ["name"] = use.Name, ["input"] = JsonNode.Parse(use.WholeArguments) },
        }),
        _ => [],
    };

    private static JsonObject Metadata(ModelUsage usage) => new()
    {
        ["usage"] = new JsonObject
        {
            ["inputTokens"] = usage.Input,
            ["outputTokens"] = usage.Output,
            ["totalTokens"] = usage.Prompt + usage.Output,
            ["cacheReadInputTokens"] = usage.CachedRead,
            ["cacheWriteInputTokens"] = usage.CacheWrite,
        },
        ["metrics"] = new JsonObject { ["latencyMs"] = 321 },
    };

    private static string ReasonOf(FinishReason reason) => reason switch
    {
        FinishReason.EndTurn => "end_turn",
        FinishReason.ToolUse => "tool_use",
        FinishReason.MaxTokens => "max_tokens",
        FinishReason.StopSequence => "stop_sequence",
        _ => "content_filtered",
    };
}
