using System.Buffers;
using System.Diagnostics;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using CleanGateway.Application.Inference;
using static CleanGateway.Application.Telemetry.GenAiParts;

namespace CleanGateway.Application.Telemetry;

/// <summary>
/// What was said, in the form that OpenTelemetry's conventions give messages: a role, and parts with a type each. Parts
/// that the conventions have no form for are told as their API has them.
/// </summary>
/// <seealso href="https://opentelemetry.io/docs/specs/semconv/gen-ai/gen-ai-spans/#recording-content-on-attributes"/>
internal static class GenAiMessages
{
    private const string Omitted = "cleangateway.content.omitted";

    // A queue of spans has to fit into memory, whatever callers say.
    private const int LongestAttribute = 64 * 1024;
    private static readonly JsonWriterOptions Readable = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
    private static readonly JsonDocumentOptions Deep = new() { MaxDepth = 256 };

    /// <summary>Says on a span what a model was asked.</summary>
    public static void Asked(Activity span, ApiFormat api, ReadOnlyMemory<byte> request)
    {
        using var read = Parse(request);
        if (read is null || api == ApiFormat.Embeddings)
            return;

        var body = read.RootElement;
        if (Member(body, api == ApiFormat.Responses ? "instructions" : "system") is { } instructions)
            Set(span, "gen_ai.system_instructions", json => GenAiParts.Write(json, instructions));
        if (Member(body, api == ApiFormat.Responses ? "input" : "messages") is { } messages)
            Set(span, "gen_ai.input.messages", json => WriteAsked(json, messages));
    }

    /// <summary>Says on a span what an answer is called and how it ended; and what it says, where that is wanted.</summary>
    public static void Answered(Activity span, ApiFormat api, ReadOnlyMemory<byte> answer, bool withContent)
    {
        using var read = Parse(answer);
        if (read is null)
            return;

        var body = read.RootElement;
        if (Text(body, "id") is { } id)
            span.SetTag("gen_ai.response.id", id);
        var said = Said(api, body);
        if (said.Select(message => message.Reason).OfType<string>().ToArray() is { Length: > 0 } reasons)
            span.SetTag("gen_ai.response.finish_reasons", reasons);
        if (withContent && said.Count > 0)
            Set(span, "gen_ai.output.messages", json => WriteSaid(json, said));
    }

    private static List<(JsonElement Message, string? Reason)> Said(ApiFormat api, JsonElement body) => api switch
    {
        ApiFormat.ChatCompletions => Member(body, "choices") is { ValueKind: JsonValueKind.Array } choices
            ? [.. choices.EnumerateArray().Select(choice => (Member(choice, "message") ?? choice, Text(choice, "finish_reason")))]
            : [],
        ApiFormat.Messages => [(body, Text(body, "stop_reason"))],
        ApiFormat.Responses => [(body, Text(Member(body, "incomplete_details") ?? body, "reason") ?? Text(body, "status"))],
        _ => [],
    };

    private static void WriteAsked(Utf8JsonWriter json, JsonElement messages)
    {
        json.WriteStartArray();
        if (messages.ValueKind == JsonValueKind.Array)
        {
            foreach (var message in messages.EnumerateArray())
                WriteMessage(json, message, Text(message, "role") ?? RoleOf(message), reason: null);
        }
        else
        {
            WriteMessage(json, messages, "user", reason: null);
        }

        json.WriteEndArray();
    }

    private static void WriteSaid(Utf8JsonWriter json, List<(JsonElement Message, string? Reason)> said)
    {
        json.WriteStartArray();
        foreach (var (message, reason) in said)
            WriteMessage(json, message, Text(message, "role") ?? "assistant", reason ?? "");
        json.WriteEndArray();
    }

    private static void WriteMessage(Utf8JsonWriter json, JsonElement message, string role, string? reason)
    {
        json.WriteStartObject();
        json.WriteString("role", role);
        json.WritePropertyName("parts");
        GenAiParts.Write(json, message);
        if (reason is not null)
            json.WriteString("finish_reason", reason);
        json.WriteEndObject();
    }

    // Of OpenAI's Responses API: what tools and models did stands beside the messages, without a role.
    private static string RoleOf(JsonElement item) =>
        Text(item, "type")?.EndsWith("_output", StringComparison.Ordinal) == true ? "tool" : Text(item, "type") is null ? "user" : "assistant";

    private static void Set(Activity span, string name, Action<Utf8JsonWriter> write)
    {
        var text = new ArrayBufferWriter<byte>();
        try
        {
            using var json = new Utf8JsonWriter(text, Readable);
            write(json);
        }
        catch (InvalidOperationException)
        {
            // Half of a surrogate pair: JSON, and no Unicode.
            span.SetTag(Omitted, "not_unicode");
            return;
        }

        // Half a JSON text is none.
        if (text.WrittenCount <= LongestAttribute)
            span.SetTag(name, Encoding.UTF8.GetString(text.WrittenSpan));
        else
            span.SetTag(Omitted, "too_large");
    }

    private static JsonDocument? Parse(ReadOnlyMemory<byte> json)
    {
        if (json.Span.StartsWith(Encoding.UTF8.Preamble))
            json = json[Encoding.UTF8.Preamble.Length..];
        try
        {
            return JsonDocument.Parse(json, Deep);
        }
        catch (JsonException)
        {
            return null;   // telemetry of what is no JSON has no more to tell
        }
    }

    private static string? Text(JsonElement from, string name) =>
        Member(from, name) is { ValueKind: JsonValueKind.String } text ? TextOf(text) : null;
}
