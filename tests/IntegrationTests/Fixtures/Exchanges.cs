using CleanGateway.Domain.ApiKeys;
using CleanGateway.Domain.Providers;
using CleanGateway.Domain.RequestLogs;
using CleanGateway.Domain.Usage;

namespace CleanGateway.IntegrationTests.Fixtures;

/// <summary>Exchanges for the journal, without a call.</summary>
internal static class Exchanges
{
    public static readonly ApiKeyId Caller = new(new Guid("0197a000-0000-7000-8000-000000000001"));

    private static readonly Destination Provider = new(
        new ProviderId(new Guid("0197a000-0000-7000-8000-000000000002")), "openai-main", "gpt-4", new Price(0.00003m, 0.00006m));

    /// <summary>A call that was answered; 9 tokens in, 3 out, $0.00045.</summary>
    /// <param name="at">When it came; decides the partition.</param>
    public static Exchange Answered(DateTimeOffset at, string model = "gpt-4", LoggedBody? asked = null, LoggedBody? answer = null, ApiKeyId? caller = null)
    {
        var request = RequestLog.Begin(
            RequestId.New(at), caller ?? Caller, new RequestLine("/v1/chat/completions", "POST", "/v1/chat/completions", "{}", ClientRequestId: null), at);
        request.Asked(asked ?? LoggedBody.Exact("{}"u8.ToArray()), model);
        request.Dispatch(Provider);
        return request.Answered(
            new Answer(200, answer ?? LoggedBody.Exact("{}"u8.ToArray()), UsageReport.Of(new TokenUsage(9, 3)), model), TimeSpan.FromMilliseconds(5));
    }
}
