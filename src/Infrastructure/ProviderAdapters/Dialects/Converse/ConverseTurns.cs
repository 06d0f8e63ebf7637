using System.Text.Json;
using CleanGateway.Infrastructure.ProviderAdapters.Dialects.Chat;

namespace CleanGateway.Infrastructure.ProviderAdapters.Dialects.Converse;

/// <summary>
/// The messages of a chat as Converse wants them: the system's apart, the others in turns of user and assistant, the first
/// of them the user's, none of them empty.
/// </summary>
/// <param name="thoughtsOf">The signed thoughts of an assistant's message; none where they are not known.</param>
internal sealed class ConverseTurns(
    BedrockModel model, ToolNames names, UnsaidParams unsaid, Func<ChatMessage, IReadOnlyList<ThinkingBlock>> thoughtsOf)
{
    private readonly List<Action<Utf8JsonWriter>> system = [];
    private readonly List<Turn> turns = [];
    private readonly ConverseMedia media = new(model, unsaid);

    public void Add(IReadOnlyList<ChatMessage> messages)
    {
        foreach (var (index, message) in messages.Index())
        {
            if (message.Role == ChatRole.System)
                AddSystem(message);
            else if (message.Role == ChatRole.Assistant)
                AddAssistant(message, isLast: index == messages.Count - 1);
            else if (message.Role == ChatRole.Tool)
                AddResult(message);
            else
                AddContent(TurnOf("user").Others, message.Parts);
        }

        turns.RemoveAll(turn => turn.IsEmpty);
        if (turns.Count == 0 || turns[0].Role != "user")
        {
            unsaid.Refuse(
                "messages", turns.Count == 0
                    ? "Bedrock needs at least one message of the user that is not blank."
                    : "Bedrock wants a conversation to begin with a message of the user, but the first is the assistant's.");
        }
    }

    /// <summary>Says something to the model that the caller has not written.</summary>
    public void Hint(string text) => system.Add(json => WriteText(json, text));

    /// <summary>Writes <c>system</c>, where there is any, and <c>messages</c>.</summary>
    public void WriteTo(Utf8JsonWriter json)
    {
        if (system.Count > 0)
        {
            json.WriteStartArray("system");
            system.ForEach(write => write(json));
            json.WriteEndArray();
        }

        json.WriteStartArray("messages");
        foreach (var turn in turns)
        {
            json.WriteStartObject();
            json.WriteString("role", turn.Role);
            json.WriteStartArray("content");
            foreach (var block in turn.Results.Concat(turn.Others))
                block.Write(json);

            // A document by itself is refused.
            var hasText = turn.Others.Exists(block => block.Kind == BlockKind.Text);
            if (!hasText && turn.Others.Find(block => block.Kind == BlockKind.Document) is { } document)
                WriteText(json, $"Document: {document.Name}");
            json.WriteEndArray();
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    public static void WriteCachePoint(Utf8JsonWriter json, CacheMark mark)
    {
        json.WriteStartObject();
        json.WriteStartObject("cachePoint");
        json.WriteString("type", "default");
        if (mark.Ttl is not null)
            json.WriteString("ttl", mark.Ttl);
        json.WriteEndObject();
        json.WriteEndObject();
    }

    private Turn TurnOf(string role)
    {
        // Messages without content are none: those around them are one turn. Only the last can still be empty.
        if (turns.Count > 0 && turns[^1].IsEmpty)
            turns.RemoveAt(turns.Count - 1);
        if (turns.Count == 0 || turns[^1].Role != role)
            turns.Add(new Turn(role));
        return turns[^1];
    }

    private void AddSystem(ChatMessage message)
    {
        foreach (var part in message.Parts)
        {
            if (part is not TextPart text)
            {
                unsaid.Refuse(part.Path, "Bedrock takes only text in system messages.");
            }
            else if (!string.IsNullOrWhiteSpace(text.Text))
            {
                if (!model.TakesSystem)
                    unsaid.Refuse(message.Path, "this model takes no system messages.");
                system.Add(json => WriteText(json, text.Text));
                if (PointAfter(part) is { } point)
                    system.Add(point.Write);
            }
        }
    }

    private void AddAssistant(ChatMessage message, bool isLast)
    {
        var turn = TurnOf("assistant");
        foreach (var block in thoughtsOf(message))
            turn.Others.Add(Thought(block));

        // What an answer shall begin with must not end in blanks.
        IReadOnlyList<ChatPart> parts = isLast && message.ToolCalls.Count == 0 && message.Parts.Count > 0 && message.Parts[^1] is TextPart last
            ? [.. message.Parts.SkipLast(1), last with { Text = last.Text.TrimEnd() }]
            : message.Parts;
        AddContent(turn.Others, parts);
        foreach (var call in message.ToolCalls)
            turn.Others.Add(Call(call));
    }

    // Results stand before what the user says with them: the provider looks for them there.
    private void AddResult(ChatMessage message)
    {
        var content = new List<ConverseBlock>();
        if (message.Parts is [TextPart only] && ObjectIn(only.Text) is { } json)
            content.Add(Member("json", json.WriteTo));
        else
            AddContent(content, [.. message.Parts.Select(part => part with { Cache = null })]);
        if (content.Count == 0)
            content.Add(Member("json", static writer =>
            {
                writer.WriteStartObject();
                writer.WriteEndObject();
            }));

        var results = TurnOf("user").Results;
        results.Add(Member("toolResult", writer =>
        {
            writer.WriteStartObject();
            writer.WriteString("toolUseId", names.SentId(message.ToolCallId!));
            writer.WriteStartArray("content");
            content.ForEach(block => block.Write(writer));
            writer.WriteEndArray();
            writer.WriteEndObject();
        }));
        if (message.Parts.Select(PointAfter).LastOrDefault(point => point is not null) is { } after)
            results.Add(after);
    }

    private void AddContent(List<ConverseBlock> blocks, IReadOnlyList<ChatPart> parts)
    {
        foreach (var part in parts)
        {
            var block = part switch
            {
                TextPart text => string.IsNullOrWhiteSpace(text.Text) ? null : new ConverseBlock(BlockKind.Text, json => WriteText(json, text.Text)),
                PicturePart picture => media.Picture(picture),
                SoundPart sound => media.Sound(sound),
                FilePart file => media.Document(file),
                _ => throw new ArgumentException($"{part.GetType().Name} is no part of a message."),
            };
            if (block is null)
                continue;

            blocks.Add(block);
            if (PointAfter(part) is { } point)
                blocks.Add(point);
        }
    }

    private ConverseBlock? PointAfter(ChatPart part)
    {
        if (part.Cache is not { } mark)
            return null;

        if (!model.CachesPrompts)
        {
            unsaid.AddDropped("cache_control");
            return null;
        }

        if (mark.Ttl is not (null or "5m" or "1h"))
            unsaid.Refuse($"{part.Path}.cache_control.ttl", "Bedrock keeps prompts for 5m or 1h.");
        return new ConverseBlock(BlockKind.Other, json => WriteCachePoint(json, mark));
    }

    private ConverseBlock Call(ChatToolCall call) => Member("toolUse", json =>
    {
        json.WriteStartObject();
        json.WriteString("toolUseId", names.SentId(call.Id));
        json.WriteString("name", names.Sent(call.Name));
        json.WritePropertyName("input");
        call.Arguments.WriteTo(json);
        json.WriteEndObject();
    });

    private static ConverseBlock Thought(ThinkingBlock block) => Member("reasoningContent", json =>
    {
        json.WriteStartObject();
        if (block.Data is not null)
        {
            json.WriteString("redactedContent", block.Data);
        }
        else
        {
            json.WriteStartObject("reasoningText");
            json.WriteString("text", block.Text);
            json.WriteString("signature", block.Signature);
            json.WriteEndObject();
        }

        json.WriteEndObject();
    });

    private static ConverseBlock Member(string name, Action<Utf8JsonWriter> value) => new(BlockKind.Other, json =>
    {
        json.WriteStartObject();
        json.WritePropertyName(name);
        value(json);
        json.WriteEndObject();
    });

    private static void WriteText(Utf8JsonWriter json, string text)
    {
        json.WriteStartObject();
        json.WriteString("text", text);
        json.WriteEndObject();
    }

    private static JsonElement? ObjectIn(string text)
    {
        if (!text.AsSpan().TrimStart().StartsWith('{'))
            return null;

        try
        {
            return JsonElement.Parse(text);
        }
        catch (JsonException)
        {
            return null;   // a text that only begins like one
        }
    }

    private sealed record Turn(string Role)
    {
        /// <summary>Of tools.</summary>
        public List<ConverseBlock> Results { get; } = [];
        public List<ConverseBlock> Others { get; } = [];
        public bool IsEmpty => Results.Count == 0 && Others.Count == 0;
    }
}
