using System.Globalization;
using System.Text;

namespace CleanGateway.Benchmarks.Load;

/// <summary>
/// Finds where HTTP/1.1 messages end (RFC 9112, 6 and 7), requests and answers alike, however the connection has cut them. It knows no
/// more than the benchmarks need, and keeps nothing of the body: reading has to cost little beside what is measured.
/// </summary>
internal sealed class HttpMessageReader
{
    private const int LongestHead = 16 * 1024;

    private readonly byte[] head = new byte[LongestHead];
    private int headLength;
    private Part part;
    private long left;
    private bool lineIsEmpty;
    private bool sawLineEnd;

    private enum Part
    {
        Head,
        SizedBody,
        BodyUntilEnd,
        ChunkSize,
        ChunkExtension,
        Chunk,
        ChunkEnd,
        Trailer,
        Done,
    }

    public bool IsComplete => part == Part.Done;

    /// <summary>Whether anything of the message has come.</summary>
    public bool HasBegun => headLength > 0;

    /// <summary>Of an answer; 0 until its head is there.</summary>
    public int Status { get; private set; }

    /// <summary>Whether the other side closes the connection behind the message.</summary>
    public bool Closes { get; private set; }

    /// <summary>Bytes of the body until now, chunks' frames not counted.</summary>
    public long BodyBytes { get; private set; }

    /// <summary>Server-sent events until now: empty lines behind something.</summary>
    public int Events { get; private set; }

    public void Reset()
    {
        (headLength, part, left, lineIsEmpty, sawLineEnd) = (0, Part.Head, 0, false, false);
        (Status, Closes, BodyBytes, Events) = (0, false, 0, 0);
    }

    /// <returns>How many of the bytes belong to this message; fewer than all only where it is complete.</returns>
    /// <exception cref="InvalidDataException">This is not HTTP as the benchmarks know it.</exception>
    public int Read(ReadOnlySpan<byte> bytes)
    {
        var at = 0;
        while (at < bytes.Length && part != Part.Done)
        {
            at += part switch
            {
                Part.Head => ReadHead(bytes[at..]),
                Part.SizedBody or Part.BodyUntilEnd or Part.Chunk => ReadBody(bytes[at..]),
                _ => ReadFrame(bytes[at]),
            };
        }

        return at;
    }

    /// <summary>The other side has ended the connection: what has no other end is complete by that.</summary>
    public void EndOfConnection()
    {
        if (part == Part.BodyUntilEnd)
            part = Part.Done;
    }

    private int ReadHead(ReadOnlySpan<byte> bytes)
    {
        var had = headLength;
        var taken = Math.Min(bytes.Length, LongestHead - had);
        bytes[..taken].CopyTo(head.AsSpan(had));
        headLength += taken;
        var from = Math.Max(0, had - 3);
        var end = head.AsSpan(from, headLength - from).IndexOf("\r\n\r\n"u8);
        if (end < 0)
            return headLength < LongestHead ? taken : throw new InvalidDataException("The head of a message is too long");

        headLength = from + end + 4;
        ReadFields(head.AsSpan(0, headLength));
        return headLength - had;
    }

    private void ReadFields(ReadOnlySpan<byte> text)
    {
        var isAnswer = text.StartsWith("HTTP/1."u8);
        if (isAnswer)
            Status = int.Parse(text[9..12], CultureInfo.InvariantCulture);

        var (length, chunked) = (-1L, false);
        foreach (var range in text.Split("\r\n"u8))
        {
            var line = text[range];
            var colon = line.IndexOf((byte)':');
            if (colon < 0)
                continue;

            var value = line[(colon + 1)..].Trim(" \t"u8);
            if (Ascii.EqualsIgnoreCase(line[..colon], "content-length"u8))
                length = long.Parse(value, CultureInfo.InvariantCulture);
            else if (Ascii.EqualsIgnoreCase(line[..colon], "transfer-encoding"u8))
                chunked = Ascii.EqualsIgnoreCase(value, "chunked"u8);
            else if (Ascii.EqualsIgnoreCase(line[..colon], "connection"u8))
                Closes = Ascii.EqualsIgnoreCase(value, "close"u8);
        }

        left = length;
        part = chunked ? Part.ChunkSize
            : length > 0 ? Part.SizedBody
            : length == 0 || !isAnswer || Status is 204 or 304 or < 200 ? Part.Done
            : Part.BodyUntilEnd;
        if (part == Part.ChunkSize)
            left = 0;
        Closes |= part == Part.BodyUntilEnd;
    }

    private int ReadBody(ReadOnlySpan<byte> bytes)
    {
        var taken = part == Part.BodyUntilEnd ? bytes.Length : (int)Math.Min(left, bytes.Length);
        BodyBytes += taken;
        CountEvents(bytes[..taken]);
        if (part == Part.BodyUntilEnd)
            return taken;

        left -= taken;
        if (left == 0)
            part = part == Part.SizedBody ? Part.Done : Part.ChunkEnd;
        return taken;
    }

    // Looks at line ends alone, so that a large body costs next to nothing.
    private void CountEvents(ReadOnlySpan<byte> bytes)
    {
        while (!bytes.IsEmpty)
        {
            var end = bytes.IndexOf((byte)'\n');
            if (end == 0 && sawLineEnd)
                Events++;
            sawLineEnd = end >= 0 && !(end == 0 && sawLineEnd);
            if (end < 0)
                return;

            bytes = bytes[(end + 1)..];
        }
    }

    private int ReadFrame(byte next)
    {
        switch (part)
        {
            case Part.ChunkSize when char.IsAsciiHexDigit((char)next):
                var digit = int.Parse(new ReadOnlySpan<byte>(in next), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture);
                left = checked((left * 16) + digit);
                break;
            case Part.ChunkSize or Part.ChunkExtension when next == '\n':
                (part, lineIsEmpty) = left == 0 ? (Part.Trailer, true) : (Part.Chunk, false);
                break;
            case Part.ChunkSize when next is not ((byte)'\r' or (byte)';' or (byte)' '):
                throw new InvalidDataException($"A chunk's size has the byte {next}");
            case Part.ChunkSize when next != '\r':
                part = Part.ChunkExtension;
                break;
            case Part.ChunkEnd when next == '\n':
                (part, left) = (Part.ChunkSize, 0);
                break;
            case Part.Trailer when next == '\n':
                part = lineIsEmpty ? Part.Done : Part.Trailer;
                lineIsEmpty = true;
                break;
            case Part.Trailer:
                lineIsEmpty &= next == '\r';
                break;
        }

        return 1;
    }
}
