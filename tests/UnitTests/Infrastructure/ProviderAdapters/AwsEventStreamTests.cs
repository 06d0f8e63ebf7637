using System.Buffers.Binary;
using System.Text;
using System.Text.Json;
using Amazon.Runtime.EventStreams;
using CleanGateway.Infrastructure.ProviderAdapters;
using CleanGateway.Infrastructure.ProviderAdapters.Framing;

namespace CleanGateway.UnitTests.Infrastructure.ProviderAdapters;

public class AwsEventStreamTests
{
    // Fixed vectors: what a frame looks like must not depend on the code that also reads it.
    private const string Delta =
        "0000009400000057b4ab9aee0b3a6576656e742d74797065070011636f6e74656e74426c6f636b44656c74610d3a636f6e74656e742d74797065070010"
        + "6170706c69636174696f6e2f6a736f6e0d3a6d6573736167652d747970650700056576656e747b22636f6e74656e74426c6f636b496e646578223a302c"
        + "2264656c7461223a7b2274657874223a224869227d7d1f944657";
    private const string Stop =
        "0000007a00000051ca2c46650b3a6576656e742d7479706507000b6d65737361676553746f700d3a636f6e74656e742d747970650700106170706c6963"
        + "6174696f6e2f6a736f6e0d3a6d6573736167652d747970650700056576656e747b2273746f70526561736f6e223a22656e645f7475726e227d5fbf09fc";
    private const string Throttled =
        "00000087000000615c51e2250f3a657863657074696f6e2d747970650700137468726f74746c696e67457863657074696f6e0d3a636f6e74656e742d74"
        + "7970650700106170706c69636174696f6e2f6a736f6e0d3a6d6573736167652d74797065070009657863657074696f6e7b226d657373616765223a2254"
        + "6f6f206d616e79227db9fdf604";

    private static readonly Told DeltaTold = new("contentBlockDelta", false, """{"contentBlockIndex":0,"delta":{"text":"Hi"}}""");
    private static readonly Told StopTold = new("messageStop", false, """{"stopReason":"end_turn"}""");
    private static readonly Told ThrottledTold = new("throttlingException", true, """{"__type":"throttlingException","message":"Too many"}""");

    [Fact]
    public async Task The_events_are_the_same_wherever_the_bytes_are_split()
    {
        var bytes = Convert.FromHexString(Delta + Stop + Throttled);

        for (var split = 0; split <= bytes.Length; split++)
        {
            (await ReadAsync(bytes.AsMemory(0, split), bytes.AsMemory(split)))
                .Should().Equal([DeltaTold, StopTold, ThrottledTold], "split at {0}", split);
        }

        (await ReadAsync([.. bytes.Select(one => new ReadOnlyMemory<byte>([one]))]))
            .Should().Equal([DeltaTold, StopTold, ThrottledTold], "every byte comes alone");
    }

    [Fact]
    public async Task Random_streams_in_random_pieces_are_read_as_they_were_written()
    {
        const int Seed = 20260801;
        for (var round = 0; round < 200; round++)
        {
            var random = new Random(Seed + round);
            var written = Enumerable.Range(0, random.Next(1, 20)).Select(_ => RandomEvent(random)).ToList();
            var bytes = written.SelectMany(told => Frame(told.Name!, told.Data)).ToArray();

            (await ReadAsync(Pieces.Cut(bytes, random))).Should().Equal(written, "seed {0}", Seed + round);
        }
    }

    [Fact]
    public async Task A_stream_without_a_frame_has_no_events() => (await ReadAsync()).Should().BeEmpty();

    [Fact]
    public async Task Each_event_has_memory_of_its_own()
    {
        var events = new List<ReadOnlyMemory<byte>>();
        await foreach (var item in new AwsEventStream().ReadAsync(Body(Convert.FromHexString(Delta + Stop)), Abort))
            events.Add(item.Data);

        events.Select(Chats.Text).Should().Equal(DeltaTold.Data, StopTold.Data);
    }

