using System.Buffers.Binary;
using System.Text;

namespace CleanGateway.IntegrationTests.Telemetry;

/// <summary>A message of Protocol Buffers as it stands on the wire: numbered fields, in the order they came.</summary>
/// <seealso href="https://protobuf.dev/programming-guides/encoding/"/>
internal sealed class ProtobufMessage
{
    private readonly List<(int Number, ulong Value, ReadOnlyMemory<byte> Bytes)> fields = [];

    public ProtobufMessage(ReadOnlyMemory<byte> wire)
    {
        while (!wire.IsEmpty)
        {
            var tag = Varint(ref wire);
            var number = (int)(tag >> 3);
            switch (tag & 7)
            {
                case 0:
                    fields.Add((number, Varint(ref wire), default));
                    break;
                case 1:
                    fields.Add((number, BinaryPrimitives.ReadUInt64LittleEndian(wire.Span), default));
                    wire = wire[8..];
                    break;
                case 2:
                    var length = (int)Varint(ref wire);
                    fields.Add((number, 0, wire[..length]));
                    wire = wire[length..];
                    break;
                case 5:
                    fields.Add((number, BinaryPrimitives.ReadUInt32LittleEndian(wire.Span), default));
                    wire = wire[4..];
                    break;
                default:
                    throw new InvalidDataException($"Field {number} has the wire type {tag & 7}.");
            }
        }
    }

    public bool Has(int number) => fields.Any(field => field.Number == number);

    public IEnumerable<ProtobufMessage> Messages(int number) => fields.Where(field => field.Number == number).Select(field => new ProtobufMessage(field.Bytes));

    public ProtobufMessage? Message(int number) => Messages(number).LastOrDefault();

    public string Text(int number) => Encoding.UTF8.GetString(Bytes(number).Span);

    public string Hex(int number) => Convert.ToHexStringLower(Bytes(number).Span);

    public long Integer(int number) => (long)fields.LastOrDefault(field => field.Number == number).Value;

    public double Double(int number) => BitConverter.UInt64BitsToDouble(fields.LastOrDefault(field => field.Number == number).Value);

    private ReadOnlyMemory<byte> Bytes(int number) => fields.LastOrDefault(field => field.Number == number).Bytes;

    private static ulong Varint(ref ReadOnlyMemory<byte> wire)
    {
        ulong value = 0;
        for (var shift = 0; ; shift += 7)
        {
            var piece = wire.Span[0];
            wire = wire[1..];
            value |= (ulong)(piece & 0x7F) << shift;
            if (piece < 0x80)
                return value;
        }
    }
}
