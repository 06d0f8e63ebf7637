using System.Text.Json;
using CleanGateway.Application.Messages;
using CleanGateway.Domain.Usage;

namespace CleanGateway.Infrastructure.ProviderAdapters.Bridges;

/// <summary>Says the answer to a chat as a message of Anthropic's API.</summary>
internal static class ChatToMessage
{
    /// <param name="chat">A <c>chat.completion</c>.</param>
    public static ReadOnlyMemory<byte> Whole(ReadOnlyMemory<byte> chat, UsageReport usage, string model, MessagesRequest request, DateTimeOffset now)
    {
        using var document = JsonDocument.Parse(chat, new JsonDocumentOptions { MaxDepth = MessageEvents.MaxDepth });
        var events = new MessageEvents(request, model, now);
        var root = document.RootElement;
        var choice = root.Member("choices").Items().FirstOrDefault();
        var message = choice.Member("message") ?? default;
        return EscapedText.Json(json =>
        {
            events.WriteHead(json, root);
            json.WriteStartArray("content");
            var (said, hasCalls) = WriteContent(json, message, now);
            json.WriteEndArray();
            WriteStop(json, StopReason(choice.Word("finish_reason"), hasCalls, message.Text("refusal") is { } refusal && !EscapedText.Of(refusal).IsEmpty));
            json.WritePropertyName("usage");
            WriteUsage(json, Counted(usage, request, said));
            json.WriteEndObject();
        });
    }

    /// <summary>What a caller is told of the usage: an estimate where the provider did not count, because there must be numbers.</summary>
    /// <param name="said">Bytes of what the model said.</param>
    public static TokenUsage Counted(UsageReport usage, MessagesRequest request, long said) =>
        usage.Usage ?? request.Estimate((said + 3) / 4).Usage!.Value;

    public static string StopReason(string? finishReason, bool hasCalls, bool isRefusal) => finishReason switch
    {
        _ when isRefusal => "refusal",
        "content_filter" => "refusal",
        "length" => "max_tokens",
        "tool_calls" or "function_call" => "tool_use",
        _ => hasCalls ? "tool_use" : "end_turn",
    };

    public static void WriteStop(Utf8JsonWriter json, string reason)
    {
        json.WriteString("stop_reason", reason);
        json.WriteNull("stop_sequence");   // which one it was is not told
    }

    // Anthropic's input tokens are those that the cache has nothing to do with.
    public static void WriteUsage(Utf8JsonWriter json, TokenUsage usage)
    {
        var (read, written, writtenFor1h) = (usage.CachedTokens ?? 0, usage.Details?.CacheWriteTokens ?? 0, usage.Details?.CacheWrite1hTokens ?? 0);
        json.WriteStartObject();
        json.WriteNumber("input_tokens", Math.Max(0, usage.PromptTokens - read - written - writtenFor1h));
        json.WriteNumber("cache_creation_input_tokens", written + writtenFor1h);
        json.WriteNumber("cache_read_input_tokens", read);
        if (writtenFor1h > 0)
        {
            json.WriteStartObject("cache_creation");
            json.WriteNumber("ephemeral_5m_input_tokens", written);
            json.WriteNumber("ephemeral_1h_input_tokens", writtenFor1h);
            json.WriteEndObject();
        }

        json.WriteNumber("output_tokens", usage.CompletionTokens);
        if (usage.ReasoningTokens is { } reasoning)
        {
            json.WriteStartObject("output_tokens_details");
            json.WriteNumber("thinking_tokens", reasoning);
            json.WriteEndObject();
        }

        json.WriteEndObject();
    }

    private static (long Said, bool HasCalls) WriteContent(Utf8JsonWriter json, JsonElement message, DateTimeOffset now)
    {
        var said = WriteThinking(json, message);
        foreach (var name in (string[])["content", "refusal"])
        {
            if (message.Member(name) is { } content)
                said += WriteTexts(json, content);
        }

        var hasCalls = false;
        foreach (var call in message.Member("tool_calls").Items())
        {
            if (call.Member("function") is not { } function)
                continue;

            said += WriteCall(json, call.Text("id"), function, now);
            hasCalls = true;
        }

        if (message.Member("function_call") is { } only)
        {
            said += WriteCall(json, null, only, now);
            hasCalls = true;
        }

        return (said, hasCalls);
    }

    private static long WriteThinking(Utf8JsonWriter json, JsonElement message)
    {
        var said = 0L;
        var hasBlocks = false;
        foreach (var block in message.Member("thinking_blocks").Items())
        {
            said += WriteThought(json, block);
            hasBlocks = true;
        }

        if (hasBlocks || (message.Text("reasoning_content") ?? message.Text("reasoning")) is not { } reasoning || EscapedText.Of(reasoning).IsEmpty)
            return said;

        json.WriteStartObject();
        json.WriteString("type", "thinking");
        json.WritePropertyName("thinking");
        json.WriteAsItIs(reasoning);
        json.WriteString("signature", "");
        json.WriteEndObject();
        return EscapedText.Of(reasoning).Length;
    }

    private static long WriteThought(Utf8JsonWriter json, JsonElement block)
    {
        if (block.Word("type") == "redacted_thinking")
        {
            json.WriteAsItIs(block);
            return 0;
        }

        var thinking = block.Text("thinking") is { } text ? EscapedText.Of(text) : default;
        json.WriteStartObject();
        json.WriteString("type", "thinking");
        json.WritePropertyName("thinking");
        json.WriteEscaped(thinking);
        json.WritePropertyName("signature");
        json.WriteEscaped(block.Text("signature") is { } signature ? EscapedText.Of(signature) : default);
        json.WriteEndObject();
        return thinking.Length;
    }

    private static long WriteTexts(Utf8JsonWriter json, JsonElement content)
    {
        var said = 0L;
        IEnumerable<JsonElement?> texts = content.ValueKind == JsonValueKind.String ? [content] : ((JsonElement?)content).Items().Select(part => part.Text("text"));
        foreach (var one in texts)
        {
            if (one is not { } text || EscapedText.Of(text).IsEmpty)
                continue;

            json.WriteStartObject();
            json.WriteString("type", "text");
            json.WritePropertyName("text");
            json.WriteAsItIs(text);
            json.WriteEndObject();
            said += EscapedText.Of(text).Length;
        }

        return said;
    }

    private static long WriteCall(Utf8JsonWriter json, JsonElement? id, JsonElement function, DateTimeOffset now)
    {
        json.WriteStartObject();
        json.WriteString("type", "tool_use");
        json.WritePropertyName("id");
        if (id is { } given)
            json.WriteAsItIs(given);
        else
            json.WriteStringValue(MessageEvents.NewCallId(now));
        json.WritePropertyName("name");
        if (function.Text("name") is { } name)
            json.WriteAsItIs(name);
        else
            json.WriteStringValue("");
        json.WritePropertyName("input");
        var arguments = function.Word("arguments");
        json.WriteRawValue(IsObject(arguments) ? arguments! : "{}", skipInputValidation: true);
        json.WriteEndObject();
        return arguments?.Length ?? 0;
    }

    private static bool IsObject(string? arguments)
    {
        try
        {
            using var document = JsonDocument.Parse(arguments ?? "", new JsonDocumentOptions { MaxDepth = MessageEvents.MaxDepth });
            return document.RootElement.ValueKind == JsonValueKind.Object;
        }
        catch (JsonException)
        {
            return false;
        }
    }
}
