using System.Text;
using CleanGateway.Domain.ApiKeys;
using CleanGateway.Domain.Providers;
using CleanGateway.Domain.RequestLogs;
using CleanGateway.Domain.Usage;
using CleanGateway.Infrastructure.Journal;

namespace CleanGateway.UnitTests.Infrastructure.Archive;

/// <summary>Exchanges as the journal hands them over.</summary>
internal static class Rows
{
    public static readonly DateTimeOffset Now = new(2026, 8, 1, 12, 0, 0, 123, TimeSpan.Zero);

    public static ExchangeRow Answered(LoggedBody? asked = null, LoggedBody? answer = null, string? headers = null, DateTimeOffset? at = null)
    {
        var now = at ?? Now;
        var log = RequestLog.Begin(
            RequestId.New(now), new ApiKeyId(new Guid("0197a000-0000-7000-8000-000000000001")),
            new RequestLine("/v1/chat/completions", "POST", "/v1/chat/completions?x=ä", headers, "mine-1"), now);
        log.Asked(asked ?? Json("""{"q":1}"""), "gpt-4", "user-1");
        log.Dispatch(new Destination(new ProviderId(new Guid("0197a000-0000-7000-8000-000000000002")), "openai-main", "gpt-4", new Price(0.00003m, 0.00006m)));
        return ExchangeRow.Of(log.Answered(
            new Answer(200, answer ?? Json("""{"a":1}"""), UsageReport.Of(new TokenUsage(9, 3)), "gpt-4-0613"), TimeSpan.FromTicks(2_503_217)));
    }

    /// <summary>As many as asked for.</summary>
    public static IReadOnlyList<ExchangeRow> Many(int count) => [.. Enumerable.Range(0, count).Select(n => Answered(at: Now.AddMilliseconds(n)))];

    public static LoggedBody Json(string json) => LoggedBody.Exact(Encoding.UTF8.GetBytes(json));
}
