using System.Buffers.Binary;
using System.Text;

namespace CleanGateway.IntegrationTests.Providers;

/// <summary>Writes frames of <c>application/vnd.amazon.eventstream</c>, as the specification of Smithy has them.</summary>
internal static class EventStreamFrame
{
    private const byte TextType = 7;
    private static readonly uint[] Table = [.. Enumerable.Range(0, 256).Select(index => ByteCrc((uint)index))];

    /// <param name="headers">Texts, in this order.</param>
    public static byte[] Encode(string payload, params ReadOnlySpan<(string Name, string Value)> headers)
    {
        var head = new MemoryStream();
        foreach (var (name, value) in headers)
        {
            head.WriteByte((byte)name.Length);
            head.Write(Encoding.UTF8.GetBytes(name));
            head.WriteByte(TextType);
            head.Write(BigEndian(checked((ushort)Encoding.UTF8.GetByteCount(value))));
            head.Write(Encoding.UTF8.GetBytes(value));
        }

        var body = Encoding.UTF8.GetBytes(payload);
        var frame = new MemoryStream();
        frame.Write(BigEndian((uint)(head.Length + body.Length + 16)));
        frame.Write(BigEndian((uint)head.Length));
        frame.Write(BigEndian(Crc(frame.ToArray())));
        head.WriteTo(frame);
        frame.Write(body);
        frame.Write(BigEndian(Crc(frame.ToArray())));
        return frame.ToArray();
    }

    /// <summary>The first bytes of a frame of this many, that many of them its headers.</summary>
    public static byte[] Prelude(uint length, uint headers)
    {
        byte[] lengths = [.. BigEndian(length), .. BigEndian(headers)];
        return [.. lengths, .. BigEndian(Crc(lengths))];
    }

    /// <summary>An event with JSON in it.</summary>
    public static byte[] Event(string type, string json) =>
        Encode(json, (":event-type", type), (":content-type", "application/json"), (":message-type", "event"));

    /// <summary>A modelled failure.</summary>
    public static byte[] Exception(string type, string json) =>
        Encode(json, (":exception-type", type), (":content-type", "application/json"), (":message-type", "exception"));

    /// <summary>CRC-32 as in IEEE 802.3.</summary>
    public static uint Crc(ReadOnlySpan<byte> bytes)
    {
        var crc = uint.MaxValue;
        foreach (var next in bytes)
            crc = Table[(crc ^ next) & 0xff] ^ (crc >> 8);

        return ~crc;
    }

    private static uint ByteCrc(uint crc)
    {
        for (var bit = 0; bit < 8; bit++)
            crc = (crc & 1) == 0 ? crc >> 1 : 0xedb88320 ^ (crc >> 1);

        return crc;
    }

    private static byte[] BigEndian(uint value)
    {
        var bytes = new byte[4];
        BinaryPrimitives.WriteUInt32BigEndian(bytes, value);
        return bytes;
    }

    private static byte[] BigEndian(ushort value)
    {
        var bytes = new byte[2];
        BinaryPrimitives.WriteUInt16BigEndian(bytes, value);
        return bytes;
    }
}
