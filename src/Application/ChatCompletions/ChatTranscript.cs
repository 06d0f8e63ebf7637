using System.Buffers;
using System.Text.Json;

namespace CleanGateway.Application.ChatCompletions;

/// <summary>
/// Puts a stream's chunks together into the <c>chat.completion</c> that the same call without <c>stream</c> would have
/// answered. Texts are joined as they are written, still escaped, so nothing is decoded and nothing can be lost in it;
/// arrays whose items carry an <c>index</c> are merged by it, others joined; of everything else the last value that is
/// not null stays.
/// </summary>
internal sealed class ChatTranscript
{
    private readonly Node root = new();

    /// <summary>There was a choice, and each one has its finish reason.</summary>
    public bool IsFinished =>
        root.Member("choices"u8) is { Items: { Count: > 0 } choices }
        && choices.TrueForAll(static choice => choice.Member("finish_reason"u8) is { HasText: true });

    public bool IsEmpty => root.Members is null;

    /// <param name="chunk">A valid JSON object.</param>
    public void Add(ReadOnlySpan<byte> chunk)
    {
        var reader = new Utf8JsonReader(chunk, new JsonReaderOptions { MaxDepth = ChatFacts.MaxDepth });
        reader.Read();
        root.Merge(ref reader, joinText: false);
    }

    public ReadOnlyMemory<byte> ToJson()
    {
        var json = new ArrayBufferWriter<byte>(1024);
        root.WriteTo(json, isRoot: true);
        return json.WrittenMemory;
    }

    /// <summary>A JSON value that is still growing. At most one of its four shapes is set.</summary>
    private sealed class Node
    {
        // What a string is made of is known by its name: these arrive in pieces, all others whole.
        private static bool ArrivesInPieces(ReadOnlySpan<byte> name) =>
            name.SequenceEqual("content"u8) || name.SequenceEqual("arguments"u8) || name.SequenceEqual("refusal"u8)
            || name.SequenceEqual("reasoning"u8) || name.SequenceEqual("reasoning_content"u8) || name.SequenceEqual("text"u8)
            || name.SequenceEqual("input"u8) || name.SequenceEqual("data"u8) || name.SequenceEqual("transcript"u8)
            || name.SequenceEqual("thinking"u8) || name.SequenceEqual("summary"u8);

        private ArrayBufferWriter<byte>? text;
        private byte[]? raw;
        private long? index;

        public List<(byte[] Name, Node Value)>? Members { get; private set; }
        public List<Node>? Items { get; private set; }
        public bool HasText => text is not null;

        public Node? Member(ReadOnlySpan<byte> name)
        {
            if (Members is null)
                return null;

            foreach (var (member, value) in Members)
            {
                if (name.SequenceEqual(member))
                    return value;
            }

            return null;
        }

        public void Merge(ref Utf8JsonReader reader, bool joinText)
        {
            switch (reader.TokenType)
            {
                case JsonTokenType.StartObject:
                    MergeMembers(ref reader);
                    break;
                case JsonTokenType.StartArray:
                    MergeItems(ref reader);
                    break;
                case JsonTokenType.String:
                    MergeText(reader.ValueSpan, joinText);
                    break;
                case JsonTokenType.Null:
                    raw ??= "null"u8.ToArray();
                    break;
                default:
                    raw = reader.ValueSpan.ToArray();
                    break;
            }
        }

        // Some servers repeat ids and names as empty strings in later pieces: those replace nothing.
        private void MergeText(ReadOnlySpan<byte> escaped, bool join)
        {
            if (text is not null && !join)
            {
                if (escaped.IsEmpty)
                    return;

                text.ResetWrittenCount();
            }

            text ??= new ArrayBufferWriter<byte>(Math.Max(escaped.Length, join ? 256 : 16));
            text.Write(escaped);
        }

        private void MergeMembers(ref Utf8JsonReader reader)
        {
            Members ??= new List<(byte[], Node)>(8);
            while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
            {
                var name = reader.ValueSpan;
                if (Member(name) is not { } member)
                {
                    member = new Node();
                    Members.Add((name.ToArray(), member));
                }

                var joinText = ArrivesInPieces(name);
                reader.Read();
                member.Merge(ref reader, joinText);
            }
        }

        private void MergeItems(ref Utf8JsonReader reader)
        {
            Items ??= new List<Node>(1);
            while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
            {
                var at = reader.TokenType == JsonTokenType.StartObject ? IndexOf(reader) : null;
                var item = at is null ? null : ItemAt(at.Value);
                if (item is null)
                {
                    item = new Node { index = at };
                    Items.Add(item);
                }

                item.Merge(ref reader, joinText: false);
            }
        }

        private Node? ItemAt(long wanted)
        {
            foreach (var item in Items!)
            {
                if (item.index == wanted)
                    return item;
            }

            return null;
        }

        // The reader is a copy: looking ahead moves nothing.
        private static long? IndexOf(Utf8JsonReader reader)
        {
            while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
            {
                var isIndex = reader.ValueTextEquals("index"u8);
                reader.Read();
                if (isIndex)
                    return reader.TokenType == JsonTokenType.Number && reader.TryGetInt64(out var index) ? index : null;

                reader.Skip();
            }

            return null;
        }

        public void WriteTo(ArrayBufferWriter<byte> json, bool isRoot = false)
        {
            if (Members is not null)
                WriteMembers(json, isRoot);
            else if (Items is not null)
                WriteItems(json);
            else if (text is not null)
                WriteQuoted(json, text.WrittenSpan);
            else
                json.Write(raw);
        }

        private void WriteMembers(ArrayBufferWriter<byte> json, bool isRoot)
        {
            var separator = "{"u8;
            foreach (var (name, value) in Members!)
            {
                json.Write(separator);
                separator = ","u8;
                WriteQuoted(json, name.AsSpan().SequenceEqual("delta"u8) ? "message"u8 : name);
                json.Write(":"u8);
                if (isRoot && name.AsSpan().SequenceEqual("object"u8))
                    WriteQuoted(json, "chat.completion"u8);
                else
                    value.WriteTo(json);
            }

            json.Write(Members.Count == 0 ? "{}"u8 : "}"u8);
        }

        private void WriteItems(ArrayBufferWriter<byte> json)
        {
            var separator = "["u8;
            foreach (var item in Items!)
            {
                json.Write(separator);
                separator = ","u8;
                item.WriteTo(json);
            }

            json.Write(Items.Count == 0 ? "[]"u8 : "]"u8);
        }

        private static void WriteQuoted(ArrayBufferWriter<byte> json, ReadOnlySpan<byte> escaped)
        {
            json.Write("\""u8);
            json.Write(escaped);
            json.Write("\""u8);
        }
    }
}
