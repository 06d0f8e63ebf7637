using System.Text.Json;

namespace CleanGateway.Infrastructure.ProviderAdapters.Dialects.Chat;

internal enum ChatRole
{
    /// <summary>Also <c>developer</c>, which is OpenAI's newer word for it.</summary>
    System,
    User,
    Assistant,

    /// <summary>Also the older <c>function</c>.</summary>
    Tool,
}

/// <summary>A message of a chat request.</summary>
/// <param name="Path">How errors name it: <c>messages[2]</c>.</param>
/// <param name="Parts">What is in it, a text of its own as one part; without texts that are empty.</param>
internal sealed record ChatMessage(string Path, ChatRole Role, IReadOnlyList<ChatPart> Parts)
{
    public IReadOnlyList<ChatToolCall> ToolCalls { get; init; } = [];

    /// <summary>Which call a tool's message answers; only there, and then never null.</summary>
    public string? ToolCallId { get; init; }

    /// <summary>The name of the tool that was called with <see cref="ToolCallId"/>, where an earlier message tells it.</summary>
    public string? ToolName { get; init; }

    /// <summary>What an assistant thought, as <c>reasoning_content</c> or <c>reasoning</c> brings it back.</summary>
    public string? Reasoning { get; init; }

    /// <summary>Thoughts with their signatures, as this gateway hands them out in <c>thinking_blocks</c>.</summary>
    public IReadOnlyList<ThinkingBlock> Thinking { get; init; } = [];
}

/// <summary>A prompt up to here is worth being cached by the provider.</summary>
/// <param name="Ttl">For how long: <c>5m</c>, <c>1h</c>; null is as usual.</param>
internal sealed record CacheMark(string? Ttl);

/// <param name="Path">How errors name it: <c>messages[2].content[0]</c>.</param>
internal abstract record ChatPart(string Path)
{
    public CacheMark? Cache { get; init; }
}

internal sealed record TextPart(string Path, string Text) : ChatPart(Path);

/// <summary>A picture, in the request or at a URL.</summary>
/// <param name="Data">Null when it is at <paramref name="Url"/>.</param>
/// <param name="Url">Null when it is in the request.</param>
internal sealed record PicturePart(string Path, Media? Data, string? Url, string? Detail) : ChatPart(Path);

/// <param name="Format"><c>wav</c> or <c>mp3</c>.</param>
internal sealed record SoundPart(string Path, Media Data, string Format) : ChatPart(Path);

/// <summary>A document, in the request or kept by the provider.</summary>
/// <param name="Data">Null when it is at the provider, as <paramref name="FileId"/>.</param>
internal sealed record FilePart(string Path, Media? Data, string? FileName, string? FileId) : ChatPart(Path);

/// <param name="MediaType">As in RFC 6838, in lower case, without parameters.</param>
/// <param name="Base64">Valid, with padding.</param>
internal sealed record Media(string MediaType, string Base64);

/// <summary>A call of a tool that an assistant made.</summary>
/// <param name="Path">How errors name it: <c>messages[2].tool_calls[0]</c>.</param>
/// <param name="Arguments">An object; empty where the call had none.</param>
/// <param name="ExtraContent">What a provider wants back with it, under the provider's name: <c>{"google":{"thought_signature":…}}</c>.</param>
internal sealed record ChatToolCall(string Path, string Id, string Name, JsonElement Arguments, JsonElement? ExtraContent);

/// <summary>A thought as a provider signed it: it takes it back only unchanged.</summary>
/// <param name="Text">Null when the provider has hidden it in <paramref name="Data"/>.</param>
/// <param name="Data">A thought that nobody but the provider can read; null when it is open.</param>
internal sealed record ThinkingBlock(string? Text, string? Signature, string? Data);

/// <summary>A function that the model may call.</summary>
/// <param name="Path">How errors name it: <c>tools[0]</c>.</param>
/// <param name="Parameters">A JSON schema; null when it takes none.</param>
internal sealed record ChatTool(string Path, string Name, string? Description, JsonElement? Parameters, bool? Strict, CacheMark? Cache);

internal enum ToolChoiceMode
{
    Auto,
    None,
    Required,

    /// <summary>Exactly the one of <see cref="ToolChoice.Name"/>.</summary>
    Named,
}

/// <param name="Allowed">Only these of the tools; null is all of them.</param>
internal sealed record ToolChoice(ToolChoiceMode Mode, string? Name = null, IReadOnlyList<string>? Allowed = null)
{
    /// <summary>Those of the tools that are allowed, in their order.</summary>
    public IReadOnlyList<ChatTool> Among(IReadOnlyList<ChatTool> tools)
    {
        if (Allowed is null)
            return tools;

        var allowed = Allowed.ToHashSet(StringComparer.Ordinal);
        return [.. tools.Where(tool => allowed.Contains(tool.Name))];
    }
}

/// <summary>The form the answer shall have.</summary>
/// <param name="Schema">Null when any JSON object will do.</param>
internal sealed record AnswerFormat(JsonElement? Schema, string? Name, string? Description, bool? Strict);
