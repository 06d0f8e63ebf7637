using System.Diagnostics;
using System.Diagnostics.Metrics;
using CleanGateway.Domain.Common;
using CleanGateway.Domain.RequestLogs;
using CleanGateway.Domain.Usage;

namespace CleanGateway.Application.Common;

/// <summary>
/// The gateway's instruments. Labels take few values: routes, outcomes, error codes, providers and models of the
/// catalogue; never what a caller made up.
/// </summary>
public sealed class GatewayMetrics
{
    public const string MeterName = "CleanGateway";

    private readonly Counter<long> calls;
    private readonly Histogram<double> callDuration;
    private readonly Counter<long> tokens;
    private readonly Counter<long> cost;
    private readonly Counter<long> unpriced;
    private readonly Counter<long> authenticationFailures;
    private readonly Counter<long> unlogged;
    private readonly Counter<long> overrun;
    private readonly Histogram<double> journalWait;
    private readonly Histogram<double> upstreamDuration;
    private readonly UpDownCounter<long> openStreams;

    public GatewayMetrics(IMeterFactory meters)
    {
        var meter = meters.Create(MeterName);
        calls = meter.CreateCounter<long>("cleangateway.calls", "{call}", "Authenticated calls that ended, by route, outcome and error code");
        callDuration = meter.CreateHistogram<double>("cleangateway.call.duration", "s", "From the first line of a request to the end of its answer");
        tokens = meter.CreateCounter<long>("cleangateway.tokens", "{token}", "Tokens that providers reported");
        cost = meter.CreateCounter<long>("cleangateway.cost", "nUSD", "Cost of calls in nano-dollars");
        unpriced = meter.CreateCounter<long>("cleangateway.calls.unpriced", "{call}", "Billable calls whose cost is not known, by reason");
        authenticationFailures = meter.CreateCounter<long>("cleangateway.authentication.failures", "{call}", "Calls refused for want of a valid credential");
        overrun = meter.CreateCounter<long>(
            "cleangateway.budget.overrun", "nUSD", "What calls cost beyond what they held of their budgets, because their provider gave more than its cap");
        unlogged = meter.CreateCounter<long>(
            "cleangateway.calls.unlogged", "{call}", "Calls refused because the log could not be written; they are in no table");
        journalWait = meter.CreateHistogram<double>("cleangateway.journal.wait", "s", "How long a call waited for its log record");
        upstreamDuration = meter.CreateHistogram<double>(
            "cleangateway.upstream.time_to_first_byte",
            "s",
            "From sending a call upstream to its first event or whole answer");
        openStreams = meter.CreateUpDownCounter<long>("cleangateway.streams.open", "{stream}", "Streams being answered now");
    }

    public void CallEnded(Exchange exchange, TimeSpan latency)
    {
        var tags = new TagList
        {
            { "route", exchange.Request.Route },
            { "outcome", exchange.Response.Outcome },
            { "code", exchange.Response.ErrorCode ?? "" },
        };
        calls.Add(1, tags);
        callDuration.Record(latency.TotalSeconds, new("route", exchange.Request.Route), new("outcome", exchange.Response.Outcome));

        if (exchange.Usage is not { } record)
            return;

        var target = new TagList { { "provider", exchange.Request.ProviderName }, { "model", record.Model } };
        if (record.PromptTokens is { } prompt && record.CompletionTokens is { } completion)
        {
            tokens.Add(prompt, [.. target, new("direction", "input")]);
            tokens.Add(completion, [.. target, new("direction", "output")]);
        }

        if (record.TotalCostUsd is { } dollars)
            cost.Add((long)(dollars * 1_000_000_000m), target);
        else
            unpriced.Add(1, new KeyValuePair<string, object?>("reason", record.UnpricedReason));
    }

    public void AuthenticationFailed(GatewayError error) =>
        authenticationFailures.Add(1, new KeyValuePair<string, object?>("reason", error.Code));

    public void BudgetOverrun(Money beyond) => overrun.Add(beyond.NanoDollars);

    public void CallNotLogged() => unlogged.Add(1);

    public void WaitedForJournal(TimeSpan wait) => journalWait.Record(wait.TotalSeconds);

    public void UpstreamAnswered(string provider, TimeSpan wait) =>
        upstreamDuration.Record(wait.TotalSeconds, new KeyValuePair<string, object?>("provider", provider));

    public void StreamOpened() => openStreams.Add(1);

    public void StreamClosed() => openStreams.Add(-1);
}
