using CleanGateway.IntegrationTests.Fixtures;
using static CleanGateway.IntegrationTests.Providers.JsonReading;

namespace CleanGateway.IntegrationTests.Providers;

/// <summary>Anthropic's way to put an answer: blocks one after the other, each begun, said in pieces, and ended.</summary>
internal class AnthropicAnswer(UpstreamCall call, string model) : ModelAnswer(call)
{
    private int block = -1;
    private bool isTextOpen;

    protected override string[] Headers =>
        [$"request-id: {FakeAnthropic.RequestId}", "anthropic-ratelimit-requests-limit: 50", "anthropic-ratelimit-requests-remaining: 49"];

    /// <summary>Says an event; its data.</summary>
    protected virtual Task SayEventAsync(string type, string data) => Call.SendChunkAsync($"event: {type}\ndata: {data}\n\n");

    protected override string Whole(ModelScript script) => ToJson(Message(
        script, [.. script.Steps.SelectMany(Blocks)], ReasonOf(script.Reason), script.Usage.Output));

    protected override Task RefuseAsync(ModelFailure failure, string message) =>
        AnthropicEndpoint.RefuseAsync(
            Call, StatusOf(failure), message, TypeOf(failure), failure == ModelFailure.RateLimited ? ["retry-after: 7"] : []);

    protected override async Task SayBeginAsync(ModelScript script)
    {
        await SayAsync("message_start", new { type = "message_start", message = Message(script, [], null, 1) });
        await SayAsync("ping", new { type = "ping" });
    }

    protected override async Task SayAsync(string piece)
    {
        if (!isTextOpen)
            await StartBlockAsync(new { type = "text", text = "" });

        isTextOpen = true;
        await SayDeltaAsync(new { type = "text_delta", text = piece });
    }

    protected override async Task SayThoughtAsync(Think thought)
    {
        await StartBlockAsync(new { type = "thinking", thinking = "", signature = "" });
        var half = thought.Text.Length / 2;
        await SayDeltaAsync(new { type = "thinking_delta", thinking = thought.Text[..half] });
        await SayDeltaAsync(new { type = "thinking_delta", thinking = thought.Text[half..] });
        await SayDeltaAsync(new { type = "signature_delta", signature = thought.Signature });
        await StopBlockAsync();
    }

    protected override async Task SayCallAsync(ToolCall toolCall)
    {
        await StartBlockAsync(new { type = "tool_use", id = toolCall.Id, name = toolCall.Name, input = new { } });
        foreach (var fragment in toolCall.Arguments)
            await SayDeltaAsync(new { type = "input_json_delta", partial_json = fragment });

        await StopBlockAsync();
    }

    protected override async Task SayFinishAsync(FinishReason reason, ModelScript script)
    {
        if (isTextOpen)
            await StopBlockAsync();

        await SayAsync(
            "message_delta",
            new
            {
                type = "message_delta",
                delta = new { stop_reason = ReasonOf(reason), stop_sequence = (string?)null },
                usage = Usage(script.Usage, script.Usage.Output),
            });
        await SayAsync("message_stop", LastEvent(script));
    }

    protected override Task SayFailureAsync(ModelFailure failure, string message) =>
        SayAsync("error", new { type = "error", error = new { type = TypeOf(failure), message } });

    protected virtual object LastEvent(ModelScript script) => new { type = "message_stop" };

    protected static string TypeOf(ModelFailure failure) => AnthropicEndpoint.TypeOf(StatusOf(failure));

    private static int StatusOf(ModelFailure failure) => failure switch
    {
        ModelFailure.Overloaded => 529,
        ModelFailure.RateLimited => 429,
        _ => 500,
    };

    private static string ReasonOf(FinishReason reason) => reason switch
    {
        FinishReason.EndTurn => "end_turn",
        FinishReason.ToolUse => "tool_use",
        FinishReason.MaxTokens => "max_tokens",
        FinishReason.StopSequence => "stop_sequence",
        _ => "refusal",
    };

    private static IEnumerable<object> Blocks(ModelStep step) => step switch
    {
        Say say => [new { type = "text", text = string.Concat(say.Pieces) }],
        Think thought => [new { type = "thinking", thinking = thought.Text, signature = thought.Signature }],
        CallTools calls => calls.Calls.Select(use => new { type = "tool_use", id = use.Id, name = use.Name, input = Parsed(use.WholeArguments) }),
        _ => [],
    };

    private object Message(ModelScript script, object[] content, string? stopReason, long output) => new
    {
        id = "msg_013Zva2CMHLNnXjNJJKqJ2EF",
        type = "message",
        role = "assistant",
        model,
        content,
        stop_reason = stopReason,
        stop_sequence = (string?)null,
        usage = Usage(script.Usage, output),
    };

    private static object Usage(ModelUsage usage, long output) => new
    {
        input_tokens = usage.Input,
        cache_creation_input_tokens = usage.CacheWrite,
        cache_read_input_tokens = usage.CachedRead,
        cache_creation = new { ephemeral_5m_input_tokens = usage.CacheWrite, ephemeral_1h_input_tokens = 0 },
        output_tokens = output,
        output_tokens_details = new { thinking_tokens = output < usage.Output ? 0 : usage.Reasoning },
        service_tier = "standard",
    };

    private async Task StartBlockAsync(object content)
    {
        if (isTextOpen)
            await StopBlockAsync();

        block++;
        await SayAsync("content_block_start", new { type = "content_block_start", index = block, content_block = content });
    }

    private async Task StopBlockAsync()
    {
        isTextOpen = false;
        await SayAsync("content_block_stop", new { type = "content_block_stop", index = block });
    }

    private Task SayDeltaAsync(object delta) => SayAsync("content_block_delta", new { type = "content_block_delta", index = block, delta });

    private Task SayAsync(string type, object data) => SayEventAsync(type, ToJson(data));
}
