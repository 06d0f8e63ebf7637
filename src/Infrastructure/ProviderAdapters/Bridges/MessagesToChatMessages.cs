using System.Buffers;
using System.Runtime.InteropServices;
using System.Text.Json;
using CleanGateway.Domain.Common;

namespace CleanGateway.Infrastructure.ProviderAdapters.Bridges;

/// <summary>Says the system prompt and the messages of a request of Anthropic's API as messages of a chat.</summary>
/// <param name="json">Within the array of messages.</param>
/// <param name="extended"><c>cache_control</c> and <c>thinking_blocks</c> are understood.</param>
/// <param name="names">Learns where each message comes from.</param>
internal sealed class MessagesToChatMessages(Utf8JsonWriter json, bool extended, Unsaid unsaid, ChatNames names)
{
    private readonly MessagesToContentParts reader = new(extended, unsaid);

    public void Write(JsonElement root)
    {
        if (root.Member("system") is { } system)
            WriteMessage("system", reader.Read(system, "system"), name: null, evenIfEmpty: false);

        foreach (var (index, message) in root.Member("messages").Items().Index())
        {
            var name = $"messages[{index}]";
            if (message.Member("content") is not { ValueKind: JsonValueKind.String or JsonValueKind.Array } content)
            {
                unsaid.WrongType(name + ".content", "a string or an array of blocks");
                continue;
            }

            switch (message.Word("role"))
            {
                case "user":
                    WriteUser(content, name + ".content");
                    break;
                case "assistant":
                    WriteAssistant(content, name + ".content");
                    break;
                case "system":
                    WriteMessage("system", reader.Read(content, name + ".content"), name + ".content", evenIfEmpty: false);
                    break;
                default:
                    unsaid.Refuse(GatewayError.Invalid($"Invalid '{name}.role': expected user, assistant or system.", name + ".role", "invalid_value"));
                    break;
            }
        }
    }

    // The results of tools come first, whatever stands between them: each call is to be followed by its result.
    private void WriteUser(JsonElement content, string name)
    {
        if (content.ValueKind == JsonValueKind.String)
        {
            WriteMessage("user", reader.Read(content, name), name, evenIfEmpty: true);
            return;
        }

        var parts = new List<ContentPart>();
        var hasResults = false;
        foreach (var (index, block) in content.EnumerateArray().Index())
        {
            if (block.Word("type") == "tool_result")
            {
                WriteResult(block, $"{name}[{index}]", parts);
                hasResults = true;
            }
        }

        foreach (var (index, block) in content.EnumerateArray().Index())
        {
            if (block.Word("type") != "tool_result")
                reader.ReadBlock(block, $"{name}[{index}]", parts);
        }

        WriteMessage("user", parts, name, evenIfEmpty: !hasResults);
    }

    // A tool's message has only text in it; its pictures follow in the user's.
    private void WriteResult(JsonElement result, string name, List<ContentPart> media)
    {
        if (result.Text("tool_use_id") is not { } id)
        {
            unsaid.Refuse(GatewayError.Invalid($"Missing required parameter: '{name}.tool_use_id'.", name + ".tool_use_id", "missing_required_parameter"));
            return;
        }

        var text = new ArrayBufferWriter<byte>();
        if (result.IsTrue("is_error"))
            text.Write("Error: "u8);
        var isFirst = true;
        foreach (var part in result.Member("content") is { } content ? reader.Read(content, name + ".content") : [])
        {
            if (!isFirst)
                text.Write("\\n"u8);
            isFirst = false;
            if (part.Text is { } words)
            {
                text.Write(words);
                continue;
            }

            text.Write("[see the attachment in the next message]"u8);
            media.Add(ContentPart.OfText([.. "Attachment of the result of "u8, .. EscapedText.Of(id), (byte)':']));
            media.Add(part);
        }

        names.AddMessage(name, name + ".content");
        json.WriteStartObject();
        json.WriteString("role", "tool");
        json.WritePropertyName("tool_call_id");
        json.WriteAsItIs(id);
        WriteContent([ContentPart.OfText(text.WrittenSpan, extended ? result.Member("cache_control") : null)]);
        json.WriteEndObject();
    }

