using System.Buffers;
using System.Text.Json;
using CleanGateway.Application.Common;
using CleanGateway.Application.Inference;

namespace CleanGateway.Application.ChatCompletions;

/// <summary>
/// Puts a stream's chunks together into the <c>chat.completion</c> that the same call without <c>stream</c> would have
/// answered. Texts are joined as they are written, still escaped, so nothing is decoded and nothing can be lost in it;
/// arrays whose items carry an <c>index</c> are merged by it, others joined; of everything else the last value that is
/// not null stays.
/// </summary>
internal sealed class ChatTranscript : ITranscript
{
    private readonly Node root = new();

    /// <summary>There was a choice, and each one has its finish reason.</summary>
    public bool IsFinished =>
        root.Member("choices"u8) is { Items: { Count: > 0 } choices }
        && choices.TrueForAll(static choice => choice.Member("finish_reason"u8) is { HasWords: true });

    public bool IsEmpty => root.Members is null;

    /// <param name="chunk">A valid JSON object.</param>
    public void Add(ReadOnlySpan<byte> chunk)
    {
        var reader = new Utf8JsonReader(chunk, new JsonReaderOptions { MaxDepth = ChatFacts.MaxDepth });
        reader.Read();
        root.Merge(ref reader, joins: false);
    }

    public ReadOnlyMemory<byte> ToJson()
    {
        var json = new ArrayBufferWriter<byte>(1024);
        root.WriteTo(json, Place.Root);
        return json.WrittenMemory;
    }

    /// <summary>Where a value stands, as far as it matters for writing it.</summary>
    private enum Place
    {
        Root,
        Choices,
        Choice,
        Elsewhere,
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
        public bool HasWords => text is { WrittenCount: > 0 };

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

        /// <param name="joins">Texts and parts of texts add up; otherwise the last value takes the place of the one before.</param>
        public void Merge(ref Utf8JsonReader reader, bool joins)
        {
            switch (reader.TokenType)
            {
                case JsonTokenType.StartObject:
                    Keep(Members is not null);
                    MergeMembers(ref reader);
                    break;
                case JsonTokenType.StartArray:
                    var spoken = joins && HasWords ? text : null;
                    Keep(Items is not null);
                    Items ??= spoken is null ? new List<Node>(1) : [TextPart(spoken.WrittenSpan)];
                    MergeItems(ref reader, Items);
                    break;
                case JsonTokenType.String when joins && Items is not null:
                    if (!reader.ValueSpan.IsEmpty)
                        Items.Add(TextPart(reader.ValueSpan));
                    break;
                case JsonTokenType.String:
                    Keep(text is not null);
                    MergeText(reader.ValueSpan, joins);
                    break;
                case JsonTokenType.Null:
                    if (Members is null && Items is null && text is null)
                        raw ??= "null"u8.ToArray();
                    break;
                default:
                    Keep(false);
                    raw = reader.ValueSpan.ToArray();
                    break;
            }
        }

        // A value of another shape takes the place of what was there.
        private void Keep(bool sameShape)
        {
            if (!sameShape)
                (Members, Items, text, raw) = (null, null, null, null);
        }

        // Some models think in parts and answer in text: the text becomes a part too.
        private static Node TextPart(ReadOnlySpan<byte> escaped)
        {
            var (type, words) = (new Node(), new Node());
            type.MergeText("text"u8, join: false);
            words.MergeText(escaped, join: true);
            return new Node { Members = [("type"u8.ToArray(), type), ("text"u8.ToArray(), words)] };
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

                var joins = ArrivesInPieces(name);
                reader.Read();
                member.Merge(ref reader, joins);
            }
        }

        private static void MergeItems(ref Utf8JsonReader reader, List<Node> items)
        {
            while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
            {
                var index = reader.TokenType == JsonTokenType.StartObject ? IdentityOf(reader, out var id) : IdentityOf(default, out id);
                var item = index is null ? null : items.FindLast(known => known.index == index);

                // Some servers give every tool call the index 0: another id is another call.
                if (item is null || (!id.IsEmpty && item.Member("id"u8) is { HasWords: true } known && !known.text!.WrittenSpan.SequenceEqual(id)))
                {
                    item = new Node { index = index };
                    items.Add(item);
                }

                item.Merge(ref reader, joins: false);
            }
        }

        // The reader is a copy: looking ahead moves nothing.
        private static long? IdentityOf(Utf8JsonReader reader, out ReadOnlySpan<byte> id)
        {
            id = default;
            long? index = null;
            while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
            {
                var (isIndex, isId) = (reader.Says("index"u8), reader.Says("id"u8));
                reader.Read();
                if (isIndex && reader.TokenType == JsonTokenType.Number && reader.TryGetInt64(out var number))
                    index = number;
                if (isId && reader.TokenType == JsonTokenType.String)
                    id = reader.ValueSpan;

                reader.Skip();
            }

            return index;
        }

        public void WriteTo(ArrayBufferWriter<byte> json, Place place)
        {
            if (Members is not null)
                WriteMembers(json, place);
            else if (Items is not null)
                WriteItems(json, place == Place.Choices ? Place.Choice : Place.Elsewhere);
            else if (text is not null)
                WriteQuoted(json, text.WrittenSpan);
            else
                json.Write(raw);
        }

        private void WriteMembers(ArrayBufferWriter<byte> json, Place place)
        {
            var separator = "{"u8;
            foreach (var (name, value) in Members!)
            {
                json.Write(separator);
                separator = ","u8;
                var isDelta = place == Place.Choice && name.AsSpan().SequenceEqual("delta"u8);
                WriteQuoted(json, isDelta ? "message"u8 : name);
                json.Write(":"u8);
                if (place == Place.Root && name.AsSpan().SequenceEqual("object"u8))
                    WriteQuoted(json, "chat.completion"u8);
                else
                    value.WriteTo(json, place == Place.Root && name.AsSpan().SequenceEqual("choices"u8) ? Place.Choices : Place.Elsewhere);
            }

            json.Write(Members.Count == 0 ? "{}"u8 : "}"u8);
        }

        private void WriteItems(ArrayBufferWriter<byte> json, Place itemPlace)
        {
            var separator = "["u8;
            foreach (var item in Items!)
            {
                json.Write(separator);
                separator = ","u8;
                item.WriteTo(json, itemPlace);
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
