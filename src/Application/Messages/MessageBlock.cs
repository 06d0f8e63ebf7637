using System.Buffers;
using System.Text.Json;
using CleanGateway.Application.ChatCompletions;

namespace CleanGateway.Application.Messages;

/// <summary>A block of a message's content that is still growing, whatever its kind.</summary>
internal sealed class MessageBlock
{
    private readonly JsonMembers members = new();

    // Of members that arrive in pieces: what is between their quotes, still escaped.
    private readonly List<(byte[] Name, ArrayBufferWriter<byte> Text)> texts = new(2);
    private readonly ArrayBufferWriter<byte> partialJson = new();
    private readonly List<byte[]> citations = [];

    public void Begin(ReadOnlySpan<byte> block)
    {
        var reader = MessagesTranscript.ReaderOf(block);
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var name = reader.ValueSpan;
            members.Set(name, MessagesTranscript.ValueOf(ref reader, block));
        }
    }

    /// <summary>A delta's strings go on where the block's members of the same names have ended; what else it has takes their place.</summary>
    public void Add(ReadOnlySpan<byte> delta)
    {
        var reader = MessagesTranscript.ReaderOf(delta);
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var name = reader.ValueSpan;
            var value = MessagesTranscript.ValueOf(ref reader, delta);
            if (name.SequenceEqual("type"u8))
                continue;

            if (name.SequenceEqual("partial_json"u8) && value is [(byte)'"', ..])
                partialJson.Write(value[1..^1]);
            else if (name.SequenceEqual("citation"u8))
                citations.Add(value.ToArray());
            else if (value is [(byte)'"', ..])
                TextOf(name).Write(value[1..^1]);
            else
                members.Set(name, value);
        }
    }

    public void WriteTo(ArrayBufferWriter<byte> json)
    {
        foreach (var (name, text) in texts)
            members.Set(name, [(byte)'"', .. text.WrittenSpan, (byte)'"']);
        if (partialJson.WrittenCount > 0)
            members.Set("input"u8, Input());
        if (citations.Count > 0)
            members.Set("citations"u8, [(byte)'[', .. Joined(), (byte)']']);

        json.Write("{"u8);
        members.WriteTo(json);
        json.Write("}"u8);
    }

    private ArrayBufferWriter<byte> TextOf(ReadOnlySpan<byte> name)
    {
        foreach (var (known, text) in texts)
        {
            if (name.SequenceEqual(known))
                return text;
        }

        var begun = new ArrayBufferWriter<byte>(256);
        if (members[name] is [(byte)'"', .. var before, (byte)'"'])
            begun.Write(before);
        texts.Add((name.ToArray(), begun));
        return begun;
    }

    // What does not come to JSON, a call that was cut off for example, is kept as the text that it is.
    private byte[] Input()
    {
        byte[] quoted = [(byte)'"', .. partialJson.WrittenSpan, (byte)'"'];
        var reader = new Utf8JsonReader(quoted);
        reader.Read();
        var text = new byte[reader.ValueSpan.Length];
        try
        {
            text = text[..reader.CopyString(text)];
            var whole = new Utf8JsonReader(text, new JsonReaderOptions { MaxDepth = ChatFacts.MaxDepth });
            while (whole.Read())
            {
            }

            return text;
        }
        catch (Exception notJson) when (notJson is JsonException or InvalidOperationException)
        {
            return quoted;
        }
    }

    private byte[] Joined()
    {
        var all = new List<byte>();
        foreach (var citation in citations)
        {
            if (all.Count > 0)
                all.Add((byte)',');
            all.AddRange(citation);
        }

        return [.. all];
    }
}
