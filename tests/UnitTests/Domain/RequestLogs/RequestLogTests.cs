using System.Text;
using CleanGateway.Domain.ApiKeys;
using CleanGateway.Domain.Common;
using CleanGateway.Domain.Providers;
using CleanGateway.Domain.RequestLogs;
using CleanGateway.Domain.ResponseLogs;
using CleanGateway.Domain.Usage;

namespace CleanGateway.UnitTests.Domain.RequestLogs;

public class RequestLogTests
{
    private static readonly DateTimeOffset Now = new(2026, 1, 31, 23, 59, 59, 900, TimeSpan.Zero);
    private static readonly TimeSpan Latency = TimeSpan.FromMilliseconds(1234.5678);
    private static readonly ApiKeyId Caller = new(Guid.Parse("019b7a4c-3bfb-7cc9-a1b2-c3d4e5f60718"));
    private static readonly ProviderId Provider = new(Guid.Parse("019b7a4c-3bfb-7cc9-a1b2-000000000001"));
    private static readonly UsageReport Counted = UsageReport.Of(new TokenUsage(9, 3) { CachedTokens = 4, ReasoningTokens = 1 });
    private static readonly UsageReport Senseless = UsageReport.Unusable(UnpricedReason.UsageInvalid);
    private static readonly LoggedBody Json = LoggedBody.Exact("{}"u8.ToArray());

    [Fact]
    public void An_answer_is_ok_and_costs_what_was_counted()
    {
        var exchange = Dispatched().Answered(new Answer(200, Json, Counted, "gpt-4-0613"), Latency);

        exchange.Response.Should().Match<ResponseLog>(response =>
            response.Outcome == "ok" && response.ErrorCode == null && response.StatusCode == 200 && response.ResponseModel == "gpt-4-0613"
            && response.PromptTokens == 9 && response.CompletionTokens == 3 && response.TotalTokens == 12
            && response.Cost == 0.00045m && response.UnpricedReason == null);
        exchange.Usage.Should().Match<UsageRecord>(line =>
            line.PromptTokens == 9 && line.CompletionTokens == 3 && line.TotalTokens == 12 && line.CachedTokens == 4 && line.ReasoningTokens == 1
            && line.TotalCostUsd == 0.00045m && line.UnpricedReason == null);
    }

    [Fact]
    public void Request_response_and_ledger_line_belong_together()
    {
        var id = RequestId.New(Now);
        var log = RequestLog.Begin(id, Caller, Line(), Now.AddTicks(7));
        log.Asked(Json, "my-gpt4", "user-1", stream: true);
        log.Dispatch(To());

        var (request, response, usage) = log.Answered(new Answer(200, Json, Counted), Latency);

        request.Should().Match<RequestLog>(r => r.RequestId == id.Value && r.CreatedAt == id.CreatedAt && r.ApiKey == Caller && r.Model == "my-gpt4"
            && r.UserId == "user-1" && r.Stream && r.StatusCode == 200 && r.ProviderId == Provider && r.ProviderName == "openai-main"
            && r.StartTime == Now.AddTicks(7) && r.EndTime == r.StartTime + Latency && r.ClientRequestId == "mine-1"
            && r.Url == "/v1/chat/completions");
        response.RequestCreatedAt.Should().Be(id.CreatedAt);
        response.CreatedAt.Should().Be(request.EndTime);
        response.LatencyMs.Should().Be(1234.57m);
        usage.Should().Match<UsageRecord>(line => line.RequestId == id.Value && line.CreatedAt == id.CreatedAt && line.ApiKeyId == Caller
            && line.ProviderId == Provider);
    }

    [Fact]
    public void The_ledger_has_the_name_of_the_catalogue_and_the_request_what_the_caller_wrote()
    {
        var exchange = Dispatched().Answered(new Answer(200, Json, Counted, "gpt-4-0613"), Latency);

        exchange.Request.Model.Should().Be("my-gpt4");
        exchange.Usage!.Model.Should().Be("gpt-4");
        exchange.Response.ResponseModel.Should().Be("gpt-4-0613");
    }

    [Fact]
    public void A_call_belongs_to_the_month_in_which_it_began() =>
        Dispatched().Answered(new Answer(200, Json, Counted), TimeSpan.FromMinutes(5)).Usage!.CreatedAt.Should().Be(Now);

