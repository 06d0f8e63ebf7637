using System.Text.Json;
using CleanGateway.Application.ChatCompletions;
using CleanGateway.Application.Common;

namespace CleanGateway.Application.Responses;

/// <summary>An event of a response's stream, as far as it says something of the output.</summary>
internal struct ResponseEvent
{
    public string Type { get; private set; }
    public ResponsesFacts.EventKind Kind { get; private set; }

    /// <summary>Where the response stands that the event is about.</summary>
    public JsonSlice? Response { get; private set; }

    /// <summary>That response has something in its output.</summary>
    public bool HasOutput { get; private set; }

    public long? OutputIndex { get; private set; }
    public long PartIndex { get; private set; }
    public JsonSlice? Item { get; private set; }
    public JsonSlice? Part { get; private set; }

    /// <summary>Where the words of a piece stand, without their quotes.</summary>
    public JsonSlice? Delta { get; private set; }

    /// <summary>Where all words stand that came in pieces, without their quotes.</summary>
    public JsonSlice? Whole { get; private set; }

    /// <param name="json">A valid JSON object.</param>
    public static ResponseEvent Read(ReadOnlySpan<byte> json)
    {
        var reader = new Utf8JsonReader(json, new JsonReaderOptions { MaxDepth = ChatFacts.MaxDepth });
        reader.Read();
        var said = new ResponseEvent { Type = "", Kind = ResponsesFacts.KindOf(json) };
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
            said.ReadMember(ref reader);

        return said;
    }

    private void ReadMember(ref Utf8JsonReader reader)
    {
        if (reader.Says("type"u8))
        {
            reader.Read();
            Type = reader.TextOrNull() ?? "";
        }
        else if (reader.Says("response"u8))
        {
            reader.Read();
            var start = reader.TokenStartIndex;
            if (reader.TokenType == JsonTokenType.StartObject)
            {
                HasOutput = HasOutputWithin(ref reader);
                Response = JsonSlice.Between(start, reader.BytesConsumed);
            }
        }
        else if (reader.Says("output_index"u8))
        {
            OutputIndex = ReadIndex(ref reader);
        }
        else if (reader.Says("content_index"u8) || reader.Says("summary_index"u8))
        {
            PartIndex = ReadIndex(ref reader) ?? 0;
        }
        else if (reader.Says("item"u8))
        {
            Item = ReadObject(ref reader);
        }
        else if (reader.Says("part"u8))
        {
            Part = ReadObject(ref reader);
        }
        else if (reader.Says("delta"u8))
        {
            Delta = ReadText(ref reader);
        }
        else if (reader.Says("text"u8) || reader.Says("refusal"u8) || reader.Says("arguments"u8) || reader.Says("input"u8) || reader.Says("code"u8))
        {
            Whole = ReadText(ref reader);
        }
        else
        {
            reader.Read();
        }

        reader.Skip();
    }

    private static bool HasOutputWithin(ref Utf8JsonReader reader)
    {
        var has = false;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var isOutput = reader.Says("output"u8);
            reader.Read();
            var isArray = reader.TokenType == JsonTokenType.StartArray;
            if (isOutput && isArray)
            {
                while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
                {
                    has = true;
                    reader.Skip();
                }
            }

            reader.Skip();
        }

        return has;
    }

    private static long? ReadIndex(ref Utf8JsonReader reader)
    {
        reader.Read();
        return reader.TokenType == JsonTokenType.Number && reader.TryGetInt64(out var index) ? index : null;
    }

    private static JsonSlice? ReadObject(ref Utf8JsonReader reader)
    {
        reader.Read();
        if (reader.TokenType != JsonTokenType.StartObject)
            return null;

        var start = reader.TokenStartIndex;
        reader.Skip();
        return JsonSlice.Between(start, reader.BytesConsumed);
    }

    private static JsonSlice? ReadText(ref Utf8JsonReader reader)
    {
        reader.Read();
        return reader.TokenType == JsonTokenType.String ? JsonSlice.Between(reader.TokenStartIndex + 1, reader.BytesConsumed - 1) : null;
    }
}