    [Fact]
    public async Task An_end_in_the_middle_of_a_frame_is_no_clean_end()
    {
        var bytes = Convert.FromHexString(Delta + Stop);
        var first = Delta.Length / 2;

        for (var end = 1; end < bytes.Length; end++)
        {
            var (told, failure) = await ReadUntilFailureAsync(bytes.AsMemory(0, end));
            told.Should().HaveCount(end < first ? 0 : 1, "it ends after {0} bytes", end);
            if (end == first)
                failure.Should().BeNull();
            else
                failure.Should().BeAssignableTo<IOException>("it ends after {0} bytes", end);
        }
    }

    [Fact]
    public async Task Whatever_byte_is_damaged_no_event_comes_of_it()
    {
        var sound = Convert.FromHexString(Delta);
        for (var position = 0; position < sound.Length; position++)
        {
            var damaged = (byte[])sound.Clone();
            damaged[position] ^= 0x41;

            var (told, failure) = await ReadUntilFailureAsync(damaged);
            told.Should().BeEmpty();
            failure.Should().BeOfType<InvalidDataException>("byte {0} is damaged", position);
        }
    }

    [Theory]
    [InlineData(15u, 0u)]                                       // no room for the checksums
    [InlineData(100u, 85u)]                                     // headers longer than the frame
    [InlineData(0xFFFFFFFFu, 0u)]
    [InlineData(0x7FFFFFFFu, 0x7FFFFFF0u)]
    [InlineData(200_000u, 131_073u)]                            // headers of more than 128 KiB
    [InlineData(8u * 1024 * 1024 + 1, 0u)]                      // more than the gateway takes of any upstream
    public async Task A_length_that_no_honest_frame_has_is_refused_before_room_is_made_for_it(uint total, uint headers)
    {
        var prelude = new byte[12];
        BinaryPrimitives.WriteUInt32BigEndian(prelude, total);
        BinaryPrimitives.WriteUInt32BigEndian(prelude.AsSpan(4), headers);
        BinaryPrimitives.WriteUInt32BigEndian(prelude.AsSpan(8), Crc32(prelude.AsSpan(0, 8)));

        (await ReadUntilFailureAsync(prelude)).Failure.Should().BeOfType<InvalidDataException>();
    }

    [Theory]
    [InlineData(24, 12)]     // a type of header there is none of
    [InlineData(25, 0x7f)]   // a value longer than the headers
    [InlineData(12, 0xff)]   // a name longer than the headers
    [InlineData(12, 0)]      // no name
    public async Task Malformed_headers_under_right_checksums_are_refused(int position, byte value)
    {
        var frame = Convert.FromHexString(Delta);
        frame[position] = value;
        BinaryPrimitives.WriteUInt32BigEndian(frame.AsSpan(^4), Crc32(frame.AsSpan()[..^4]));

        (await ReadUntilFailureAsync(frame)).Failure.Should().BeOfType<InvalidDataException>();
    }

    [Fact]
    public async Task A_frame_may_be_large_and_many_come_to_more_than_one_may_be()
    {
        var large = $"\"{new string('x', 1024 * 1024)}\"";
        var frame = Frame("chunk", large);

        var told = await ReadAsync([.. Enumerable.Repeat<ReadOnlyMemory<byte>>(frame, 20)]);

        told.Should().HaveCount(20).And.OnlyContain(item => item.Data.Length == large.Length);
    }

    [Theory]
    [InlineData("""{"message":"boom"}""", "boom")]
    [InlineData("""{"Message":"boom"}""", "boom")]
    [InlineData("""{"message":"a \"quoted\" ü"}""", "a \"quoted\" ü")]
    [InlineData("""{"message":5}""", null)]
    [InlineData("""{}""", null)]
    [InlineData("[]", null)]
    [InlineData("<html>", null)]
    [InlineData("", null)]
    [InlineData("\"\\ud800\"", null)]
    [InlineData("""{"message":"\ud800"}""", null)]
    public async Task An_exception_says_what_it_is_and_what_it_means(string payload, string? message)
    {
        var told = (await ReadAsync(Frame(payload, (":message-type", "exception"), (":exception-type", "modelStreamErrorException")))).Single();

        using var json = JsonDocument.Parse(told.Data);
        (told.Name, told.IsError).Should().Be(("modelStreamErrorException", true));
        json.RootElement.GetProperty("__type").GetString().Should().Be("modelStreamErrorException");
        json.RootElement.GetProperty("message").GetString().Should().Be(message);
    }

