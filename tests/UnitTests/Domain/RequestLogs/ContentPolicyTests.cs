using System.Text;
using CleanGateway.Domain.ApiKeys;
using CleanGateway.Domain.Common;
using CleanGateway.Domain.Providers;
using CleanGateway.Domain.RequestLogs;
using CleanGateway.Domain.Usage;

namespace CleanGateway.UnitTests.Domain.RequestLogs;

public class ContentPolicyTests
{
    private static readonly DateTimeOffset Now = new(2026, 11, 21, 12, 0, 0, TimeSpan.Zero);
    private static readonly LoggedBody Asked = LoggedBody.Exact(Encoding.UTF8.GetBytes("""{"asked":1}"""));
    private static readonly LoggedBody Told = LoggedBody.Exact(Encoding.UTF8.GetBytes("""{"told":1}"""));

    [Fact]
    public void In_full_everything_is_kept()
    {
        var exchange = Answered(ContentPolicy.Full);

        (exchange.Request.Body, exchange.Response.Body).Should().Be((Asked, Told));
        (exchange.Request.Headers, exchange.Request.UserId, exchange.Request.ClientRequestId).Should().Be(("{}", "user-1", "mine-1"));
        exchange.Request.Url.Should().Be("/v1/chat/completions?x=1");
    }

    [Fact]
    public void As_metadata_bodies_are_omitted_and_nothing_else()
    {
        var exchange = Answered(ContentPolicy.Metadata);

        (exchange.Request.Body, exchange.Response.Body).Should().Be((LoggedBody.Omitted, LoggedBody.Omitted));
        (exchange.Request.Headers, exchange.Request.UserId, exchange.Request.ClientRequestId).Should().Be(("{}", "user-1", "mine-1"));
    }

    [Fact]
    public void With_none_only_what_the_gateway_itself_knows_is_left()
    {
        var exchange = Answered(ContentPolicy.None);

        (exchange.Request.Body, exchange.Response.Body).Should().Be((LoggedBody.Omitted, LoggedBody.Omitted));
        (exchange.Request.Headers, exchange.Request.UserId, exchange.Request.ClientRequestId).Should().Be((null, null, null));
        (exchange.Request.Url, exchange.Request.Model).Should().Be(("/v1/chat/completions", "my-gpt4"));
    }

    [Theory]
    [InlineData(ContentPolicy.Full)]
    [InlineData(ContentPolicy.Metadata)]
    [InlineData(ContentPolicy.None)]
    public void What_was_used_and_what_it_cost_is_always_kept(ContentPolicy policy)
    {
        var exchange = Answered(policy);

        (exchange.Response.PromptTokens, exchange.Response.Cost, exchange.Usage!.TotalCostUsd).Should().Be((9, 0.00045m, 0.00045m));
        (exchange.Request.StatusCode, exchange.Response.Outcome).Should().Be((200, "ok"));
    }

    [Theory]
    [InlineData(GatewayErrorKind.RateLimited, 429)]
    [InlineData(GatewayErrorKind.OverBudget, 402)]
    public void Calls_beyond_a_limit_of_ours_leave_no_bodies(GatewayErrorKind kind, int status)
    {
        var log = Begun(ContentPolicy.Full);

        var exchange = log.Refused(new GatewayError(kind, "no_more", "No more."), status, Told, TimeSpan.Zero);

        (exchange.Request.Body, exchange.Response.Body).Should().Be((LoggedBody.Omitted, LoggedBody.Omitted));
        (exchange.Request.Headers, exchange.Response.ErrorCode).Should().Be(("{}", "no_more"));
    }

    [Fact]
    public void A_limit_of_the_provider_s_is_an_answer_like_any_other()
    {
        var log = Begun(ContentPolicy.Full);
        log.Dispatch(To());

        var exchange = log.Refused(new GatewayError(GatewayErrorKind.RateLimited, "rate_limit_exceeded", "Later."), 429, Told, TimeSpan.Zero);

        (exchange.Request.Body, exchange.Response.Body).Should().Be((Asked, Told));
    }

    [Fact]
    public void What_was_not_there_is_not_omitted()
    {
        var log = RequestLog.Begin(RequestId.New(Now), default, Line(), Now, ContentPolicy.None);

        log.Refused(GatewayError.Invalid("no"), 400, LoggedBody.None, TimeSpan.Zero).Response.Body.Should().Be(LoggedBody.None);
    }

    private static Exchange Answered(ContentPolicy policy)
    {
        var log = Begun(policy);
        log.Dispatch(To());
        return log.Answered(new Answer(200, Told, UsageReport.Of(new TokenUsage(9, 3)), "gpt-4-0613"), TimeSpan.FromMilliseconds(250));
    }

    private static RequestLog Begun(ContentPolicy policy)
    {
        var log = RequestLog.Begin(RequestId.New(Now), new ApiKeyId(Guid.CreateVersion7(Now)), Line(), Now, policy);
        log.Asked(Asked, "my-gpt4", "user-1");
        return log;
    }

    private static RequestLine Line() => new("/v1/chat/completions", "POST", "/v1/chat/completions?x=1", "{}", "mine-1");

    private static Destination To() => new(new ProviderId(Guid.CreateVersion7(Now)), "openai-main", "gpt-4", new Price(0.00003m, 0.00006m));
}
