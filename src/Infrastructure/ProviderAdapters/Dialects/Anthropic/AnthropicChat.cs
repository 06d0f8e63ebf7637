using System.Text.Json;
using CleanGateway.Infrastructure.ProviderAdapters.Dialects.Chat;

namespace CleanGateway.Infrastructure.ProviderAdapters.Dialects.Anthropic;

/// <summary>Reads a message, whole or event by event, as a chat's answer.</summary>
/// <param name="blocks">Of this answer alone.</param>
internal sealed class AnthropicChat(AnthropicBlocks blocks, TimeProvider clock) : TranslatedChat
{
    private readonly AnthropicUsage usage = new();
    private bool finished;

    protected override UpstreamFailure? ReadWhole(JsonElement root, WholeChat answer)
    {
        if (FailureOf(root) is { } failure)
            return failure;

        ReadHead(root, answer);
        foreach (var (index, block) in root.GetProperty("content").EnumerateArray().Index())
        {
            blocks.Start(index, block, answer);
            blocks.Stop(index, answer);
        }

        Finish(root, answer);
        answer.Usage = usage.ToChat();
        return null;
    }

    protected override UpstreamFailure? ReadEvent(string? name, JsonElement root, ChatChunks answer)
    {
        if (FailureOf(root) is { } failure)
            return failure;

        // Anything else is a ping, or of a kind that came later.
        switch (root.Given("type")?.GetString())
        {
            case "message_start":
                ReadHead(root.GetProperty("message"), answer);
                break;
            case "content_block_start":
                blocks.Start(root.GetProperty("index").GetInt32(), root.GetProperty("content_block"), answer);
                break;
            case "content_block_delta":
                blocks.Add(root.GetProperty("index").GetInt32(), root.GetProperty("delta"), answer);
                break;
            case "content_block_stop":
                blocks.Stop(root.GetProperty("index").GetInt32(), answer);
                break;
            case "message_delta":
                usage.Add(root.Given("usage"));
                if (root.Given("delta") is { } delta && delta.Given("stop_reason") is not null)
                    Finish(delta, answer);
                break;
            case "message_stop" when finished:
                answer.Usage = usage.ToChat();
                answer.End();
                break;   // where nobody has said why it stopped, the message is not whole: the stream counts as broken off
        }

        return null;
    }

    private void ReadHead(JsonElement message, ChatAnswer answer)
    {
        answer.Begin(message.GetProperty("id").GetString()!, message.GetProperty("model").GetString()!, clock.GetUtcNow().ToUnixTimeSeconds());
        answer.Role(0);
        usage.Add(message.Given("usage"));
    }

    private void Finish(JsonElement said, ChatAnswer answer)
    {
        if (finished)
            return;

        finished = true;
        blocks.End(answer);
        var reason = said.Given("stop_reason")?.GetString();
        if (reason == "refusal" && said.Given("stop_details")?.Given("explanation")?.GetString() is { Length: > 0 } explanation)
            answer.Refusal(0, explanation);

        answer.Finish(0, reason switch
        {
            "max_tokens" or "model_context_window_exceeded" => "length",
            "refusal" => "content_filter",
            _ => answer.HasCalls(0) ? "tool_calls" : "stop",
        });
    }

    private static UpstreamFailure? FailureOf(JsonElement root) =>
        root.Given("type") is { } type && type.IsText("error") ? AnthropicErrors.Read(root) : null;
}
