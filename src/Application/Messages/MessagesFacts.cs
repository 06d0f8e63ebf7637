using System.Text;
using System.Text.Json;
using CleanGateway.Application.ChatCompletions;
using CleanGateway.Application.Common;
using CleanGateway.Application.Inference;

namespace CleanGateway.Application.Messages;

/// <summary>Reads what the gateway has to know of Anthropic's <c>message</c>, or of one event of a stream, in one pass.</summary>
internal static class MessagesFacts
{
    private const int LongestName = 64;

    // The bytes of the names that events have, and the names: most of a stream's events are of one of them.
    private static readonly (byte[] Bytes, string Name)[] KnownNames =
    [
        .. new[]
        {
            "content_block_delta", "content_block_start", "content_block_stop", "message_start", "message_delta", "message_stop", "ping", "error",
        }.Select(name => (Encoding.ASCII.GetBytes(name), name)),
    ];

    /// <exception cref="JsonException">Not a JSON object, or not JSON at all.</exception>
    public static AnswerFacts Read(ReadOnlySpan<byte> json)
    {
        var reader = new Utf8JsonReader(json, new JsonReaderOptions { MaxDepth = ChatFacts.MaxDepth });
        if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject)
            throw new JsonException("An answer must be a JSON object.");

        var top = new Members();
        var hasContent = false;
        string? name = null;
        var begins = false;
        JsonSlice? errorAt = null;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (reader.Says("type"u8))
            {
                name = NameOf(ref reader);
            }
            else if (reader.Says("message"u8))
            {
                reader.Read();
                if (reader.TokenType == JsonTokenType.StartObject)
                    ReadMembers(ref reader, ref top);
                else
                    reader.Skip();
            }
            else if (reader.Says("content"u8))
            {
                reader.Read();
                hasContent = reader.TokenType == JsonTokenType.StartArray;
                reader.Skip();
            }
            else if (reader.Says("content_block"u8))
            {
                reader.Read();
                begins = SaysSomething(ref reader);
            }
            else if (reader.Says("error"u8))
            {
                reader.Read();
                var (start, isNull) = (reader.TokenStartIndex, reader.TokenType == JsonTokenType.Null);
                reader.Skip();
                errorAt = isNull ? null : JsonSlice.Between(start, reader.BytesConsumed);
            }
            else if (!TryReadMember(ref reader, ref top))
            {
                Fields.Skip(ref reader);
            }
        }

        // Reading to the end shows that the rest is JSON too.
        while (reader.Read())
        {
        }

        var isWhole = name == "message";
        return new AnswerFacts
        {
            Name = name,
            IsAnswer = isWhole && hasContent,
            HasOutput = name == "content_block_delta" || (name == "content_block_start" && begins),
            Model = top.Model,
            Usage = isWhole ? top.Usage?.ToReport() : null,
            UsagePart = isWhole ? null : Final(top.Usage, name),
            ErrorAt = errorAt,
        };
    }

    private static UsagePart? Final(UsagePart? usage, string? name) =>
        name == "message_delta" && usage is { Output: not null } ? usage with { IsFinal = true } : usage;

    private static void ReadMembers(ref Utf8JsonReader reader, ref Members members)
    {
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (!TryReadMember(ref reader, ref members))
                Fields.Skip(ref reader);
        }
    }

    private static bool TryReadMember(ref Utf8JsonReader reader, ref Members members)
    {
        if (reader.Says("usage"u8))
        {
            reader.Read();
            members.Usage = MessagesUsageReader.Read(ref reader);
            return true;
        }

        if (!reader.Says("model"u8))
            return false;

        members.Model = Fields.String(ref reader, "model", out var model) is null ? model : null;
        reader.Skip();
        return true;
    }

    // A block of text or thinking begins with nothing in it; any other is already something.
    private static bool SaysSomething(ref Utf8JsonReader reader)
    {
        if (reader.TokenType != JsonTokenType.StartObject)
        {
            reader.Skip();
            return false;
        }

        var (isText, hasText) = (false, false);
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var isType = reader.Says("type"u8);
            var isWords = reader.Says("text"u8) || reader.Says("thinking"u8);
            reader.Read();
            if (isType && reader.TokenType == JsonTokenType.String)
                isText = reader.Says("text"u8) || reader.Says("thinking"u8);
            if (isWords && reader.TokenType == JsonTokenType.String)
                hasText = !reader.ValueSpan.IsEmpty;
            reader.Skip();
        }

        return !isText || hasText;
    }

    private static string? NameOf(ref Utf8JsonReader reader)
    {
        reader.Read();
        if (reader.TokenType != JsonTokenType.String)
        {
            reader.Skip();
            return null;
        }

        foreach (var (bytes, name) in KnownNames)
        {
            if (reader.ValueSpan.SequenceEqual(bytes))
                return name;
        }

        // It becomes a line of the stream: anything but a word would break that.
        foreach (var letter in reader.ValueSpan)
        {
            if (!char.IsAsciiLetterOrDigit((char)letter) && letter is not ((byte)'_' or (byte)'-' or (byte)'.'))
                return null;
        }

        return reader.ValueSpan.Length is > 0 and <= LongestName ? Encoding.ASCII.GetString(reader.ValueSpan) : null;
    }

    private struct Members
    {
        public string? Model;
        public UsagePart? Usage;
    }
}
