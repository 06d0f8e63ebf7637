using System.Buffers.Binary;

namespace CleanGateway.Infrastructure.Journal.Spool;

/// <summary>What a record of the spool says. The numbers are in files: never change one.</summary>
internal enum RecordKind : byte
{
    /// <summary>A call is about to go upstream.</summary>
    Accept = 1,

    /// <summary>How far a long stream has come.</summary>
    Progress = 2,

    /// <summary>How a call ended; everything its rows need.</summary>
    Complete = 3,

    /// <summary>Up to where all is in the database.</summary>
    Settled = 4,
}

/// <summary>
/// The envelope of a record: 4 bytes of mark, 4 of payload length, 4 of CRC-32C over everything else, 1 of kind, 1 of
/// version, 2 unused; then the payload. Little-endian. The mark lets a reader find the next record behind a damaged one.
/// </summary>
internal static class RecordFrame
{
    public const int HeaderLength = 16;
    public const byte Version = 1;

    /// <summary>No record is larger: both bodies at their largest, and then some.</summary>
    public const int MaxPayload = int.MaxValue / 2;

    private const uint Mark = 0x4A524743;   // "CGRJ"

    /// <summary>The first byte of every record.</summary>
    public const byte FirstByte = unchecked((byte)Mark);

    public static void WriteHeader(Span<byte> header, RecordKind kind, ReadOnlySpan<ReadOnlyMemory<byte>> payload)
    {
        var length = 0;
        foreach (var piece in payload)
            length = checked(length + piece.Length);

        BinaryPrimitives.WriteUInt32LittleEndian(header, Mark);
        BinaryPrimitives.WriteInt32LittleEndian(header[4..], length);
        header[12] = (byte)kind;
        header[13] = Version;
        header[14..HeaderLength].Clear();

        var crc = Begin(header);
        foreach (var piece in payload)
            crc.Append(piece.Span);
        BinaryPrimitives.WriteUInt32LittleEndian(header[8..], crc.Value);
    }

    /// <summary>Looks at what should be a record.</summary>
    /// <param name="length">Bytes of the whole record, envelope included; of use only if there is one, or some of one.</param>
    public static FrameState Read(ReadOnlySpan<byte> bytes, out RecordKind kind, out int length)
    {
        (kind, length) = (default, HeaderLength);
        if (bytes.Length < HeaderLength)
            return FrameState.Incomplete;

        var payload = BinaryPrimitives.ReadInt32LittleEndian(bytes[4..]);
        if (BinaryPrimitives.ReadUInt32LittleEndian(bytes) != Mark || payload is < 0 or > MaxPayload)
            return FrameState.Damaged;

        kind = (RecordKind)bytes[12];
        length = HeaderLength + payload;
        if (bytes.Length < length)
            return FrameState.Incomplete;

        var crc = Begin(bytes);
        crc.Append(bytes[HeaderLength..length]);
        return crc.Value == BinaryPrimitives.ReadUInt32LittleEndian(bytes[8..]) ? FrameState.Whole : FrameState.Damaged;
    }

    private static Crc32C Begin(ReadOnlySpan<byte> header)
    {
        var crc = new Crc32C();
        crc.Append(header[4..8]);
        crc.Append(header[12..HeaderLength]);
        return crc;
    }
}

internal enum FrameState
{
    Whole,

    /// <summary>It would need more bytes than there are.</summary>
    Incomplete,
    Damaged,
}
