using System.Text.Json;
using CleanGateway.Domain.Common;
using CleanGateway.Domain.Models;
using CleanGateway.Infrastructure.ProviderAdapters.Dialects.Chat;

namespace CleanGateway.Infrastructure.ProviderAdapters.Dialects.Gemini;

/// <summary>
/// Writes the turns of a chat. Gemini knows two roles that take turns, the user first; the results of a turn's tools stand
/// together in the next one, as many as there were calls.
/// </summary>
internal sealed class GeminiContents(
    Utf8JsonWriter json, GeminiMedia media, GeminiNames names, ModelCapabilities model, GeminiStyle style,
    ThoughtMemory thoughts, ThoughtOwner owner)
{
    /// <summary>Ids with it are the gateway's: Google, which did not give them, does not get them.</summary>
    public const string OwnIdPrefix = "call_gw_";

    /// <summary>Google's documented word for a call whose signature is not known: it is then not checked.</summary>
    private const string NoSignature = "skip_thought_signature_validator";

    // The model's calls that are waiting for their results, and what has come of these.
    private readonly List<ChatToolCall> calls = [];
    private readonly Dictionary<string, Queue<ChatToolCall>> open = new(StringComparer.Ordinal);
    private readonly Dictionary<ChatToolCall, ChatMessage> results = new(ReferenceEqualityComparer.Instance);
    private string? role;

    /// <exception cref="GatewayException">Something in the messages cannot be said.</exception>
    public void Write(IReadOnlyList<ChatMessage> messages, bool systemAsUser)
    {
        json.WriteStartArray("contents");
        foreach (var message in messages)
        {
            if (message.Role == ChatRole.Tool)
            {
                Take(message);
                continue;
            }

            if (message.Role == ChatRole.System && !systemAsUser)
                continue;

            if (message.Role != ChatRole.Assistant || results.Count > 0)
                WriteResults();
            WriteTurn(message);
        }

        WriteResults();
        if (role is null)
            throw ChatJson.Missing("messages[0].content");

        EndTurn();
        json.WriteEndArray();
    }

    // Ids that models of other providers have given, and Google's own: those of OpenAI and Anthropic are known by their beginnings.
    private static bool IsGoogles(string id) =>
        !id.StartsWith("call_", StringComparison.Ordinal) && !id.StartsWith("toolu", StringComparison.Ordinal);

    private void WriteTurn(ChatMessage message)
    {
        if (message.Parts.Count == 0 && message.ToolCalls.Count == 0)
            return;

        BeginTurn(message.Role == ChatRole.Assistant ? "model" : "user");
        foreach (var part in message.Parts)
            WritePart(part);

        var signed = message.ToolCalls.Select(call => (Call: call, Signature: style.Signatures ? SignatureOf(call) : null)).ToList();
        if (signed.Count > 0 && signed[0].Signature is null && calls.Count == 0 && model.Can("requires_thought_signatures") == true)
            signed[0] = (signed[0].Call, NoSignature);
        foreach (var (call, signature) in signed)
            WriteCall(call, signature);
        foreach (var call in message.ToolCalls)
        {
            calls.Add(call);
            if (!open.TryGetValue(call.Id, out var alike))
                open[call.Id] = alike = new Queue<ChatToolCall>();
            alike.Enqueue(call);
        }
    }

    private void WritePart(ChatPart part)
    {
        if (part is TextPart text)
            WriteText(text.Text);
        else
            media.Write(json, part);
    }

    private void WriteText(string text)
    {
        json.WriteStartObject();
        json.WriteString("text", text);
        json.WriteEndObject();
    }

    // The caller's, else what was kept when the call was made.
    private string? SignatureOf(ChatToolCall call) =>
        call.ExtraContent?.Given("google")?.Given("thought_signature") is { ValueKind: JsonValueKind.String } given
            ? given.GetString()
            : thoughts.Find(owner, call.Id)?.Select(block => block.Signature).FirstOrDefault();

    private void WriteCall(ChatToolCall call, string? signature)
    {
        json.WriteStartObject();
        json.WriteStartObject("functionCall");
        WriteId(call.Id);
        json.WriteString("name", names.ToGoogle(call.Name));
        json.WritePropertyName("args");
        call.Arguments.WriteTo(json);
        json.WriteEndObject();
        if (!string.IsNullOrEmpty(signature))
            json.WriteString("thoughtSignature", signature);
        json.WriteEndObject();
    }

    private void WriteId(string id)
    {
        if (IsGoogles(id))
            json.WriteString("id", id);
    }

    // Calls of the older form have no ids of their own, and may share one.
    private void Take(ChatMessage result)
    {
        if (!open.TryGetValue(result.ToolCallId!, out var alike) || !alike.TryDequeue(out var call))
        {
            throw new GatewayException(GatewayError.Invalid(
                $"Invalid '{result.Path}': a tool's message has to answer a call of the assistant's message before it, and none with its id is left.",
                $"{result.Path}.tool_call_id", "invalid_value"));
        }

        results[call] = result;
    }

    private void WriteResults()
    {
        if (calls.Count == 0)
            return;

        if (calls.Find(call => !results.ContainsKey(call)) is { } unanswered)
        {
            throw new GatewayException(GatewayError.Invalid(
                $"Invalid '{unanswered.Path}': every call of a tool has to be followed by a message with the role 'tool' that answers it.",
                unanswered.Path, "invalid_value"));
        }

        BeginTurn("user");
        foreach (var call in calls)
            WriteResult(call, results[call]);

        // Pictures that tools have answered stand behind the results, which are counted.
        foreach (var part in calls.SelectMany(call => results[call].Parts).Where(part => part is not TextPart))
            WritePart(part);
        calls.Clear();
        open.Clear();
        results.Clear();
    }

    private void WriteResult(ChatToolCall call, ChatMessage result)
    {
        json.WriteStartObject();
        json.WriteStartObject("functionResponse");
        WriteId(call.Id);
        json.WriteString("name", names.ToGoogle(call.Name));
        json.WritePropertyName("response");
        WriteOutput(string.Concat(result.Parts.OfType<TextPart>().Select(part => part.Text)));
        json.WriteEndObject();
        json.WriteEndObject();
    }

    private void WriteOutput(string text)
    {
        if (ObjectOf(text) is { } output)
        {
            output.WriteTo(json);
            return;
        }

        json.WriteStartObject();
        json.WriteString("output", text);
        json.WriteEndObject();
    }

    private static JsonElement? ObjectOf(string text)
    {
        if (!text.AsSpan().TrimStart().StartsWith('{'))
            return null;

        try
        {
            var value = JsonElement.Parse(text);
            return value.ValueKind == JsonValueKind.Object ? value : null;
        }
        catch (JsonException)
        {
            return null;   // a tool may answer anything
        }
    }

    private void BeginTurn(string next)
    {
        if (role == next)
            return;

        // A chat that begins with what the model said: there has to be a turn before it.
        if (role is null && next == "model")
        {
            BeginTurn("user");
            WriteText(" ");
        }

        EndTurn();
        role = next;
        json.WriteStartObject();
        json.WriteString("role", next);
        json.WriteStartArray("parts");
    }

    private void EndTurn()
    {
        if (role is null)
            return;

        json.WriteEndArray();
        json.WriteEndObject();
    }
}