    [Fact]
    public async Task An_error_has_its_words_in_the_headers() =>
        (await ReadAsync(Frame("", (":message-type", "error"), (":error-code", "InternalError"), (":error-message", "internal"))))
            .Should().Equal(new Told("InternalError", true, """{"__type":"InternalError","message":"internal"}"""));

    [Fact]
    public async Task A_message_of_no_known_kind_is_refused() =>
        (await ReadUntilFailureAsync(Frame("{}", (":message-type", "surprise")))).Failure.Should().BeOfType<InvalidDataException>();

    [Fact]
    public async Task The_frames_that_the_vendors_own_encoder_made_are_read()
    {
        using var vectors = JsonDocument.Parse(await File.ReadAllBytesAsync(SharedData.Find("bedrock-wire-vectors.json"), Abort));
        var stream = vectors.RootElement.GetProperty("eventstream");
        foreach (var frame in stream.GetProperty("frames").EnumerateArray())
        {
            var headers = frame.GetProperty("headers").EnumerateObject().ToDictionary(header => header.Name, header => header.Value.GetString()!);
            var told = (await ReadAsync(Convert.FromHexString(frame.GetProperty("hex").GetString()!))).Single();

            told.IsError.Should().Be(headers[":message-type"] != "event");
            told.Name.Should().Be(headers.GetValueOrDefault(":event-type") ?? headers.GetValueOrDefault(":exception-type") ?? headers[":error-code"]);
            if (!told.IsError)
                told.Data.Should().Be(frame.GetProperty("payload").GetString());
        }

        var whole = await ReadAsync(Convert.FromHexString(stream.GetProperty("whole_stream_hex").GetString()!));
        whole.Should().HaveCount(9);
        whole[^1].Name.Should().Be("metadata");
    }

    private static CancellationToken Abort => TestContext.Current.CancellationToken;

    private static Told RandomEvent(Random random) => new(
        $"event{random.Next(100)}", false,
        JsonSerializer.Serialize(new string([.. Enumerable.Range(0, random.Next(300)).Select(_ => (char)random.Next(32, 0xD7FF))])));

    private static byte[] Frame(string name, string data) =>
        Frame(data, (":event-type", name), (":content-type", "application/json"), (":message-type", "event"));

    private static byte[] Frame(string payload, params (string Name, string Value)[] headers) =>
        new EventStreamMessage([.. headers.Select(Header)], Encoding.UTF8.GetBytes(payload)).ToByteArray();

    private static IEventStreamHeader Header((string Name, string Value) header)
    {
        var result = new EventStreamHeader(header.Name);
        result.SetString(header.Value);
        return result;
    }

    private static uint Crc32(ReadOnlySpan<byte> bytes)
    {
        var crc = ~0u;
        foreach (var one in bytes)
        {
            crc ^= one;
            for (var bit = 0; bit < 8; bit++)
                crc = (crc & 1) == 1 ? (crc >> 1) ^ 0xEDB88320 : crc >> 1;
        }

        return ~crc;
    }

    private static UpstreamBody Body(params ReadOnlyMemory<byte>[] pieces) => new(
        new ScriptedStream(pieces), new Patience(TimeSpan.FromSeconds(60), new ManualTime(), Abort), idleTimeout: TimeSpan.FromSeconds(10));

    private static async Task<List<Told>> ReadAsync(params ReadOnlyMemory<byte>[] pieces)
    {
        var (told, failure) = await ReadUntilFailureAsync(pieces);
        failure.Should().BeNull();
        return told;
    }

    private static async Task<(List<Told> Told, Exception? Failure)> ReadUntilFailureAsync(params ReadOnlyMemory<byte>[] pieces)
    {
        var told = new List<Told>();
        try
        {
            await foreach (var item in new AwsEventStream().ReadAsync(Body(pieces), Abort))
                told.Add(new Told(item.Name, item.IsError, Chats.Text(item.Data)));
        }
        catch (Exception failure) when (failure is IOException or InvalidDataException)
        {
            return (told, failure);
        }

        return (told, null);
    }

    private sealed record Told(string? Name, bool IsError, string Data);
}
