using System.Buffers.Binary;
using System.Text.Json;
using CleanGateway.Infrastructure.ProviderAdapters;
using CleanGateway.Infrastructure.ProviderAdapters.Dialects;
using CleanGateway.Infrastructure.ProviderAdapters.Framing;
using CleanGateway.UnitTests.Infrastructure.ProviderAdapters;
using CleanGateway.UnitTests.Infrastructure.ProviderAdapters.Anthropic;
using CleanGateway.UnitTests.Infrastructure.ProviderAdapters.Converse;
using CleanGateway.UnitTests.Infrastructure.ProviderAdapters.Gemini;

namespace CleanGateway.UnitTests.Fuzz;

/// <summary>Answers of providers: cut into events, and read, whole or streamed.</summary>
internal static class FuzzAnswers
{
    private const string Chat = """{"model":"m","messages":[{"role":"user","content":"Hi"}],"tools":[{"type":"function","function":{"name":"now"}}]}""";
    private static readonly string Streamed = Chat.Replace("\"messages\"", "\"stream\":true,\"messages\"", StringComparison.Ordinal);

    public static Task ServerSentEventsAsync(byte[] bytes) => SameInPiecesAsync(new ServerSentEvents(), bytes);

    public static Task GoogleEventsAsync(byte[] bytes) => SameInPiecesAsync(new GoogleEvents(), bytes);

    // As they are, and as the content of a frame whose checksums are right: mutations hardly ever make one by themselves.
    public static async Task AwsFramesAsync(byte[] bytes)
    {
        await SameInPiecesAsync(new AwsEventStream(), bytes);
        await SameInPiecesAsync(new AwsEventStream(), Framed(bytes));
    }

    public static Task OpenAiAsync(byte[] bytes) =>
        ReadAsync(json => new OpenAiDialect(Chats.Account(), speaksResponses: true).Write(Chats.Read(json), Chats.Target("m")).Message!.Answer, new ServerSentEvents(), bytes);

    public static async Task GeminiAsync(byte[] bytes)
    {
        using var gemini = new GeminiCalls();
        await ReadAsync(json => gemini.Sent(json).Answer, new GoogleEvents(), bytes);
    }

    public static async Task AnthropicAsync(byte[] bytes)
    {
        using var anthropic = new AnthropicSetup();
        await ReadAsync(json => anthropic.Write(json).Message!.Answer, new ServerSentEvents(), bytes);
    }

    // Its events have names; those of server-sent events do as well as those of frames.
    public static async Task ConverseAsync(byte[] bytes)
    {
        using var converse = new ConverseCalls();
        await ReadAsync(json => converse.Reader(json), new ServerSentEvents(), bytes);
    }

    private static async Task ReadAsync(Func<string, IAnswerReader> readerOf, IFraming framing, byte[] bytes)
    {
        ReadWhole(readerOf(Chat), bytes);

        var reader = Begun(readerOf(Streamed));
        var answer = new AnswerEvents();
        await AllowedAsync(async () =>
        {
            await foreach (var item in EventsAsync(framing, [bytes]))
            {
                if (item.IsError || answer.Failure is not null || answer.Terminated)
                    return;

                reader.Read(item, answer);
                Take(answer, bytes.Length);
            }

            reader.End(answer);
            Take(answer, bytes.Length);
        });
    }

    private static void ReadWhole(IAnswerReader reader, byte[] bytes)
    {
        try
        {
            var whole = Begun(reader).ReadWhole(bytes, out var failure);
            if (failure is null && !whole.Span.SequenceEqual(bytes))
                JsonDocument.Parse(whole).Dispose();
            whole.Length.Should().BeLessThan((64 * 1024) + (16 * bytes.Length));
        }
        catch (Exception garbage) when (garbage is JsonException or InvalidDataException)
        {
            // That is how readers say that it is none of their language.
        }
    }

    private static IAnswerReader Begun(IAnswerReader reader)
    {
        using var response = new HttpResponseMessage();
        reader.Begin(response.Headers);
        return reader;
    }

    private static void Take(AnswerEvents answer, int length)
    {
        while (answer.TryTake(out var json, out _))
            json.Length.Should().BeLessThan((64 * 1024) + (16 * length));
    }

    private static async Task SameInPiecesAsync(IFraming framing, byte[] bytes)
    {
        var whole = await CutAsync(framing, [bytes]);
        var pieces = Pieces.Cut(bytes, new Random(bytes.Length));

        (await CutAsync(framing, pieces)).Should().Equal(whole, "it makes no difference how the bytes come");
    }

    private static async Task<List<string>> CutAsync(IFraming framing, IEnumerable<ReadOnlyMemory<byte>> pieces)
    {
        var events = new List<string>();
        var end = await AllowedAsync(async () =>
        {
            await foreach (var item in EventsAsync(framing, pieces))
                events.Add($"{item.IsError} {item.Name} {Convert.ToHexString(item.Data.Span)}");
        });
        events.Add(end ?? "the end");
        return events;
    }

    private static async IAsyncEnumerable<UpstreamEvent> EventsAsync(IFraming framing, IEnumerable<ReadOnlyMemory<byte>> pieces)
    {
        using var patience = new Patience(TimeSpan.FromMinutes(1), new ManualClock(GeminiCalls.Now), CancellationToken.None);
        using var body = new UpstreamBody(new ScriptedStream(pieces), patience, TimeSpan.FromMinutes(1));
        await foreach (var item in framing.ReadAsync(body, CancellationToken.None))
            yield return item;
    }

    /// <returns>The sort of exception, of those that framings and readers may end with; null: none.</returns>
    private static async Task<string?> AllowedAsync(Func<Task> read)
    {
        try
        {
            await read();
            return null;
        }
        catch (Exception garbage) when (garbage is JsonException or InvalidDataException or IOException)
        {
            return garbage.GetType().Name;
        }
    }

    private static byte[] Framed(byte[] bytes)
    {
        var headers = bytes.Length == 0 ? 0 : Math.Min(bytes[0], bytes.Length - 1);
        var content = bytes.AsSpan(Math.Min(1, bytes.Length));
        var frame = new byte[content.Length + 16];
        BinaryPrimitives.WriteInt32BigEndian(frame, frame.Length);
        BinaryPrimitives.WriteInt32BigEndian(frame.AsSpan(4), headers);
        BinaryPrimitives.WriteUInt32BigEndian(frame.AsSpan(8), Crc32(frame.AsSpan(0, 8)));
        content.CopyTo(frame.AsSpan(12));
        BinaryPrimitives.WriteUInt32BigEndian(frame.AsSpan(frame.Length - 4), Crc32(frame.AsSpan(0, frame.Length - 4)));
        return frame;
    }

    // CRC-32 (ISO 3309), as the specification of event streams has it.
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
