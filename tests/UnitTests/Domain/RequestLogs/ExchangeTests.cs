using System.Text;
using CleanGateway.Domain.ApiKeys;
using CleanGateway.Domain.Common;
using CleanGateway.Domain.Providers;
using CleanGateway.Domain.RequestLogs;
using CleanGateway.Domain.ResponseLogs;
using CleanGateway.Domain.Usage;

namespace CleanGateway.UnitTests.Domain.RequestLogs;

public class ExchangeTests
{
    private static readonly DateTimeOffset Now = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);
    private static readonly TimeSpan Latency = TimeSpan.FromSeconds(2);
    private static readonly byte[] Asked = Encoding.UTF8.GetBytes("""{"model":"gpt-4","messages":[{"content":"\u0000"}]}""");
    private static readonly byte[] Told = Encoding.UTF8.GetBytes("""{"choices":[]}""");

    [Fact]
    public void An_answer_that_is_withdrawn_is_a_failure_of_the_gateway()
    {
        var exchange = Answered();

        var withdrawn = exchange.Withdrawn(GatewayError.LogUnavailable, 503);

        withdrawn.Request.StatusCode.Should().Be(503);
        withdrawn.Response.Should().Match<ResponseLog>(response =>
            response.StatusCode == 503 && response.Outcome == "gateway_error" && response.ErrorCode == "log_unavailable");
    }

    [Fact]
    public void What_is_withdrawn_was_billed_all_the_same()
    {
        var exchange = Answered();

        var withdrawn = exchange.Withdrawn(GatewayError.LogUnavailable, 503);

        withdrawn.Usage.Should().BeSameAs(exchange.Usage).And.NotBeNull();
        withdrawn.Response.Should().Match<ResponseLog>(response => response.Cost == 0.00045m && response.TotalTokens == 12);
        withdrawn.Request.RequestId.Should().Be(exchange.Request.RequestId);
    }

    [Fact]
    public void Withdrawing_leaves_the_exchange_itself_as_it_was()
    {
        var exchange = Answered();

        exchange.Withdrawn(GatewayError.LogUnavailable, 503);

        exchange.Request.StatusCode.Should().Be(200);
        exchange.Response.Should().Match<ResponseLog>(response => response.StatusCode == 200 && response.Outcome == "ok"
            && response.ErrorCode == null);
    }

    [Fact]
    public void The_status_of_a_stream_that_had_begun_has_gone_out_and_stays()
    {
        var withdrawn = Answered(stream: true).Withdrawn(GatewayError.LogUnavailable, 503);

        withdrawn.Request.StatusCode.Should().Be(200);
        withdrawn.Response.Should().Match<ResponseLog>(response =>
            response.StatusCode == 200 && response.Outcome == "gateway_error" && response.ErrorCode == "log_unavailable");
    }

    [Fact]
    public void A_stream_that_was_refused_before_it_began_is_told_the_new_status()
    {
        var log = Begun(stream: true);
        var refused = log.Refused(GatewayError.UnknownModel("gpt-99"), 400, LoggedBody.Exact(Told), Latency);

        var withdrawn = refused.Withdrawn(GatewayError.LogUnavailable, 503);

        withdrawn.Request.StatusCode.Should().Be(503);
        withdrawn.Response.StatusCode.Should().Be(503);
    }

    private static RequestLine Line() => new("/v1/chat/completions", "POST", "/v1/chat/completions", "{}", "mine-1");

    private static Destination To() => new(new ProviderId(Guid.CreateVersion7(Now)), "openai-main", "gpt-4", new Price(0.00003m, 0.00006m));

    private static RequestLog Begun(bool stream)
    {
        var log = RequestLog.Begin(RequestId.New(Now), new ApiKeyId(Guid.CreateVersion7(Now)), Line(), Now);
        log.Asked(LoggedBody.Exact(Asked), "gpt-4", "user-1", stream);
        return log;
    }

    private static Exchange Answered(bool stream = false)
    {
        var log = Begun(stream);
        log.Dispatch(To());
        return log.Answered(new Answer(200, LoggedBody.Exact(Told), UsageReport.Of(new TokenUsage(9, 3)), "gpt-4-0613"), Latency);
    }
}
