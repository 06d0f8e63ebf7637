namespace CleanGateway.Infrastructure.Journal.Spool;

/// <summary>Reads a segment from some record on, and finds the next good one behind a damaged one.</summary>
internal sealed class SegmentReader(SpoolSegment segment, long offset)
{
    private const int Step = 256 * 1024;

    private byte[] buffer = new byte[Step];
    private int start;
    private int count;

    /// <summary>Where the next record is, or should be.</summary>
    public long Offset { get; private set; } = offset;

    /// <summary>The kind of the last record read.</summary>
    public RecordKind Kind { get; private set; }

    /// <summary>The payload of the last record read; valid until the next one is.</summary>
    public ReadOnlyMemory<byte> Payload { get; private set; }

    /// <summary>Reads one record of which it is known where it is.</summary>
    /// <returns>Its payload; null if it is not there, or damaged.</returns>
    public static ReadOnlyMemory<byte>? ReadAt(SpoolSegment segment, long offset, RecordKind kind)
    {
        Span<byte> header = stackalloc byte[RecordFrame.HeaderLength];
        if (segment.Read(header, offset) < header.Length || RecordFrame.Read(header, out _, out var length) == FrameState.Damaged
            || offset + length > segment.Length)
        {
            return null;
        }

        var record = new byte[length];
        for (var count = 0; count < length;)
        {
            var read = segment.Read(record.AsSpan(count), offset + count);
            if (read == 0)
                return null;

            count += read;
        }

        // Not as one expression: beside a Memory, null would mean an empty one.
        if (RecordFrame.Read(record, out var found, out _) != FrameState.Whole || found != kind)
            return null;

        return record.AsMemory(RecordFrame.HeaderLength);
    }

    /// <param name="end">How much of the segment counts.</param>
    public SegmentRead Read(long end)
    {
        if (Offset >= end)
            return SegmentRead.End;

        while (true)
        {
            var state = RecordFrame.Read(buffer.AsSpan(start, count), out var kind, out var length);
            var from = Offset;
            switch (state)
            {
                case FrameState.Whole:
                    Kind = kind;
                    Payload = buffer.AsMemory(start + RecordFrame.HeaderLength, length - RecordFrame.HeaderLength);
                    Skip(length);
                    return SegmentRead.Record;

                case FrameState.Incomplete when Offset + length <= end:
                    if (!Fill(length, end))
                        return FindNext(from, end);
                    break;

                default:
                    // Incomplete although nothing more is to come, or no record at all.
                    return FindNext(from, end);
            }
        }
    }

    private void Skip(int bytes)
    {
        start += bytes;
        count -= bytes;
        Offset += bytes;
    }

    // At least this many bytes from Offset on. Never beyond the end: behind the end a record may be half written.
    private bool Fill(int needed, long end)
    {
        if (buffer.Length - start < needed || count == 0)
        {
            var larger = buffer.Length < needed ? new byte[Math.Max(needed, Step)] : buffer;
            buffer.AsSpan(start, count).CopyTo(larger);
            (buffer, start) = (larger, 0);
        }

        while (count < needed)
        {
            var room = (int)Math.Min(buffer.Length - start - count, end - Offset - count);
            var read = segment.Read(buffer.AsSpan(start + count, room), Offset + count);
            if (read == 0)
                return false;

            count += read;
        }

        return true;
    }

    // Rare and slow: all the rest is looked through for something that starts like a record and is one.
    private SegmentRead FindNext(long from, long end)
    {
        var rest = new byte[end - from];
        var length = 0;
        while (length < rest.Length && segment.Read(rest.AsSpan(length), from + length) is var read and > 0)
            length += read;

        for (var at = 1; at < length; at++)
        {
            var next = rest.AsSpan(at, length - at).IndexOf(RecordFrame.FirstByte);
            if (next < 0)
                break;

            at += next;
            if (RecordFrame.Read(rest.AsSpan(at, length - at), out _, out _) != FrameState.Whole)
                continue;

            MoveTo(from + at);
            return new SegmentRead(SegmentReadKind.Damage, from, at);
        }

        var torn = RecordFrame.Read(rest.AsSpan(0, length), out _, out _) == FrameState.Incomplete;
        MoveTo(end);
        return new SegmentRead(torn ? SegmentReadKind.TornTail : SegmentReadKind.Damage, from, end - from);
    }

    private void MoveTo(long offset)
    {
        (start, count) = (0, 0);
        Offset = offset;
    }
}

/// <param name="From">Where the damage begins.</param>
/// <param name="Length">Bytes of damage.</param>
internal readonly record struct SegmentRead(SegmentReadKind Kind, long From, long Length)
{
    public static SegmentRead Record => new(SegmentReadKind.Record, 0, 0);

    public static SegmentRead End => new(SegmentReadKind.End, 0, 0);
}

internal enum SegmentReadKind
{
    Record,
    End,

    /// <summary>Bytes that are no record, in the place of one.</summary>
    Damage,

    /// <summary>The beginning of a record whose writer did not come to its end: no one was told it was there.</summary>
    TornTail,
}