    [Fact]
    public void An_answer_from_what_the_gateway_knows_costs_nothing_and_is_no_line_of_the_ledger()
    {
        var exchange = Begun().Answered(new Answer(200, LoggedBody.Omitted, UsageReport.None), Latency);

        exchange.Response.Should().Match<ResponseLog>(response =>
            response.Outcome == "ok" && response.Cost == 0 && response.UnpricedReason == null && response.TotalTokens == null);
        exchange.Usage.Should().BeNull();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_refusal_before_the_dispatch_is_a_rejection_that_surely_cost_nothing(bool mayBeBilled)
    {
        var exchange = Begun().Refused(GatewayError.UnknownModel("gpt-99"), 400, Json, Latency, mayBeBilled);

        exchange.Response.Should().Match<ResponseLog>(response =>
            response.Outcome == "rejected" && response.ErrorCode == "unknown_model" && response.StatusCode == 400
            && response.Cost == 0 && response.UnpricedReason == null && response.Body == Json);
        exchange.Request.StatusCode.Should().Be(400);
        exchange.Usage.Should().BeNull();
    }

    [Fact]
    public void A_provider_that_refuses_without_doing_the_work_costs_nothing()
    {
        var exchange = Dispatched().Refused(GatewayError.UpstreamFailed("upstream_error", "no"), 502, Json, Latency);

        exchange.Response.Should().Match<ResponseLog>(response =>
            response.Outcome == "upstream_error" && response.ErrorCode == "upstream_error" && response.StatusCode == 502 && response.Cost == 0
                && response.UnpricedReason == null);
        exchange.Usage.Should().BeNull();
        exchange.Request.ProviderName.Should().Be("openai-main");
    }

    [Fact]
    public void A_provider_that_fails_after_it_may_have_done_the_work_costs_nobody_knows_what()
    {
        var exchange = Dispatched().Refused(GatewayError.UpstreamFailed("upstream_timeout", "no"), 504, Json, Latency, mayBeBilled: true);

        exchange.Response.Should().Match<ResponseLog>(response =>
            response.Outcome == "upstream_error" && response.Cost == null && response.UnpricedReason == "upstream_failed");
        exchange.Usage.Should().Match<UsageRecord>(line => line.TotalCostUsd == null && line.UnpricedReason == "upstream_failed"
            && line.TotalTokens == null);
    }

    [Theory]
    [InlineData(ExchangeOutcome.ClientClosed, "client_closed")]
    [InlineData(ExchangeOutcome.UpstreamError, "upstream_error")]
    [InlineData(ExchangeOutcome.GatewayError, "gateway_error")]
    public void What_broke_off_may_have_been_billed_and_nobody_knows_how_much(ExchangeOutcome outcome, string written)
    {
        var exchange = Dispatched().BrokeOff(outcome, "some_code", new Answer(200, LoggedBody.None, UsageReport.None), Latency);

        exchange.Response.Should().Match<ResponseLog>(response =>
            response.Outcome == written && response.ErrorCode == "some_code" && response.StatusCode == 200 && response.Cost == null
                && response.UnpricedReason == "interrupted");
        exchange.Usage.Should().Match<UsageRecord>(line => line.TotalCostUsd == null && line.UnpricedReason == "interrupted");
    }

    [Theory]
    [InlineData(ExchangeOutcome.ClientClosed)]
    [InlineData(ExchangeOutcome.GatewayError)]
    public void What_broke_off_before_the_dispatch_cost_nothing(ExchangeOutcome outcome)
    {
        var exchange = Begun().BrokeOff(outcome, "some_code", new Answer(499, LoggedBody.None, UsageReport.None), Latency);

        exchange.Response.Should().Match<ResponseLog>(response =>
            response.StatusCode == 499 && response.Cost == 0 && response.UnpricedReason == null);
        exchange.Usage.Should().BeNull();
    }

    [Fact]
    public void What_broke_off_after_its_usage_was_reported_costs_what_was_counted() =>
        Dispatched().BrokeOff(ExchangeOutcome.ClientClosed, "client_closed", new Answer(200, Json, Counted), Latency)
            .Usage!.TotalCostUsd.Should().Be(0.00045m);

    [Fact]
    public void What_broke_off_after_a_senseless_report_says_so() =>
        Dispatched().BrokeOff(ExchangeOutcome.ClientClosed, "client_closed", new Answer(200, Json, Senseless), Latency)
            .Usage!.UnpricedReason.Should().Be("usage_invalid");

    [Theory]
    [InlineData(ExchangeOutcome.Ok)]
    [InlineData(ExchangeOutcome.Rejected)]
    public void What_broke_off_cannot_have_ended_well(ExchangeOutcome outcome)
    {
        var log = Dispatched();
        var breakOff = () => log.BrokeOff(outcome, "some_code", new Answer(200, Json, Counted), Latency);

        breakOff.Should().Throw<ArgumentException>();
        log.Answered(new Answer(200, Json, Counted), Latency).Response.Outcome.Should().Be("ok", "the mistake has ended nothing");
    }

    [Fact]
    public void A_call_ends_once()
    {
        Func<RequestLog, Exchange>[] endings =
        [
            log => log.Answered(new Answer(200, Json, Counted), Latency),
            log => log.Refused(GatewayError.UnknownModel("gpt-99"), 400, Json, Latency),
            log => log.BrokeOff(ExchangeOutcome.ClientClosed, "client_closed", new Answer(200, Json, Counted), Latency),
        ];

        foreach (var first in endings)
        {
            foreach (var second in endings)
            {
                var log = Dispatched();
                first(log);
                var again = () => second(log);

                again.Should().Throw<InvalidOperationException>();
            }
        }
    }

    [Theory]
    [InlineData(null, "usage_not_reported")]
    [InlineData(UnpricedReason.UsageInvalid, "usage_invalid")]
    public void Without_a_usable_report_the_cost_is_unknown_and_not_zero(UnpricedReason? missing, string written)
    {
        var report = missing is { } reason ? UsageReport.Unusable(reason) : UsageReport.None;

        var exchange = Dispatched().Answered(new Answer(200, Json, report), Latency);

        exchange.Response.Should().Match<ResponseLog>(response => response.Cost == null && response.UnpricedReason == written);
        exchange.Usage.Should().Match<UsageRecord>(line => line.TotalCostUsd == null && line.UnpricedReason == written);
    }

    [Fact]
    public void Without_a_price_the_cost_is_unknown_and_the_tokens_are_kept()
    {
        var exchange = Dispatched(To() with { Price = null }).Answered(new Answer(200, Json, Counted), Latency);

        exchange.Usage.Should().Match<UsageRecord>(line => line.TotalCostUsd == null && line.UnpricedReason == "no_price" && line.TotalTokens == 12);
        exchange.Response.Cost.Should().BeNull();
    }

    [Fact]
    public void What_is_free_costs_a_known_zero_and_is_in_the_ledger() =>
        Dispatched(To() with { Price = Price.Free }).Answered(new Answer(200, Json, Counted), Latency)
            .Usage.Should().Match<UsageRecord>(line => line.TotalCostUsd == 0 && line.UnpricedReason == null);

    [Fact]
    public void Names_that_callers_and_providers_make_up_lose_what_a_database_cannot_store()
    {
        var log = Begun();
        log.Asked(Json, "gpt\0-4", "us\0er");
        log.Dispatch(To());

        var exchange = log.Answered(new Answer(200, Json, Counted, "gpt-4\0"), Latency);

        exchange.Request.Model.Should().Be("gpt\uFFFD-4");
        exchange.Request.UserId.Should().Be("us\uFFFDer");
        exchange.Response.ResponseModel.Should().Be("gpt-4\uFFFD");
    }

    [Fact]
    public void A_code_that_a_provider_made_up_is_kept_short_and_plain()
    {
        var code = "up\0stream\n" + new string('x', 5000);

        var kept = Dispatched().Refused(GatewayError.UpstreamFailed(code, "no"), 502, Json, Latency).Response.ErrorCode;

        kept.Should().StartWith("up\uFFFDstream\uFFFDxxx").And.HaveLength(200);
    }

    private static RequestLine Line() => new("/v1/chat/completions", "POST", "/v1/chat/completions", "{}", "mine-1");

    private static Destination To() => new(Provider, "openai-main", "gpt-4", new Price(0.00003m, 0.00006m));

    private static RequestLog Begun()
    {
        var log = RequestLog.Begin(RequestId.New(Now), Caller, Line(), Now);
        log.Asked(LoggedBody.Exact(Encoding.UTF8.GetBytes("""{"model":"my-gpt4"}""")), "my-gpt4");
        return log;
    }

    private static RequestLog Dispatched(Destination? to = null)
    {
        var log = Begun();
        log.Dispatch(to ?? To());
        return log;
    }
}
