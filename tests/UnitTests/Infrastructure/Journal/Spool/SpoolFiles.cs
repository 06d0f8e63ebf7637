using System.Text;
using CleanGateway.Domain.ApiKeys;
using CleanGateway.Domain.Providers;
using CleanGateway.Domain.RequestLogs;
using CleanGateway.Domain.Usage;
using CleanGateway.Infrastructure.Journal.Spool;
using Microsoft.Extensions.Logging.Abstractions;

namespace CleanGateway.UnitTests.Infrastructure.Journal.Spool;

/// <summary>A spool on the disk, and calls to put into it.</summary>
internal sealed class SpoolFiles : IDisposable
{
    public static readonly DateTimeOffset Start = new(2026, 11, 21, 12, 0, 0, TimeSpan.Zero);
    public static readonly SpoolLimits Roomy = new(Durable: false, SpoolLimits.SegmentBytesFor(long.MaxValue), long.MaxValue, 0);

    private readonly TemporaryFolder folder = new();
    private int calls;

    public string Path => System.IO.Path.Combine(folder.Path, "journal");

    public IReadOnlyList<string> Segments => SpoolSegment.Find(Path);

    public SpoolFolder Open() => SpoolFolder.Open(Path);

    public static SpoolWriter Write(SpoolFolder into, SpoolLimits? limits = null) =>
        new(into, limits ?? Roomy, TimeProvider.System, NullLogger<SpoolWriter>.Instance);

    public static (SpoolRecovery Recovery, IReadOnlyList<OpenCall> Open) Recover(SpoolFolder spool)
    {
        var recovery = new SpoolRecovery(spool, NullLogger<SpoolRecovery>.Instance);
        return (recovery, recovery.Run());
    }

    /// <summary>A call that has been sent to a provider; each has an id of its own.</summary>
    public RequestLog Call(string question = "Say hello!", TokenUsage? reserved = null, bool stream = false)
    {
        var now = Start.AddMilliseconds(calls++);
        var line = new RequestLine("/v1/chat/completions", "POST", "/v1/chat/completions?x=1", """{"user-agent":"curl"}""", "mine-1");
        var call = RequestLog.Begin(RequestId.New(now), new ApiKeyId(Guid.CreateVersion7(now)), line, now);
        call.Asked(LoggedBody.Exact(Encoding.UTF8.GetBytes($$"""{"question":"{{question}}"}""")), "my-gpt4", "user-1", stream);
        call.Dispatch(new Destination(new ProviderId(Guid.CreateVersion7(now)), "openai-main", "gpt-4", new Price(0.00003m, 0.00006m)), reserved);
        return call;
    }

    public static Exchange Answer(RequestLog call, string answer = "Hello") => call.Answered(
        new Answer(200, LoggedBody.Exact(Encoding.UTF8.GetBytes($$"""{"answer":"{{answer}}"}""")), UsageReport.Of(new TokenUsage(9, 3)), "gpt-4-0613"),
        TimeSpan.FromMilliseconds(250));

    public void Dispose() => folder.Dispose();
}
