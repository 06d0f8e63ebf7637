using System.Text;
using BenchmarkDotNet.Attributes;
using CleanGateway.Application.ChatCompletions;
using CleanGateway.Infrastructure.ProviderAdapters;
using CleanGateway.Infrastructure.ProviderAdapters.Framing;

namespace CleanGateway.Benchmarks.Parts;

/// <summary>Answers: a stream of a hundred events, and one that comes whole.</summary>
public class StreamParts
{
    private const int Events = 100;
    private const string Chunk =
        """{"id":"chatcmpl-1","object":"chat.completion.chunk","created":1700000000,"model":"gpt-4o","""
        + "\"choices\":[{\"index\":0,\"delta\":{\"content\":\" word\"},\"finish_reason\":null}]}";

    private readonly ServerSentEvents framing = new();
    private readonly byte[] bytes = Encoding.UTF8.GetBytes(string.Concat(Enumerable.Repeat($"data: {Chunk}\n\n", Events)));
    private readonly byte[] chunk = Encoding.UTF8.GetBytes(Chunk);
    private readonly ChatRequest chat = Samples.Read(Samples.Chat(stream: true));

    [Benchmark(Description = "cut into events", OperationsPerInvoke = Events)]
    public async Task<int> Cut()
    {
        using var patience = new Patience(TimeSpan.FromMinutes(1), TimeProvider.System, CancellationToken.None);
        await using var body = new UpstreamBody(new MemoryStream(bytes), patience, TimeSpan.FromMinutes(1));
        var read = 0;
        await foreach (var item in framing.ReadAsync(body, CancellationToken.None))
            read += item.Data.Length;
        return read;
    }

    [Benchmark(Description = "read a whole answer")]
    public bool ReadAnswer() => chat.Read(Samples.Answer).IsAnswer;

    [Benchmark(Description = "read an event")]
    public bool ReadEvent() => chat.Read(chunk).HasOutput;
}
