using System.Diagnostics;
using System.Diagnostics.Metrics;
using System.Globalization;
using CleanGateway.Domain.Common;
using CleanGateway.Domain.RequestLogs;
using CleanGateway.Domain.Usage;

namespace CleanGateway.Application.Common;

/// <summary>
/// The gateway's instruments for calls. Labels take few values: routes, outcomes, error codes, providers and models of the
/// catalogue; never what a caller made up. Counters whose labels are known begin at 0, or the first of what they count
/// would be no increase.
/// </summary>
public sealed class GatewayMetrics
{
    /// <summary>The name of the meter all of the gateway's own instruments belong to.</summary>
    public const string MeterName = "CleanGateway";

    // 5 ms is a cached refusal, 10 minutes a long answer of a slow model.
    private static readonly InstrumentAdvice<double> OfModels = new()
    {
        HistogramBucketBoundaries = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 15, 30, 60, 120, 300, 600],
    };

    private static readonly InstrumentAdvice<double> OfMachines = new()
    {
        HistogramBucketBoundaries = [0.00005, 0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
    };

    // Made once: a call tells its status on the way it is answered.
    private static readonly string[] Statuses = [.. Enumerable.Range(0, 600).Select(status => status.ToString(CultureInfo.InvariantCulture))];

    private readonly Counter<long> calls;
    private readonly Histogram<double> callDuration;
    private readonly Histogram<double> firstToken;
    private readonly Histogram<double> overhead;
    private readonly Counter<long> tokens;
    private readonly Counter<long> cachedTokens;
    private readonly Counter<long> reasoningTokens;
    private readonly Counter<long> cost;
    private readonly Counter<long> unpriced;
    private readonly Counter<long> admissions;
    private readonly Counter<long> authenticationFailures;
    private readonly Counter<long> unlogged;
    private readonly Counter<long> overrun;
    private readonly Histogram<double> journalWait;
    private readonly Histogram<double> journalAppend;
    private readonly Histogram<double> journalCommit;
    private readonly Histogram<double> upstreamDuration;
    private readonly Histogram<double> redisDuration;
    private readonly Counter<long> redisFailures;
    private readonly UpDownCounter<long> openStreams;

    /// <param name="meters">Makes the meter that the instruments belong to.</param>
    public GatewayMetrics(IMeterFactory meters)
    {
        var meter = meters.Create(MeterName);
        calls = meter.CreateCounter<long>(
            "cleangateway.calls", "{call}", "Authenticated calls that ended, by route, outcome, error code, HTTP status, provider and model");
        callDuration = Timing("call.duration", "From the first line of a request to the end of its answer", OfModels);
        firstToken = Timing("call.time_to_first_token", "From the first line of a streamed call to the first word of its answer", OfModels);
        overhead = Timing(
            "call.overhead", "What the gateway itself took of a call that went upstream: without waiting for provider or caller", OfMachines);
        upstreamDuration = Timing("upstream.time_to_first_byte", "From sending a call upstream to its first event or whole answer", OfModels);
        tokens = meter.CreateCounter<long>("cleangateway.tokens", "{token}", "Tokens that providers reported");
        cachedTokens = meter.CreateCounter<long>(
            "cleangateway.tokens.cached", "{token}", "Tokens of the input that providers read from their caches");
        reasoningTokens = meter.CreateCounter<long>("cleangateway.tokens.reasoning", "{token}", "Tokens of the output that models thought with");
        cost = meter.CreateCounter<long>("cleangateway.cost", "nUSD", "Cost of calls in nano-dollars");
        unpriced = meter.CreateCounter<long>(
            "cleangateway.calls.unpriced", "{call}", "Billable calls whose cost is not known, by reason");
        admissions = meter.CreateCounter<long>(
            "cleangateway.admissions", "{call}", "What calls were told by the limits and budgets of their keys");
        authenticationFailures = meter.CreateCounter<long>(
            "cleangateway.authentication.failures", "{call}", "Calls refused for want of a valid credential");
        overrun = meter.CreateCounter<long>(
            "cleangateway.budget.overrun", "nUSD", "What calls cost beyond what they held of their budgets, because their provider gave more than its cap");
        unlogged = meter.CreateCounter<long>(
            "cleangateway.calls.unlogged", "{call}", "Calls refused because the log could not be written; they are in no table");
        journalWait = Timing("journal.wait", "How long a call waited for its log record", OfMachines);
        journalAppend = Timing("journal.append.duration", "How long one record of a call took to be permanent", OfMachines);
        journalCommit = Timing("journal.commit.duration", "How long a batch of exchanges took to be written to the database", OfMachines);
        redisDuration = Timing("redis.script.duration", "How long Redis took to answer", OfMachines);
        redisFailures = meter.CreateCounter<long>(
            "cleangateway.redis.failures", "{attempt}", "Scripts that Redis did not answer, or not in time, or with an error");
        openStreams = meter.CreateUpDownCounter<long>("cleangateway.streams.open", "{stream}", "Streams being answered now");
        BeginAtZero();

        Histogram<double> Timing(string name, string description, InstrumentAdvice<double> buckets) =>
            meter.CreateHistogram($"cleangateway.{name}", "s", description, tags: null, buckets);
    }

    /// <summary>An authenticated call has been answered and recorded.</summary>
    /// <param name="latency">From its first line to the end of its answer.</param>
    /// <param name="code">What to call its error, where the error's own code is not one of few.</param>
    public void CallEnded(Exchange exchange, TimeSpan latency, string? code = null)
    {
        var (request, response) = (exchange.Request, exchange.Response);
        var (provider, model) = (request.ProviderName ?? "", request.Destination?.Model ?? "");
        calls.Add(1, new TagList
        {
            { "route", request.Route },
            { "outcome", response.Outcome },
            { "code", code ?? response.ErrorCode ?? "" },
            { "status", StatusText(response.StatusCode) },
            { "provider", provider },
            { "model", model },
        });
        callDuration.Record(latency.TotalSeconds, new TagList
        {
            { "route", request.Route }, { "outcome", response.Outcome }, { "provider", provider }, { "model", model },
        });

        if (exchange.Usage is { } record)
            Used(record, provider);
    }

    /// <summary>What the gateway itself took of a call that went upstream.</summary>
    public void GatewayTook(string route, TimeSpan time) => overhead.Record(time.TotalSeconds, new KeyValuePair<string, object?>("route", route));

    /// <summary>A stream's first word is on its way to the caller.</summary>
    public void FirstToken(RequestLog request, TimeSpan sinceFirstLine) => firstToken.Record(
        sinceFirstLine.TotalSeconds,
        new("route", request.Route), new("provider", request.ProviderName ?? ""), new("model", request.Destination?.Model ?? ""));

    /// <summary>The limits and budgets of a key have been asked.</summary>
    /// <param name="refusal">Null: the call may go on.</param>
    public void AdmissionAnswered(GatewayError? refusal) =>
        admissions.Add(1, new("outcome", OutcomeOf(refusal)), new("code", refusal?.Code ?? ""));

    /// <summary>A key without limits was let pass.</summary>
    public void NothingToAdmit() => admissions.Add(1, new("outcome", "unlimited"), new("code", ""));

    /// <summary>Whoever called had no valid credential.</summary>
    public void AuthenticationFailed(GatewayError error) =>
        authenticationFailures.Add(1, new KeyValuePair<string, object?>("reason", error.Code));

    /// <summary>A call cost more than it held of its budgets, by so much.</summary>
    public void BudgetOverrun(Money beyond) => overrun.Add(beyond.NanoDollars);

    /// <summary>A call was refused because the journal did not take it.</summary>
    public void CallNotLogged() => unlogged.Add(1);

    /// <summary>How long a call has waited for all its records.</summary>
    public void WaitedForJournal(TimeSpan wait) => journalWait.Record(wait.TotalSeconds);

    /// <summary>A call's acceptance was written, or not.</summary>
    public void AcceptAppended(TimeSpan time) => journalAppend.Record(time.TotalSeconds, new KeyValuePair<string, object?>("record", "accept"));

    /// <summary>A call's completion was written, or not.</summary>
    public void CompleteAppended(TimeSpan time) => journalAppend.Record(time.TotalSeconds, new KeyValuePair<string, object?>("record", "complete"));

    /// <summary>A batch of exchanges was committed.</summary>
    public void JournalCommitted(TimeSpan time) => journalCommit.Record(time.TotalSeconds);

    /// <summary>Redis was asked to run a script.</summary>
    /// <param name="script">Its name.</param>
    public void RedisAsked(string script, TimeSpan time, bool hasAnswered)
    {
        redisDuration.Record(time.TotalSeconds, new KeyValuePair<string, object?>("script", script));
        if (!hasAnswered)
            redisFailures.Add(1);
    }

    /// <summary>A provider has begun to answer, or has failed to.</summary>
    public void UpstreamAnswered(Destination provider, TimeSpan wait) =>
        upstreamDuration.Record(wait.TotalSeconds, new("provider", provider.ProviderName), new("model", provider.Model));

    /// <summary>A stream has been opened for a caller.</summary>
    public void StreamOpened() => openStreams.Add(1);

    /// <summary>One of these has been disposed.</summary>
    public void StreamClosed() => openStreams.Add(-1);

    private void Used(UsageRecord record, string provider)
    {
        var (from, model) = (new KeyValuePair<string, object?>("provider", provider), new KeyValuePair<string, object?>("model", record.Model));
        if (record.PromptTokens is { } prompt && record.CompletionTokens is { } completion)
        {
            tokens.Add(prompt, from, model, new("direction", "input"));
            tokens.Add(completion, from, model, new("direction", "output"));
        }

        if (record.CachedTokens is { } cached)
            cachedTokens.Add(cached, from, model);
        if (record.ReasoningTokens is { } reasoning)
            reasoningTokens.Add(reasoning, from, model);

        if (record.TotalCostUsd is { } dollars)
            cost.Add((long)(dollars * 1_000_000_000m), from, model);
        else
            unpriced.Add(1, new KeyValuePair<string, object?>("reason", record.UnpricedReason));
    }

    private void BeginAtZero()
    {
        unlogged.Add(0);
        overrun.Add(0);
        redisFailures.Add(0);
        openStreams.Add(0);
        foreach (var error in (GatewayError[])[GatewayError.MissingAuthorization, GatewayError.InvalidApiKey])
            authenticationFailures.Add(0, new KeyValuePair<string, object?>("reason", error.Code));
        foreach (var reason in Enum.GetValues<UnpricedReason>())
            unpriced.Add(0, new KeyValuePair<string, object?>("reason", reason.ToSnakeCase()));
        foreach (var refusal in (GatewayError?[])[null, GatewayError.RequestLimit, GatewayError.MonthlyBudget, GatewayError.BudgetUnavailable])
            admissions.Add(0, new("outcome", OutcomeOf(refusal)), new("code", refusal?.Code ?? ""));
    }

    private static string OutcomeOf(GatewayError? refusal) => refusal?.Kind switch
    {
        null => "admitted",
        GatewayErrorKind.RateLimited => refusal.Code == "budget_reserved" ? "budget_reserved" : "rate_limited",
        GatewayErrorKind.OverBudget => "budget_spent",
        GatewayErrorKind.Unavailable => "in_doubt",
        _ => "refused",
    };

    private static string StatusText(int status) => status >= 0 && status < Statuses.Length ? Statuses[status] : "other";
}
