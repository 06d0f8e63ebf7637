using System.Buffers.Binary;
using System.Numerics;

namespace CleanGateway.Infrastructure.Journal.Spool;

/// <summary>CRC-32C (Castagnoli, RFC 3720 B.4) over several pieces, with the processor's own instruction.</summary>
internal struct Crc32C
{
    private uint crc = uint.MaxValue;

    public Crc32C() { }

    public readonly uint Value => ~crc;

    public void Append(ReadOnlySpan<byte> bytes)
    {
        for (; bytes.Length >= sizeof(ulong); bytes = bytes[sizeof(ulong)..])
            crc = BitOperations.Crc32C(crc, BinaryPrimitives.ReadUInt64LittleEndian(bytes));

        foreach (var rest in bytes)
            crc = BitOperations.Crc32C(crc, rest);
    }
}
