using System.Text.Json;

namespace CleanGateway.Application.Telemetry;

/// <summary>The parts of a message, from the ways in which the APIs write them.</summary>
internal static class GenAiParts
{
    /// <param name="said">A text, a part, an array of parts, or a message of any API.</param>
    public static void Write(Utf8JsonWriter json, JsonElement said)
    {
        json.WriteStartArray();
        WriteEach(json, said);
        json.WriteEndArray();
    }

    /// <summary>A string's text; one that holds half of a surrogate pair has it replaced.</summary>
    public static string TextOf(JsonElement text)
    {
        try
        {
            return text.GetString() ?? "";
        }
        catch (InvalidOperationException)
        {
            return "\uFFFD";
        }
    }

    private static void WriteEach(Utf8JsonWriter json, JsonElement said)
    {
        switch (said.ValueKind)
        {
            case JsonValueKind.String:
                WriteText(json, "text", said);
                break;
            case JsonValueKind.Array:
                foreach (var part in said.EnumerateArray())
                    WriteEach(json, part);
                break;
            case JsonValueKind.Object:
                WritePart(json, said);
                break;
        }
    }

    private static void WritePart(Utf8JsonWriter json, JsonElement part)
    {
        switch (Type(part))
        {
            case "text" or "input_text" or "output_text":
                WriteText(json, "text", Member(part, "text"));
                break;
            case "thinking":
                WriteText(json, "reasoning", Member(part, "thinking"));
                break;
            case "function":
                WriteToolCall(json, Member(part, "id"), Member(part, "function") is { } function ? Member(function, "name") : null, ArgumentsOf(part));
                break;
            case "tool_use":
                WriteToolCall(json, Member(part, "id"), Member(part, "name"), Member(part, "input"));
                break;
            case "function_call":
                WriteToolCall(json, Member(part, "call_id"), Member(part, "name"), Member(part, "arguments"));
                break;
            case "tool_result":
                WriteToolResponse(json, Member(part, "tool_use_id"), Member(part, "content"));
                break;
            case "function_call_output":
                WriteToolResponse(json, Member(part, "call_id"), Member(part, "output"));
                break;
            case null or "message" or "response":
                WriteMessage(json, part);
                break;
            default:
                part.WriteTo(json);   // has a type, as the conventions ask of parts that are not theirs
                break;
        }
    }

    // A chat's message, Anthropic's, OpenAI's items and responses: what they have in common is where their words stand.
    private static void WriteMessage(Utf8JsonWriter json, JsonElement message)
    {
        if (Member(message, "tool_call_id") is { } answered)
        {
            WriteToolResponse(json, answered, Member(message, "content"));
            return;
        }

        if (Member(message, "reasoning_content") is { ValueKind: JsonValueKind.String } reasoning)
            WriteText(json, "reasoning", reasoning);
        foreach (var name in (ReadOnlySpan<string>)["content", "refusal", "tool_calls", "output"])
        {
            if (Member(message, name) is { } member)
                WriteEach(json, member);
        }
    }

    private static void WriteText(Utf8JsonWriter json, string type, JsonElement? text)
    {
        json.WriteStartObject();
        json.WriteString("type", type);
        json.WriteString("content", text is { ValueKind: JsonValueKind.String } words ? TextOf(words) : "");
        json.WriteEndObject();
    }

    private static void WriteToolCall(Utf8JsonWriter json, JsonElement? id, JsonElement? name, JsonElement? arguments)
    {
        json.WriteStartObject();
        json.WriteString("type", "tool_call");
        WriteMember(json, "id", id);
        WriteMember(json, "name", name);
        WriteMember(json, "arguments", arguments);
        json.WriteEndObject();
    }

    private static void WriteToolResponse(Utf8JsonWriter json, JsonElement? id, JsonElement? response)
    {
        json.WriteStartObject();
        json.WriteString("type", "tool_call_response");
        WriteMember(json, "id", id);
        WriteMember(json, "response", response);
        json.WriteEndObject();
    }

    private static void WriteMember(Utf8JsonWriter json, string name, JsonElement? value)
    {
        if (value is { } given)
        {
            json.WritePropertyName(name);
            given.WriteTo(json);
        }
        else
        {
            json.WriteNull(name);
        }
    }

    private static JsonElement? ArgumentsOf(JsonElement call) => Member(call, "function") is { } function ? Member(function, "arguments") : null;

    private static string? Type(JsonElement part) => Member(part, "type") is { ValueKind: JsonValueKind.String } type ? TextOf(type) : null;

    /// <summary>A member of an object; null where it has none of that name, where that is null, and where it is no object.</summary>
    public static JsonElement? Member(JsonElement from, string name)
    {
        try
        {
            return from.ValueKind == JsonValueKind.Object && from.TryGetProperty(name, out var member) && member.ValueKind != JsonValueKind.Null
                ? member
                : null;
        }
        catch (InvalidOperationException)
        {
            return null;   // one of the names is half of a surrogate pair: JSON, and no Unicode
        }
    }
}
