using System.Buffers;
using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using System.Text.Json;
using Amazon.Runtime.EventStreams;

namespace CleanGateway.Infrastructure.ProviderAdapters.Framing;

/// <summary>
/// Amazon's event stream (Smithy, "Amazon Event Stream Specification"): frames of a prelude, headers, a payload, and a
/// checksum over each half. This class cuts the frames and turns messages into events; what is in a frame, the AWS SDK
/// reads.
/// </summary>
internal sealed class AwsEventStream : IFraming
{
    /// <summary>The specification's own limits.</summary>
    private const int MaxPayloadBytes = 24 * 1024 * 1024;
    private const int MaxHeaderBytes = 128 * 1024;

    private const int PreludeBytes = 12;
    private const int ChecksumBytes = 4;

    public string MediaType => "application/vnd.amazon.eventstream";

    public async IAsyncEnumerable<UpstreamEvent> ReadAsync(UpstreamBody body, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var prelude = new byte[PreludeBytes];
        while (await TryFillAsync(body, prelude, mayEnd: true, cancellationToken))
        {
            var frame = new byte[LengthOf(prelude)];
            prelude.CopyTo(frame, 0);
            await TryFillAsync(body, frame.AsMemory(PreludeBytes), mayEnd: false, cancellationToken);
            body.EventRead();
            yield return Event(Decode(frame));
        }
    }

    /// <returns>False at a clean end, between two frames.</returns>
    private static async ValueTask<bool> TryFillAsync(UpstreamBody body, Memory<byte> buffer, bool mayEnd, CancellationToken cancellationToken)
    {
        for (var filled = 0; filled < buffer.Length;)
        {
            var read = await body.ReadAsync(buffer[filled..], cancellationToken);
            if (read == 0)
                return mayEnd && filled == 0 ? false : throw new EndOfStreamException("The event stream ends in the middle of a frame.");

            filled += read;
        }

        return true;
    }

    // The prelude has a checksum of its own so that nobody waits for, or makes room for, a length that was never sent.
    private static int LengthOf(ReadOnlySpan<byte> prelude)
    {
        if (Crc32(prelude[..8]) != BinaryPrimitives.ReadUInt32BigEndian(prelude[8..]))
            throw new InvalidDataException("The checksum of a frame's prelude is wrong.");

        long total = BinaryPrimitives.ReadUInt32BigEndian(prelude);
        long headers = BinaryPrimitives.ReadUInt32BigEndian(prelude[4..]);
        var payload = total - headers - PreludeBytes - ChecksumBytes;
        if (headers > MaxHeaderBytes || payload is < 0 or > MaxPayloadBytes || total > UpstreamBody.MaxEventBytes)
            throw new InvalidDataException($"A frame of {total} bytes with headers of {headers}.");

        return (int)total;
    }

    private static EventStreamMessage Decode(byte[] frame)
    {
        try
        {
            return (EventStreamMessage)EventStreamMessage.FromBuffer(frame, 0, frame.Length);
        }
        catch (Exception malformed)
        {
            // It reads the headers before it compares the checksum, and over damaged ones it stumbles in many ways.
            throw new InvalidDataException("A frame of the event stream is damaged.", malformed);
        }
    }

    private static UpstreamEvent Event(EventStreamMessage message) => Text(message, ":message-type") switch
    {
        "event" => new UpstreamEvent(message.Payload, IsError: false, Text(message, ":event-type")),
        "exception" => Failure(Text(message, ":exception-type"), MessageOf(message.Payload)),
        "error" => Failure(Text(message, ":error-code"), Text(message, ":error-message")),
        _ => throw new InvalidDataException("A frame of the event stream is neither event, exception nor error."),
    };

    private static UpstreamEvent Failure(string? type, string? text)
    {
        var json = new ArrayBufferWriter<byte>(128);
        using (var writer = new Utf8JsonWriter(json))
        {
            writer.WriteStartObject();
            writer.WriteString("__type", type);
            writer.WriteString("message", text);
            writer.WriteEndObject();
        }

        return new UpstreamEvent(json.WrittenMemory, IsError: true, type);
    }

    private static string? MessageOf(ReadOnlySpan<byte> payload)
    {
        try
        {
            var reader = new Utf8JsonReader(payload);
            using var document = JsonDocument.ParseValue(ref reader);
            return document.RootElement.ValueKind == JsonValueKind.Object
                && (document.RootElement.TryGetProperty("message", out var message) || document.RootElement.TryGetProperty("Message", out message))
                && message.ValueKind == JsonValueKind.String ? message.GetString() : null;
        }
        catch (Exception notJson) when (notJson is JsonException or InvalidOperationException)
        {
            return null;   // the exception's type alone says enough
        }
    }

    private static string? Text(EventStreamMessage message, string header) =>
        message.Headers.TryGetValue(header, out var value) && value.HeaderType == EventStreamHeaderType.String ? value.AsString() : null;

    // CRC-32 (ISO 3309, the one of zlib) of the eight bytes it is needed for.
    private static uint Crc32(ReadOnlySpan<byte> bytes)
    {
        var crc = uint.MaxValue;
        foreach (var one in bytes)
        {
            crc ^= one;
            for (var bit = 0; bit < 8; bit++)
                crc = (crc >> 1) ^ ((crc & 1) * 0xEDB88320);
        }

        return ~crc;
    }
}
