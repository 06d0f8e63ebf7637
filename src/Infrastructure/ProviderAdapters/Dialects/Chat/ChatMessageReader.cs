using System.Buffers.Text;
using System.Text;
using System.Text.Json;
using CleanGateway.Domain.Common;

namespace CleanGateway.Infrastructure.ProviderAdapters.Dialects.Chat;

/// <summary>Takes the messages of a chat request apart.</summary>
internal static class ChatMessageReader
{
    private static readonly JsonElement NoArguments = JsonElement.Parse("{}");

    /// <exception cref="GatewayException">Something in them is wrong; the error names it.</exception>
    public static IReadOnlyList<ChatMessage> Read(JsonElement messages)
    {
        var read = new List<ChatMessage>(messages.GetArrayLength());
        var names = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var (index, message) in messages.EnumerateArray().Index())
        {
            var one = ReadMessage(message, $"messages[{index}]", names);
            foreach (var call in one.ToolCalls)
                names[call.Id] = call.Name;
            read.Add(one);
        }

        return read;
    }

    private static ChatMessage ReadMessage(JsonElement message, string path, Dictionary<string, string> names)
    {
        var role = message.NeedText("role", $"{path}.role");
        var parts = ReadContent(message.Given("content"), $"{path}.content");
        var mark = MarkOf(message, path);
        if (mark is not null && parts.Count > 0)
            parts[^1] = parts[^1] with { Cache = mark };

        switch (role)
        {
            case "system" or "developer":
                return new ChatMessage(path, ChatRole.System, parts);
            case "user":
                return new ChatMessage(path, ChatRole.User, parts);
            case "assistant":
                return ReadAssistant(message, path, parts);
            case "tool":
                var id = message.NeedText("tool_call_id", $"{path}.tool_call_id");
                return new ChatMessage(path, ChatRole.Tool, parts) { ToolCallId = id, ToolName = names.GetValueOrDefault(id) };
            case "function":
                var name = message.NeedText("name", $"{path}.name");
                return new ChatMessage(path, ChatRole.Tool, parts) { ToolCallId = FunctionCallId(name), ToolName = name };
            default:
                throw ChatJson.Wrong($"{path}.role", role, "system, developer, user, assistant or tool");
        }
    }

    // The older form has no ids: a function is answered by its name.
    private static string FunctionCallId(string name) => $"call_{name}";

    private static ChatMessage ReadAssistant(JsonElement message, string path, List<ChatPart> parts)
    {
        if (message.Text("refusal", $"{path}.refusal") is { Length: > 0 } refusal)
            parts.Add(new TextPart($"{path}.refusal", refusal));

        var calls = new List<ChatToolCall>();
        foreach (var (index, call) in Items(message.Given("tool_calls"), $"{path}.tool_calls").Index())
            calls.Add(ReadCall(call, $"{path}.tool_calls[{index}]"));
        if (message.Given("function_call") is { } function)
        {
            var name = function.NeedText("name", $"{path}.function_call.name");
            var arguments = ReadArguments(function, $"{path}.function_call.arguments");
            calls.Add(new ChatToolCall($"{path}.function_call", FunctionCallId(name), name, arguments, null));
        }

        return new ChatMessage(path, ChatRole.Assistant, parts)
        {
            ToolCalls = calls,
            Reasoning = message.Text("reasoning_content", $"{path}.reasoning_content") ?? message.Text("reasoning", $"{path}.reasoning"),
            Thinking = [.. Items(message.Given("thinking_blocks"), $"{path}.thinking_blocks").Select(
                (block, index) => ReadThinking(block, $"{path}.thinking_blocks[{index}]"))],
        };
    }

    private static ThinkingBlock ReadThinking(JsonElement block, string path) => block.NeedText("type", $"{path}.type") switch
    {
        "thinking" => new ThinkingBlock(block.NeedText("thinking", $"{path}.thinking"), block.Text("signature", $"{path}.signature"), null),
        "redacted_thinking" => new ThinkingBlock(null, null, block.NeedText("data", $"{path}.data")),
        var type => throw ChatJson.Wrong($"{path}.type", type, "thinking or redacted_thinking"),
    };

    private static ChatToolCall ReadCall(JsonElement call, string path)
    {
        var id = call.NeedText("id", $"{path}.id");
        if (call.Text("type", $"{path}.type") is { } type && type != "function")
            throw new GatewayException(ChatJson.Unsupported($"{path}.type", "only calls of functions can be told to this provider."));

        var function = call.Given("function") ?? throw ChatJson.Missing($"{path}.function");
        var extra = call.Given("extra_content")?.Require($"{path}.extra_content", JsonValueKind.Object);
        return new ChatToolCall(
            path, id, function.NeedText("name", $"{path}.function.name"), ReadArguments(function, $"{path}.function.arguments"), extra);
    }

    // A text that holds JSON, and nothing where a call has no arguments; what a model wrote need not be JSON.
    private static JsonElement ReadArguments(JsonElement function, string path)
    {
        var text = function.Text("arguments", path);
        if (string.IsNullOrWhiteSpace(text))
            return NoArguments;

        try
        {
            var arguments = JsonElement.Parse(text);
            return arguments.ValueKind switch
            {
                JsonValueKind.Object => arguments,
                JsonValueKind.Null => NoArguments,
                _ => throw ChatJson.WrongType(path, arguments, "the text of a JSON object"),
            };
        }
        catch (JsonException)
        {
            throw new GatewayException(GatewayError.Invalid($"Invalid '{path}': it is not the text of a JSON object.", path, "invalid_value"));
        }
    }

    private static List<ChatPart> ReadContent(JsonElement? content, string path)
    {
        switch (content)
        {
            case null:
                return [];
            case { ValueKind: JsonValueKind.String } text:
                return text.GetString() is { Length: > 0 } words ? [new TextPart(path, words)] : [];
            case { ValueKind: JsonValueKind.Array } parts:
                var read = new List<ChatPart>();
                foreach (var (index, part) in parts.EnumerateArray().Index())
                {
                    if (ReadPart(part, $"{path}[{index}]") is not (TextPart { Text.Length: 0 }) and var one)
                        read.Add(one);
                }

                return read;
            case { } other:
                throw ChatJson.WrongType(path, other, "a string or an array of parts");
        }
    }

    private static ChatPart ReadPart(JsonElement part, string path)
    {
        ChatPart read = part.Require(path, JsonValueKind.Object).NeedText("type", $"{path}.type") switch
        {
            "text" => new TextPart(path, part.NeedText("text", $"{path}.text")),
            "refusal" => new TextPart(path, part.NeedText("refusal", $"{path}.refusal")),
            "image_url" => ReadPicture(part, path),
            "input_audio" => ReadSound(part, path),
            "file" => ReadFile(part, path),
            var type => throw ChatJson.Wrong($"{path}.type", type, "text, image_url, input_audio, file or refusal"),
        };
        return MarkOf(part, path) is { } mark ? read with { Cache = mark } : read;
    }

    private static PicturePart ReadPicture(JsonElement part, string path)
    {
        // Some clients send the URL itself in the place of the object around it.
        var image = part.Given("image_url") ?? throw ChatJson.Missing($"{path}.image_url");
        var at = image.ValueKind == JsonValueKind.String ? $"{path}.image_url" : $"{path}.image_url.url";
        var url = image.ValueKind == JsonValueKind.String ? image.GetString()! : image.NeedText("url", at);
        var detail = image.Text("detail", $"{path}.image_url.detail");
        if (url.StartsWith("data:", StringComparison.OrdinalIgnoreCase))
            return new PicturePart(path, ReadDataUrl(url, at, Pictures.TypeOf), null, detail);

        return Uri.TryCreate(url, UriKind.Absolute, out _)
            ? new PicturePart(path, null, url, detail)
            : throw ChatJson.Wrong(at, url, "a URL or a data URL");
    }

    private static SoundPart ReadSound(JsonElement part, string path)
    {
        var sound = part.Given("input_audio") ?? throw ChatJson.Missing($"{path}.input_audio");
        var format = sound.NeedText("format", $"{path}.input_audio.format");
        if (format is not ("wav" or "mp3"))
            throw ChatJson.Wrong($"{path}.input_audio.format", format, "wav or mp3");

        var data = RequireBase64(sound.NeedText("data", $"{path}.input_audio.data"), $"{path}.input_audio.data");
        return new SoundPart(path, new Media($"audio/{format}", data), format);
    }

    private static FilePart ReadFile(JsonElement part, string path)
    {
        var file = part.Given("file") ?? throw ChatJson.Missing($"{path}.file");
        var name = file.Text("filename", $"{path}.file.filename");
        if (file.Text("file_id", $"{path}.file.file_id") is { } id)
            return new FilePart(path, null, name, id);

        var data = file.NeedText("file_data", $"{path}.file.file_data");
        return new FilePart(
            path,
            data.StartsWith("data:", StringComparison.OrdinalIgnoreCase)
                ? ReadDataUrl(data, $"{path}.file.file_data", _ => "application/pdf")
                : new Media("application/pdf", RequireBase64(data, $"{path}.file.file_data")),
            name, null);
    }

    // RFC 2397. Without a media type of its own, what the bytes look like goes.
    private static Media ReadDataUrl(string url, string path, Func<string, string> typeOf)
    {
        var comma = url.IndexOf(',', StringComparison.Ordinal);
        if (comma < 0)
            throw ChatJson.Wrong(path, null, "a data URL with a comma before its data");

        var head = url[5..comma];
        var isBase64 = head.EndsWith(";base64", StringComparison.OrdinalIgnoreCase);
        var data = url[(comma + 1)..];
        var base64 = isBase64
            ? RequireBase64(data.Contains('%') ? Uri.UnescapeDataString(data) : data, path)
            : Convert.ToBase64String(Encoding.UTF8.GetBytes(Uri.UnescapeDataString(data)));
        var type = head.Split(';')[0].Trim().ToLowerInvariant();
        return new Media(type.Contains('/') ? type : typeOf(base64), base64);
    }

    private static string RequireBase64(string data, string path)
    {
        if (!Base64.IsValid(data))
            throw new GatewayException(GatewayError.Invalid($"Invalid '{path}': it is not base64.", path, "invalid_value"));

        return data.AsSpan().ContainsAny(" \t\r\n") ? string.Concat(data.Where(letter => !char.IsWhiteSpace(letter))) : data;
    }

    // Anthropic's mark, which LiteLLM's and OpenRouter's clients send, or OpenAI's own.
    private static CacheMark? MarkOf(JsonElement part, string path)
    {
        if (part.Given("cache_control") is { } mark)
            return new CacheMark(mark.Text("ttl", $"{path}.cache_control.ttl"));

        // OpenAI's times are others: an hour is the longest that providers with marks keep anything.
        return part.Given("prompt_cache_breakpoint") is { } point
            ? new CacheMark(point.Text("ttl", $"{path}.prompt_cache_breakpoint.ttl") is "12h" or "24h" ? "1h" : null)
            : null;
    }

    private static IEnumerable<JsonElement> Items(JsonElement? array, string path) =>
        array?.Require(path, JsonValueKind.Array).EnumerateArray().Select((item, index) => item.Require($"{path}[{index}]", JsonValueKind.Object)) ?? [];
}
