using System.Text;
using System.Text.Json;
using CleanGateway.Infrastructure.ProviderAdapters.Dialects.Chat;

namespace CleanGateway.Infrastructure.ProviderAdapters.Dialects.Converse;

/// <summary>Reads one content block, whole or as it comes. Blocks of text have no beginning of their own in a stream.</summary>
internal sealed class ConverseBlockReader(ConverseBlocks blocks)
{
    private readonly StringBuilder thought = new();
    private readonly StringBuilder hidden = new();
    private readonly List<(string Url, string Title)> sources = [];
    private readonly int start = blocks.TextLength;
    private string? signature;
    private string pictureFormat = "png";
    private bool isCall;
    private bool hasArguments;
    private int? call;

    /// <summary>A block of a whole answer; one of an unknown kind says nothing.</summary>
    public static void ReadWhole(ConverseBlocks blocks, JsonElement block)
    {
        var reader = new ConverseBlockReader(blocks);
        if (block.Given("text") is { } text)
            blocks.Text(text.GetString()!);
        else if (block.Given("toolUse") is { } use)
            reader.ReadCall(use);
        else if (block.Given("reasoningContent") is { } reasoning)
            reader.ReadThought(reasoning.Given("reasoningText") ?? reasoning);
        else if (block.Given("citationsContent") is { } cited)
            reader.ReadCited(cited);
        else if (block.Given("image") is { } image)
            reader.ReadPicture(image.GetProperty("format").GetString()!, image);
        reader.End();
    }

    /// <param name="begun">What a stream says at a block's beginning.</param>
    public void Start(JsonElement begun)
    {
        if (begun.Given("toolUse") is { } use)
            BeginCall(use);
        else if (begun.Given("image")?.Given("format") is { } format)
            pictureFormat = format.GetString()!;
    }

    /// <param name="delta">A piece of the block.</param>
    public void Add(JsonElement delta)
    {
        if (delta.Given("text") is { } text)
            blocks.Text(text.GetString()!);
        else if (delta.Given("toolUse")?.Given("input") is { } input)
            AddArguments(input.GetString()!);
        else if (delta.Given("reasoningContent") is { } reasoning)
            ReadThought(reasoning);
        else if (delta.Given("citation") is { } citation)
            AddSource(citation);
        else if (delta.Given("image") is { } image)
            ReadPicture(pictureFormat, image);
    }

    public void End()
    {
        if (isCall)
            blocks.EndCall(call, hasArguments);
        if (hidden.Length > 0)
            blocks.Thought(new ThinkingBlock(null, null, hidden.ToString()));
        else if (signature is not null)
            blocks.Thought(new ThinkingBlock(thought.ToString(), signature, null));
        foreach (var (url, title) in sources)
            blocks.Citation(url, title, start);
    }

    private void ReadCall(JsonElement use)
    {
        BeginCall(use);
        if (use.Given("input") is { } input)
            AddArguments(input.GetRawText());
    }

    // Tools of the provider's own are called and answered there.
    private void BeginCall(JsonElement use)
    {
        if (use.Given("type") is not null)
            return;

        isCall = true;
        call = blocks.Call(use.GetProperty("toolUseId").GetString()!, use.GetProperty("name").GetString()!);
    }

    private void AddArguments(string piece)
    {
        if (!isCall || piece.Length == 0)
            return;

        hasArguments = true;
        blocks.Arguments(call, piece);
    }

    private void ReadThought(JsonElement reasoning)
    {
        if (reasoning.Given("text") is { } text)
        {
            thought.Append(text.GetString());
            blocks.Reasoning(text.GetString()!);
        }

        if (reasoning.Given("signature") is { } sign)
            signature += sign.GetString();
        if (reasoning.Given("redactedContent") is { } data)
            hidden.Append(data.GetString());
    }

    private void ReadCited(JsonElement cited)
    {
        foreach (var part in cited.Given("content")?.EnumerateArray() ?? default)
        {
            if (part.Given("text") is { } text)
                blocks.Text(text.GetString()!);
        }

        foreach (var citation in cited.Given("citations")?.EnumerateArray() ?? default)
            AddSource(citation);
    }

    // Only what is on the web has an address that says something to the caller.
    private void AddSource(JsonElement citation)
    {
        if (citation.Given("location")?.Given("web")?.Given("url") is { } url)
            sources.Add((url.GetString()!, citation.Given("title")?.GetString() ?? ""));
    }

    private void ReadPicture(string format, JsonElement image)
    {
        if (image.Given("source")?.Given("bytes") is { } data)
            blocks.Picture(new Media($"image/{format}", data.GetString()!));
    }
}
