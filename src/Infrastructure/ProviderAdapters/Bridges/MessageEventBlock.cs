using System.Buffers;
using System.Globalization;
using System.Text.Json;

namespace CleanGateway.Infrastructure.ProviderAdapters.Bridges;

internal enum MessageBlockKind
{
    Text,
    Thinking,
    Redacted,
    Call,
}

/// <summary>A block of a message that a chat's chunks are still adding to.</summary>
internal sealed class MessageEventBlock(MessageBlockKind kind)
{
    private readonly ArrayBufferWriter<byte> words = new(64);
    private int taken;
    private readonly JsonEnd arguments = new();

    public MessageBlockKind Kind => kind;

    /// <summary>Of a call: a JSON string.</summary>
    public byte[]? Id { get; set; }

    /// <summary>Of a call: a JSON string.</summary>
    public byte[]? Name { get; set; }

    /// <summary>Of thinking: a JSON string.</summary>
    public byte[]? Signature { get; set; }

    /// <summary>Of redacted thinking: a JSON string.</summary>
    public byte[]? Data { get; init; }

    /// <summary>It has been told of.</summary>
    public bool IsBegun { get; set; }

    /// <summary>It has been told of to its end; what comes for it now comes too late.</summary>
    public bool IsClosed { get; set; }

    /// <summary>All that it begins with is known.</summary>
    public bool CanBegin => kind != MessageBlockKind.Call || Name is not null;

    /// <summary>Nothing more of it will come where something else has begun.</summary>
    public bool IsWhole => kind != MessageBlockKind.Call || arguments.IsReached;

    public void Add(JsonElement text)
    {
        if (IsClosed)
            return;

        var escaped = EscapedText.Of(text);
        words.Write(escaped);
        if (kind == MessageBlockKind.Call)
            arguments.Read(escaped);
    }

    public bool HasWords => words.WrittenCount > 0;

    /// <summary>Of thinking: these are all the words that there are.</summary>
    public bool Says(JsonElement text) => words.WrittenSpan.SequenceEqual(EscapedText.Of(text));

    /// <summary>What has been added since, escaped.</summary>
    public byte[] TakeWords()
    {
        var rest = words.WrittenSpan[taken..].ToArray();
        taken = words.WrittenCount;
        if (kind != MessageBlockKind.Thinking)
        {
            words.ResetWrittenCount();
            taken = 0;
        }

        return rest;
    }

    public void WriteBegin(Utf8JsonWriter json, DateTimeOffset now)
    {
        switch (kind)
        {
            case MessageBlockKind.Text:
                json.WriteString("type", "text");
                json.WriteString("text", "");
                break;
            case MessageBlockKind.Thinking:
                json.WriteString("type", "thinking");
                json.WriteString("thinking", "");
                json.WriteString("signature", "");
                break;
            case MessageBlockKind.Redacted:
                json.WriteString("type", "redacted_thinking");
                json.WritePropertyName("data");
                json.WriteRawValue(Data, skipInputValidation: true);
                break;
            case MessageBlockKind.Call:
                json.WriteString("type", "tool_use");
                json.WritePropertyName("id");
                json.WriteRawValue(Id ?? EscapedText.Quoted(EscapedText.Of(MessageEvents.NewCallId(now))), skipInputValidation: true);
                json.WritePropertyName("name");
                json.WriteRawValue(Name ?? "\"\""u8, skipInputValidation: true);
                json.WriteStartObject("input");
                json.WriteEndObject();
                break;
        }
    }

    /// <summary>Finds the end of a JSON object or array that comes in pieces, each the inside of a JSON string.</summary>
    private sealed class JsonEnd
    {
        private int depth;
        private bool inText;
        private bool isEscaped;

        public bool IsReached { get; private set; }

        public void Read(ReadOnlySpan<byte> escaped)
        {
            for (var at = 0; at < escaped.Length && !IsReached; at++)
            {
                if (escaped[at] != (byte)'\\')
                {
                    Read((char)escaped[at]);
                }
                else if (escaped[++at] == (byte)'u')
                {
                    Read((char)ushort.Parse(escaped.Slice(at + 1, 4), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture));
                    at += 4;
                }
                else
                {
                    // A line's end and its like are none of the characters that matter.
                    Read(escaped[at] is (byte)'"' or (byte)'\\' or (byte)'/' ? (char)escaped[at] : ' ');
                }
            }
        }

        private void Read(char letter)
        {
            if (inText)
            {
                (inText, isEscaped) = (isEscaped || letter != '"', !isEscaped && letter == '\\');
                return;
            }

            inText = letter == '"';
            depth += letter is '{' or '[' ? 1 : letter is '}' or ']' ? -1 : 0;
            IsReached = letter is '}' or ']' && depth <= 0;
        }
    }
}
