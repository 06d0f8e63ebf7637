using System.Text;
using Amazon.Runtime.EventStreams;
using CleanGateway.Infrastructure.ProviderAdapters;
using CleanGateway.Infrastructure.ProviderAdapters.Framing;

namespace CleanGateway.UnitTests.Infrastructure.ProviderAdapters.Converse;

/// <summary>The dialect behind its framing.</summary>
public sealed class ConverseFramesTests : IDisposable
{
    private const int Seed = 20260801;
    private const int Rounds = 100;

    private readonly ConverseCalls calls = new();

    [Theory]
    [InlineData("everything")]
    [InlineData("guardrail")]
    public async Task The_chunks_are_the_same_wherever_the_bytes_are_split(string name)
    {
        var bytes = ConverseGoldenTests.Events(name).SelectMany(item => Frame(item.Name, item.Data)).ToArray();
        var expected = ConverseCalls.Stream(calls.Reader(), ConverseGoldenTests.Events(name)).Chunks;

        for (var round = 0; round < Rounds; round++)
        {
            var read = await ReadAsync(Pieces.Cut(bytes, new Random(Seed + round)));

            ConverseCalls.Stream(calls.Reader(), read).Chunks.Should().Equal(expected, "seed {0}", Seed + round);
        }
    }

    [Theory]
    [InlineData("throttlingException", "RateLimited")]
    [InlineData("modelStreamErrorException", "Failed")]
    [InlineData("serviceUnavailableException", "Overloaded")]
    public async Task An_exception_within_a_stream_is_of_its_kind(string type, string kind)
    {
        var events = new List<UpstreamEvent>();
        await foreach (var item in new AwsEventStream().ReadAsync(Body([Frame(type, """{"message":"m"}""", "exception")]), Abort))
            events.Add(item);

        var failure = calls.Dialect.ReadFailure(events.Should().ContainSingle(item => item.IsError).Which.Data.Span, headers: null);

        failure.Message.Should().Be("m");
        calls.Dialect.KindOf(null, failure).ToString().Should().Be(kind);
    }

    public void Dispose() => calls.Dispose();

    private static CancellationToken Abort => TestContext.Current.CancellationToken;

    private static async Task<List<(string Name, string Data)>> ReadAsync(ReadOnlyMemory<byte>[] pieces)
    {
        var read = new List<(string, string)>();
        await foreach (var item in new AwsEventStream().ReadAsync(Body(pieces), Abort))
            read.Add((item.Name!, Chats.Text(item.Data)));
        return read;
    }

    private static UpstreamBody Body(ReadOnlyMemory<byte>[] pieces) =>
        new(new ScriptedStream(pieces), new Patience(TimeSpan.FromSeconds(60), new ManualTime(), Abort), idleTimeout: TimeSpan.FromSeconds(10));

    private static byte[] Frame(string name, string data, string type = "event") => new EventStreamMessage(
        [Header($":{type}-type", name), Header(":content-type", "application/json"), Header(":message-type", type)], Encoding.UTF8.GetBytes(data)).ToByteArray();

    private static EventStreamHeader Header(string name, string value)
    {
        var header = new EventStreamHeader(name);
        header.SetString(value);
        return header;
    }
}