    private void WriteAssistant(JsonElement content, string name)
    {
        if (content.ValueKind == JsonValueKind.String)
        {
            WriteMessage("assistant", reader.Read(content, name), name, evenIfEmpty: true);
            return;
        }

        var (parts, calls, thoughts) = (new List<ContentPart>(), new List<(JsonElement Call, string Name)>(), new List<JsonElement>());
        foreach (var (index, block) in content.EnumerateArray().Index())
        {
            var type = block.Word("type");
            if (type == "tool_use")
                calls.Add((block, $"{name}[{index}]"));
            else if (type is "thinking" or "redacted_thinking")
                thoughts.Add(block);
            else
                reader.ReadBlock(block, $"{name}[{index}]", parts);
        }

        names.AddTurn(name);
        json.WriteStartObject();
        json.WriteString("role", "assistant");
        if (parts.Count > 0)
            WriteContent(parts);
        else if (calls.Count > 0)
            json.WriteNull("content");
        else
            json.WriteString("content", "");
        WriteThoughts(thoughts);
        WriteCalls(calls);
        json.WriteEndObject();
    }

    // Thinking that is signed means something only to who has signed it.
    private void WriteThoughts(List<JsonElement> thoughts)
    {
        var words = new ArrayBufferWriter<byte>();
        foreach (var thought in thoughts)
        {
            if (thought.Text("thinking") is { } text && (extended || thought.Word("signature") is null or ""))
                words.Write(EscapedText.Of(text));
        }

        if (words.WrittenCount > 0)
        {
            json.WritePropertyName("reasoning_content");
            json.WriteEscaped(words.WrittenSpan);
        }

        if (!extended || thoughts.Count == 0)
            return;

        json.WriteStartArray("thinking_blocks");
        foreach (var thought in thoughts)
            json.WriteAsItIs(thought);
        json.WriteEndArray();
    }

    private void WriteCalls(List<(JsonElement Call, string Name)> calls)
    {
        if (calls.Count == 0)
            return;

        json.WriteStartArray("tool_calls");
        foreach (var (call, name) in calls)
        {
            if (call.Text("id") is not { } id || call.Text("name") is not { } function)
            {
                unsaid.Refuse(GatewayError.Invalid($"Missing required parameter: '{name}' needs an id and a name.", name, "missing_required_parameter"));
                continue;
            }

            json.WriteStartObject();
            json.WritePropertyName("id");
            json.WriteAsItIs(id);
            json.WriteString("type", "function");
            json.WriteStartObject("function");
            json.WritePropertyName("name");
            json.WriteAsItIs(function);
            json.WriteString("arguments", call.Member("input") is { } input ? JsonMarshal.GetRawUtf8Value(input) : "{}"u8);
            json.WriteEndObject();
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    /// <param name="name">Of the content, where it is a turn's; null for the system prompt.</param>
    private void WriteMessage(string role, List<ContentPart> parts, string? name, bool evenIfEmpty)
    {
        if (parts.Count == 0 && !evenIfEmpty)
            return;

        if (name is null)
            names.AddMessage("system", "system");
        else
            names.AddTurn(name);
        json.WriteStartObject();
        json.WriteString("role", role);
        WriteContent(role == "user" ? parts : Joined(parts));
        json.WriteEndObject();
    }

    private void WriteContent(List<ContentPart> parts)
    {
        if (parts.Count == 0)
        {
            json.WriteString("content", "");
        }
        else if (parts is [{ Text: { } text, IsPlain: true }])
        {
            json.WritePropertyName("content");
            json.WriteEscaped(text);
        }
        else
        {
            json.WriteStartArray("content");
            foreach (var part in parts)
                json.WriteRawValue(part.Json, skipInputValidation: true);
            json.WriteEndArray();
        }
    }

    // Not every server takes a system prompt in parts.
    private static List<ContentPart> Joined(List<ContentPart> parts)
    {
        if (parts.Count < 2 || !parts.TrueForAll(part => part is { Text: not null, IsPlain: true }))
            return parts;

        var all = new ArrayBufferWriter<byte>();
        foreach (var part in parts)
        {
            if (all.WrittenCount > 0)
                all.Write("\\n\\n"u8);
            all.Write(part.Text);
        }

        return [ContentPart.OfText(all.WrittenSpan)];
    }
}
