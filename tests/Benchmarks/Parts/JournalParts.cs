using BenchmarkDotNet.Attributes;
using CleanGateway.Domain.RequestLogs;
using CleanGateway.Domain.Usage;
using CleanGateway.Infrastructure.Journal;
using CleanGateway.Infrastructure.Journal.Spool;

namespace CleanGateway.Benchmarks.Parts;

/// <summary>Records of the journal: made, with their checksums, and read back.</summary>
public class JournalParts
{
    private RequestLog accepted = null!;
    private Exchange exchange = null!;
    private byte[] document = null!;
    private byte[] answer = null!;

    /// <summary>Bytes of the prompt.</summary>
    [Params(300, 150_000)]
    public int Prompt { get; set; }

    [GlobalSetup]
    public void Prepare()
    {
        accepted = Samples.Call(Samples.Chat(stream: false, Prompt));
        exchange = Samples.Call(Samples.Chat(stream: false, Prompt)).Answered(
            new Answer(200, LoggedBody.Exact(Samples.Answer), UsageReport.Of(new TokenUsage(29, 21)), "gpt-4o-2024-08-06"),
            TimeSpan.FromMilliseconds(700));
        var pieces = SpoolRecord.Complete(ExchangeRow.Of(exchange), new SpoolPosition(1, 16)).Pieces;
        (document, answer) = (pieces[1].ToArray(), pieces[3].ToArray());
    }

    [Benchmark(Description = "encode an acceptance")]
    public object Accept() => SpoolRecord.Accept(accepted);

    [Benchmark(Description = "encode an end")]
    public object Complete() => SpoolRecord.Complete(ExchangeRow.Of(exchange), new SpoolPosition(1, 16));

    [Benchmark(Description = "read an end back")]
    public object Restore() => SpoolRecord.Read(document, SpoolJson.Default.CompletedCall).Restore(answer, accepted: null);
}
