using BenchmarkDotNet.Attributes;
using CleanGateway.Application.ChatCompletions;
using CleanGateway.Infrastructure.ProviderAdapters.Dialects;

namespace CleanGateway.Benchmarks.Parts;

/// <summary>A request's bytes: read once, and sent on with only what has to change spliced in.</summary>
public class DialectParts
{
    private readonly OpenAiDialect dialect = new(Samples.Account);
    private ReadOnlyMemory<byte> body;
    private ChatRequest chat = null!;

    /// <summary>Bytes of the prompt.</summary>
    [Params(300, 150_000)]
    public int Prompt { get; set; }

    [GlobalSetup]
    public void Prepare() => (body, chat) = (Samples.Chat(stream: true, Prompt), Samples.Read(Samples.Chat(stream: true, Prompt)));

    [Benchmark(Description = "read a request")]
    public object ReadRequest() => Samples.Read(body);

    [Benchmark(Description = "splice a request for an upstream")]
    public object Splice() => dialect.Write(chat, Samples.Target);
}
