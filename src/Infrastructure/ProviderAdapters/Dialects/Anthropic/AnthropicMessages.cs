using System.Text;
using System.Text.Json;
using CleanGateway.Domain.Common;
using CleanGateway.Infrastructure.ProviderAdapters.Dialects.Chat;

namespace CleanGateway.Infrastructure.ProviderAdapters.Dialects.Anthropic;

/// <summary>Says a chat's messages: system texts apart, and turns of users and assistants that alternate.</summary>
internal sealed class AnthropicMessages(
    ParsedChat chat, ClaudeTraits traits, AnthropicSurface surface, ThoughtMemory thoughts, ThoughtOwner owner, UnsaidParams unsaid)
{
    private static readonly string[] PictureTypes = ["image/jpeg", "image/png", "image/gif", "image/webp"];

    // Strict: bytes that are no UTF-8 are no text.
    private static readonly UTF8Encoding Utf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>
    /// The last turn's calls were made without thoughts that are known: a model that is given a budget to think refuses that.
    /// Of several calls in a row only the first must have them.
    /// </summary>
    public bool LacksThoughts
    {
        get
        {
            var turn = chat.Messages.Reverse().TakeWhile(message => message.Role != ChatRole.User);
            var first = turn.LastOrDefault(message => message.ToolCalls.Count > 0);
            return first is not null && ThoughtsOf(first).Count == 0;
        }
    }

    /// <param name="instruction">The gateway's own, behind the caller's; null when there is none.</param>
    public void WriteSystem(Utf8JsonWriter json, string? instruction)
    {
        var parts = PartsOf(chat.Messages, ChatRole.System);
        if (parts.Count == 0 && instruction is null)
            return;

        json.WriteStartArray("system");
        foreach (var part in parts)
        {
            if (part is TextPart)
                WritePart(json, part);
            else
                unsaid.Refuse(part.Path, "system messages are text.");
        }

        if (instruction is not null)
            WriteText(json, instruction, cache: null);
        json.WriteEndArray();
    }

    /// <exception cref="GatewayException">There are none but system messages.</exception>
    public void WriteMessages(Utf8JsonWriter json)
    {
        json.WriteStartArray("messages");
        var said = chat.Messages.Where(message => message.Role switch
        {
            ChatRole.System => false,
            ChatRole.Assistant => SaysSomething(message),
            _ => true,
        }).ToList();
        if (said.Count == 0)
            throw Empty("messages", "a message of a user");

        for (var start = 0; start < said.Count;)
        {
            var isAssistant = said[start].Role == ChatRole.Assistant;
            var turn = said.Skip(start).TakeWhile(message => (message.Role == ChatRole.Assistant) == isAssistant).ToList();
            start += turn.Count;
            json.WriteStartObject();
            json.WriteString("role", isAssistant ? "assistant" : "user");
            json.WriteStartArray("content");
            if (isAssistant)
                turn.ForEach(message => WriteAssistant(json, message, isLast: start == said.Count && message == turn[^1]));
            else
                WriteUser(json, turn);
            json.WriteEndArray();
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    public static void WriteCache(Utf8JsonWriter json, CacheMark? mark)
    {
        if (mark is null)
            return;

        json.WriteStartObject("cache_control");
        json.WriteString("type", "ephemeral");
        if (mark.Ttl is not null)
            json.WriteString("ttl", mark.Ttl);
        json.WriteEndObject();
    }

    // The results of the tools have to be first.
    private void WriteUser(Utf8JsonWriter json, List<ChatMessage> turn)
    {
        foreach (var result in turn.Where(message => message.Role == ChatRole.Tool))
            WriteResult(json, result);

        var parts = PartsOf(turn, ChatRole.User);
        foreach (var part in parts)
            WritePart(json, part);
        if (parts.Count == 0 && turn.TrueForAll(message => message.Role == ChatRole.User))
            throw Empty($"{turn[0].Path}.content", "more than white space");
    }

    private void WriteResult(Utf8JsonWriter json, ChatMessage result)
    {
        json.WriteStartObject();
        json.WriteString("type", "tool_result");
        json.WriteString("tool_use_id", CallId(result.ToolCallId!));
        var parts = result.Parts.Where(part => !IsBlank(part)).ToList();
        if (parts is [TextPart only])
        {
            json.WriteString("content", only.Text);
        }
        else if (parts.Count > 0)
        {
            json.WriteStartArray("content");
            foreach (var part in parts)
                WritePart(json, part with { Cache = null });
            json.WriteEndArray();
        }

        WriteCache(json, result.Parts.LastOrDefault(part => part.Cache is not null)?.Cache);
        json.WriteEndObject();
    }

    private void WriteAssistant(Utf8JsonWriter json, ChatMessage message, bool isLast)
    {
        foreach (var block in ThoughtsOf(message))
            WriteThought(json, block);
        if (traits.TakesThoughts && AreMixed(message))
            unsaid.AddDropped("thinking_blocks");

        var parts = message.Parts.Where(part => !IsBlank(part)).ToList();
        foreach (var part in parts)
        {
            // An answer that is begun may not end in white space.
            if (part is not TextPart text)
                unsaid.Refuse(part.Path, "an assistant's message has text and calls only.");
            else if (isLast && message.ToolCalls.Count == 0 && part == parts[^1])
                WritePart(json, text with { Text = text.Text.TrimEnd() });
            else
                WritePart(json, part);
        }

        foreach (var call in message.ToolCalls)
        {
            json.WriteStartObject();
            json.WriteString("type", "tool_use");
            json.WriteString("id", CallId(call.Id));
            json.WriteString("name", call.Name);
            json.WritePropertyName("input");
            call.Arguments.WriteTo(json);
            json.WriteEndObject();
        }
    }

    private static void WriteThought(Utf8JsonWriter json, ThinkingBlock block)
    {
        json.WriteStartObject();
        json.WriteString("type", block.Data is null ? "thinking" : "redacted_thinking");
        if (block.Data is not null)
        {
            json.WriteString("data", block.Data);
        }
        else
        {
            json.WriteString("thinking", block.Text);
            json.WriteString("signature", block.Signature);
        }

        json.WriteEndObject();
    }

    private void WritePart(Utf8JsonWriter json, ChatPart part)
    {
        switch (part)
        {
            case TextPart text:
                WriteText(json, text.Text, text.Cache);
                break;
            case PicturePart picture:
                WritePicture(json, picture);
                break;
            case FilePart file:
                WriteFile(json, file);
                break;
            case SoundPart:
                unsaid.Refuse(part.Path, "Claude does not hear.");
                break;
            default:
                throw new InvalidOperationException($"{part.GetType()} is no part of a message.");
        }
    }

    private static void WriteText(Utf8JsonWriter json, string text, CacheMark? cache)
    {
        json.WriteStartObject();
        json.WriteString("type", "text");
        json.WriteString("text", text);
        WriteCache(json, cache);
        json.WriteEndObject();
    }

    private void WritePicture(Utf8JsonWriter json, PicturePart picture)
    {
        if (!traits.Pictures)
            unsaid.Refuse(picture.Path, "the model does not see.");
        else if (picture.Data is { } data && !PictureTypes.Contains(data.MediaType))
            unsaid.Refuse(picture.Path, $"Claude knows pictures of {string.Join(", ", PictureTypes)}, and this is {data.MediaType}.");
        else if (picture.Url is not null && !surface.FetchesUrls)
            unsaid.Refuse(picture.Path, "this provider fetches no pictures. Send it as a data URL.");
        else if (picture.Data is { } media)
            WriteSource(json, "image", "base64", ("media_type", media.MediaType), ("data", media.Base64), null, picture.Cache);
        else
            WriteSource(json, "image", "url", ("url", picture.Url!), null, null, picture.Cache);
    }

    private void WriteFile(Utf8JsonWriter json, FilePart file)
    {
        if (file.Data is { } picture && PictureTypes.Contains(picture.MediaType))
            WritePicture(json, new PicturePart(file.Path, picture, null, null) { Cache = file.Cache });
        else if (!traits.Documents)
            unsaid.Refuse(file.Path, "the model reads no documents.");
        else if (file.FileId is { } id && surface.KeepsFiles)
            WriteSource(json, "document", "file", ("file_id", id), null, file.FileName, file.Cache);
        else if (file.FileId is not null)
            unsaid.Refuse($"{file.Path}.file.file_id", "files are not kept there. Send the file's content in 'file_data'.");
        else if (file.Data is { MediaType: "application/pdf" } pdf)
            WriteSource(json, "document", "base64", ("media_type", pdf.MediaType), ("data", pdf.Base64), file.FileName, file.Cache);
        else if (file.Data is { } data && data.MediaType.StartsWith("text/", StringComparison.Ordinal) && TextOf(data) is { } text)
            WriteSource(json, "document", "text", ("media_type", "text/plain"), ("data", text), file.FileName, file.Cache);
        else
            unsaid.Refuse(file.Path, $"Claude reads documents of application/pdf and text, and this is {file.Data?.MediaType}.");
    }

    private static void WriteSource(
        Utf8JsonWriter json, string block, string type, (string Name, string Value) first, (string Name, string Value)? second, string? title,
        CacheMark? cache)
    {
        json.WriteStartObject();
        json.WriteString("type", block);
        json.WriteStartObject("source");
        json.WriteString("type", type);
        json.WriteString(first.Name, first.Value);
        if (second is { } other)
            json.WriteString(other.Name, other.Value);
        json.WriteEndObject();
        if (title is not null)
            json.WriteString("title", title);
        WriteCache(json, cache);
        json.WriteEndObject();
    }

    // The caller's own, or those that are remembered; unsigned ones are taken back by nobody.
    private IReadOnlyList<ThinkingBlock> ThoughtsOf(ChatMessage message)
    {
        if (!traits.TakesThoughts || AreMixed(message))
            return [];

        var own = message.Thinking.Where(block => block.Data is not null || block.Signature is { Length: > 0 }).ToList();
        return own.Count > 0
            ? own
            : Remembered(message) ?? [];
    }

    private IReadOnlyList<ThinkingBlock>? Remembered(ChatMessage message) =>
        message.ToolCalls.Select(call => thoughts.Find(owner, call.Id)).FirstOrDefault(found => found is not null);

    // Its thoughts stood between its words, where a chat cannot bring them back to.
    private bool AreMixed(ChatMessage message) => Remembered(message) is { Count: 0 };

    private bool SaysSomething(ChatMessage message) =>
        message.ToolCalls.Count > 0 || message.Parts.Any(part => !IsBlank(part)) || ThoughtsOf(message).Count > 0;

    private static List<ChatPart> PartsOf(IEnumerable<ChatMessage> messages, ChatRole role) =>
        [.. messages.Where(message => message.Role == role).SelectMany(message => message.Parts).Where(part => !IsBlank(part))];

    private static bool IsBlank(ChatPart part) => part is TextPart text && string.IsNullOrWhiteSpace(text.Text);

    // Other providers make ids of other letters; the same change on both sides keeps them together.
    private static string CallId(string id) => id.All(IsPlain)
        ? id
        : string.Concat(id.Select(letter => IsPlain(letter) ? letter : '_'));

    private static bool IsPlain(char letter) => char.IsAsciiLetterOrDigit(letter) || letter is '_' or '-';

    private static string? TextOf(Media data)
    {
        try
        {
            return Utf8.GetString(Convert.FromBase64String(data.Base64));
        }
        catch (DecoderFallbackException)
        {
            return null;
        }
    }

    private static GatewayException Empty(string path, string needed) =>
        new(GatewayError.Invalid($"Invalid '{path}': the model needs {needed}.", path, "invalid_value"));
}
