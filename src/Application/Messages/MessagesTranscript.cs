using System.Buffers;
using System.Text.Json;
using CleanGateway.Application.ChatCompletions;
using CleanGateway.Application.Inference;

namespace CleanGateway.Application.Messages;

/// <summary>
/// Puts a stream's events together into the message that the same call without <c>stream</c> would have answered. Texts
/// are joined as they are written, still escaped, so nothing is decoded and nothing can be lost in it; blocks and deltas
/// of kinds that are not known here are kept alike.
/// </summary>
internal sealed class MessagesTranscript : ITranscript
{
    private readonly JsonMembers message = new();
    private readonly JsonMembers usage = new();
    private readonly List<(long Index, MessageBlock Block)> blocks = [];

    public bool IsEmpty => message.IsEmpty && blocks.Count == 0;

    public bool IsFinished { get; private set; }

    public void Add(ReadOnlySpan<byte> json)
    {
        var at = EventParts.Of(json);
        if (at.Is("message_start"u8))
            Begin(at.Message);
        else if (at.Is("content_block_start"u8))
            BlockAt(at.Index).Begin(at.ContentBlock);
        else if (at.Is("content_block_delta"u8))
            BlockAt(at.Index).Add(at.Delta);
        else if (at.Is("message_delta"u8))
            End(at);
        else if (at.Is("message_stop"u8))
            IsFinished = true;
    }

    public ReadOnlyMemory<byte> ToJson()
    {
        var json = new ArrayBufferWriter<byte>(1024);
        json.Write("{"u8);
        message.WriteTo(json);
        json.Write(message.IsEmpty ? "\"content\":["u8 : ",\"content\":["u8);
        var separator = ""u8;
        foreach (var (_, block) in blocks)
        {
            json.Write(separator);
            block.WriteTo(json);
            separator = ","u8;
        }

        json.Write("]"u8);
        if (!usage.IsEmpty)
        {
            json.Write(",\"usage\":{"u8);
            usage.WriteTo(json);
            json.Write("}"u8);
        }

        json.Write("}"u8);
        return json.WrittenMemory;
    }

    private void Begin(ReadOnlySpan<byte> started)
    {
        var reader = ReaderOf(started);
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var name = reader.ValueSpan;
            var value = ValueOf(ref reader, started);
            if (name.SequenceEqual("usage"u8))
                Count(value);
            else if (!name.SequenceEqual("content"u8))
                message.Set(name, value);
        }
    }

    private void End(EventParts at)
    {
        var reader = ReaderOf(at.Delta);
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var name = reader.ValueSpan;
            message.Set(name, ValueOf(ref reader, at.Delta));
        }

        Count(at.Usage);
    }

    // Counts are of the whole call until then; null says nothing of what was said before.
    private void Count(ReadOnlySpan<byte> counted)
    {
        var reader = ReaderOf(counted);
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var name = reader.ValueSpan;
            var value = ValueOf(ref reader, counted);
            if (!value.SequenceEqual("null"u8) || !usage.Has(name))
                usage.Set(name, value);
        }
    }

    private MessageBlock BlockAt(long index)
    {
        foreach (var (known, block) in blocks)
        {
            if (known == index)
                return block;
        }

        var begun = new MessageBlock();
        blocks.Add((index, begun));
        return begun;
    }

    /// <summary>In front of the first member; at the end of everything where this is no object.</summary>
    internal static Utf8JsonReader ReaderOf(ReadOnlySpan<byte> json)
    {
        var reader = new Utf8JsonReader(json.StartsWith("{"u8) ? json : "{}"u8, new JsonReaderOptions { MaxDepth = ChatFacts.MaxDepth });
        reader.Read();
        return reader;
    }

    /// <summary>The bytes of the value behind the name that the reader is on, which it then has read.</summary>
    internal static ReadOnlySpan<byte> ValueOf(scoped ref Utf8JsonReader reader, ReadOnlySpan<byte> json)
    {
        reader.Read();
        var start = (int)reader.TokenStartIndex;
        reader.Skip();
        return json[start..(int)reader.BytesConsumed];
    }

    /// <summary>The members of an event that matter, each as it is written.</summary>
    private ref struct EventParts
    {
        private ReadOnlySpan<byte> type;

        public long Index { get; private set; }
        public ReadOnlySpan<byte> Message { get; private set; }
        public ReadOnlySpan<byte> ContentBlock { get; private set; }
        public ReadOnlySpan<byte> Delta { get; private set; }
        public ReadOnlySpan<byte> Usage { get; private set; }

        public readonly bool Is(ReadOnlySpan<byte> name) => type.Length == name.Length + 2 && type[1..^1].SequenceEqual(name);

        public static EventParts Of(ReadOnlySpan<byte> json)
        {
            var parts = new EventParts();
            var reader = new Utf8JsonReader(json, new JsonReaderOptions { MaxDepth = ChatFacts.MaxDepth });
            reader.Read();
            while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
            {
                var name = reader.ValueSpan;
                var value = ValueOf(ref reader, json);
                if (name.SequenceEqual("type"u8))
                    parts.type = value;
                else if (name.SequenceEqual("index"u8) && reader.TokenType == JsonTokenType.Number && reader.TryGetInt64(out var index))
                    parts.Index = index;
                else if (name.SequenceEqual("message"u8))
                    parts.Message = value;
                else if (name.SequenceEqual("content_block"u8))
                    parts.ContentBlock = value;
                else if (name.SequenceEqual("delta"u8))
                    parts.Delta = value;
                else if (name.SequenceEqual("usage"u8))
                    parts.Usage = value;
            }

            return parts;
        }
    }
}
