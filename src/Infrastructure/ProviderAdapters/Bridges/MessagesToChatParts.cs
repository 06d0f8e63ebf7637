using System.Text.Json;

namespace CleanGateway.Infrastructure.ProviderAdapters.Bridges;

/// <summary>A part of a chat message's content.</summary>
/// <param name="Text">Escaped; null where it is no text.</param>
/// <param name="IsPlain">There is nothing to it but its text.</param>
internal sealed record ContentPart(byte[] Json, byte[]? Text = null, bool IsPlain = false)
{
    public static ContentPart OfText(ReadOnlySpan<byte> escaped, JsonElement? cacheControl = null)
    {
        var text = escaped.ToArray();
        var json = EscapedText.Json(json =>
        {
            json.WriteStartObject();
            json.WriteString("type", "text");
            json.WritePropertyName("text");
            json.WriteEscaped(text);
            WriteCache(json, cacheControl);
            json.WriteEndObject();
        });
        return new ContentPart(json, text, cacheControl is null);
    }

    public static ContentPart OfMedium(string type, Action<Utf8JsonWriter> members, JsonElement? cacheControl) => new(EscapedText.Json(json =>
    {
        json.WriteStartObject();
        json.WriteString("type", type);
        json.WriteStartObject(type);
        members(json);
        json.WriteEndObject();
        WriteCache(json, cacheControl);
        json.WriteEndObject();
    }));

    private static void WriteCache(Utf8JsonWriter json, JsonElement? cacheControl)
    {
        if (cacheControl is not { } cache)
            return;

        json.WritePropertyName("cache_control");
        json.WriteAsItIs(cache);
    }
}

/// <summary>Says blocks of Anthropic's content as parts of a chat message's.</summary>
internal sealed class MessagesToContentParts(bool extended, Unsaid unsaid)
{
    /// <param name="content">A string, or an array of blocks.</param>
    /// <param name="name">What it is called in errors.</param>
    public List<ContentPart> Read(JsonElement content, string name)
    {
        var parts = new List<ContentPart>();
        if (content.ValueKind == JsonValueKind.String)
        {
            parts.Add(ContentPart.OfText(EscapedText.Of(content)));
        }
        else if (content.ValueKind == JsonValueKind.Array)
        {
            foreach (var (index, block) in content.EnumerateArray().Index())
                ReadBlock(block, $"{name}[{index}]", parts);
        }
        else
        {
            unsaid.WrongType(name, "a string or an array of blocks");
        }

        return parts;
    }

    public void ReadBlock(JsonElement block, string name, List<ContentPart> parts)
    {
        switch (block.Word("type"))
        {
            case "text" when block.Text("text") is { } text:
                if (!EscapedText.Of(text).IsEmpty)
                    parts.Add(ContentPart.OfText(EscapedText.Of(text), CacheOf(block)));
                break;
            case "image" when block.Member("source") is { } source:
                ReadImage(block, source, name, parts);
                break;
            case "document" when block.Member("source") is { } source:
                ReadDocument(block, source, name, parts);
                break;
            case "search_result":
                ReadSearchResult(block, name, parts);
                break;
            case { } type:
                unsaid.Add(name, type);
                break;
            default:
                unsaid.WrongType(name, "an object with a type");
                break;
        }
    }

    private JsonElement? CacheOf(JsonElement block) => extended ? block.Member("cache_control") : null;

    private void ReadImage(JsonElement block, JsonElement source, string name, List<ContentPart> parts)
    {
        byte[] url;
        if (source.Word("type") == "base64" && source.Text("data") is { } data)
            url = DataUrl(source, data, "image/png");
        else if (source.Word("type") == "url" && source.Text("url") is { } address)
            url = EscapedText.Of(address).ToArray();
        else
        {
            unsaid.Add(name + ".source");
            return;
        }

        parts.Add(ContentPart.OfMedium("image_url", json =>
        {
            json.WritePropertyName("url");
            json.WriteEscaped(url);
        }, CacheOf(block)));
    }

    private void ReadDocument(JsonElement block, JsonElement source, string name, List<ContentPart> parts)
    {
        if (block.Member("citations") is { } citations && citations.IsTrue("enabled"))
            unsaid.Add(name + ".citations");
        if (block.Text("context") is { } context)
            parts.Add(ContentPart.OfText(EscapedText.Of(context)));

        switch (source.Word("type"))
        {
            case "base64" when source.Text("data") is { } data:
                var title = block.Text("title") is { } given ? EscapedText.Of(given).ToArray() : "document.pdf"u8.ToArray();
                var file = DataUrl(source, data, "application/pdf");
                parts.Add(ContentPart.OfMedium("file", json =>
                {
                    json.WritePropertyName("filename");
                    json.WriteEscaped(title);
                    json.WritePropertyName("file_data");
                    json.WriteEscaped(file);
                }, CacheOf(block)));
                break;
            case "text" when source.Text("data") is { } text:
                AddTitle(block, parts);
                parts.Add(ContentPart.OfText(EscapedText.Of(text), CacheOf(block)));
                break;
            case "content" when source.Member("content") is { } content:
                AddTitle(block, parts);
                parts.AddRange(Read(content, name + ".source.content"));
                break;
            default:
                unsaid.Add(name + ".source");
                break;
        }
    }

    private void ReadSearchResult(JsonElement block, string name, List<ContentPart> parts)
    {
        AddTitle(block, parts);
        if (block.Text("source") is { } source)
            parts.Add(ContentPart.OfText(EscapedText.Of(source)));
        if (block.Member("content") is { } content)
            parts.AddRange(Read(content, name + ".content"));
    }

    private static void AddTitle(JsonElement block, List<ContentPart> parts)
    {
        if (block.Text("title") is { } title)
            parts.Add(ContentPart.OfText(EscapedText.Of(title)));
    }

    private static byte[] DataUrl(JsonElement source, JsonElement data, string otherwise)
    {
        var type = source.Text("media_type") is { } given ? EscapedText.Of(given) : EscapedText.Of(otherwise);
        return [.. "data:"u8, .. type, .. ";base64,"u8, .. EscapedText.Of(data)];
    }
}
