using CleanGateway.Domain.ApiKeys;
using CleanGateway.Domain.Common;
using CleanGateway.Domain.Projects;
using CleanGateway.Domain.Providers;
using CleanGateway.Domain.ResponseLogs;
using CleanGateway.Domain.Usage;

namespace CleanGateway.Domain.RequestLogs;

/// <summary>
/// One authenticated call, from the moment it is known who calls until it is known how it ended. It makes its own
/// <see cref="ResponseLog"/> and ledger line, so the three can never disagree.
/// </summary>
public sealed class RequestLog
{
    /// <summary>The <see cref="GatewayError.Code"/> of a call that ended with its gateway.</summary>
    public const string GatewayCrashCode = "gateway_crash";

    private const int StreamingStatus = 200;

    // The caller saw a broken connection and no status; this is what the gateway would have said.
    private const int CrashedStatus = 500;

    private ContentPolicy content;
    private bool completed;

    private RequestLog() { }

    public long Id { get; private init; }
    public string RequestId { get; private init; } = "";

    /// <summary>The moment inside <see cref="RequestId"/>, whole milliseconds.</summary>
    public DateTimeOffset CreatedAt { get; private init; }

    /// <summary>The caller's own id for the call, if it sent a usable one.</summary>
    public string? ClientRequestId { get; private set; }
    public ApiKeyId ApiKey { get; private init; }

    /// <summary>The key's project; in the ledger only.</summary>
    public ProjectId? Project { get; private init; }
    public string Route { get; private init; } = "";
    public string Method { get; private init; } = "";
    public string Url { get; private set; } = "";

    /// <summary>JSON object of the headers worth keeping; never one that carries a credential.</summary>
    public string? Headers { get; private set; }
    public LoggedBody Body { get; private set; } = LoggedBody.None;

    /// <summary>As the caller wrote it; null when the call has none or it could not be read.</summary>
    public string? Model { get; private set; }

    /// <summary>The end user that the caller named in the body.</summary>
    public string? UserId { get; private set; }
    public bool Stream { get; private set; }
    public ProviderId? ProviderId { get; private set; }
    public string? ProviderName { get; private set; }
    public int StatusCode { get; private set; }
    public DateTimeOffset StartTime { get; private init; }
    public DateTimeOffset EndTime { get; private set; }

    /// <param name="content">How much of what is said is kept.</param>
    public static RequestLog Begin(
        RequestId id, ApiKeyId caller, RequestLine line, DateTimeOffset now, ContentPolicy content = ContentPolicy.Full, ProjectId? project = null) => new()
    {
        content = content,
        RequestId = id.Value,
        CreatedAt = id.CreatedAt,
        ApiKey = caller,
        Project = project,
        ClientRequestId = content == ContentPolicy.None ? null : line.ClientRequestId,
        Route = line.Route,
        Method = line.Method,
        Url = content == ContentPolicy.None ? line.Url.Split('?')[0] : line.Url,
        Headers = content == ContentPolicy.None ? null : line.Headers,
        StartTime = now,
    };

    /// <summary>What was asked, as far as it could be read.</summary>
    public void Asked(LoggedBody body, string? model = null, string? userId = null, bool stream = false)
    {
        Body = Kept(body);
        Model = StorableText.Of(model);
        UserId = content == ContentPolicy.None ? null : StorableText.Of(userId);
        Stream = stream;
    }

    /// <summary>Where the call goes; null while, and if, it goes nowhere.</summary>
    public Destination? Destination { get; private set; }

    /// <summary>What the call is booked at if nobody ever counts it; null when there is no telling.</summary>
    public TokenUsage? Reserved { get; private set; }

    /// <summary>From here on a provider may bill the call.</summary>
    public void Dispatch(Destination to, TokenUsage? reserved = null)
    {
        Destination = to;
        Reserved = reserved;
        Ask(to);
    }

    /// <summary>A provider is asked for what it does not bill.</summary>
    public void Ask(Destination whom)
    {
        ProviderId = whom.ProviderId;
        ProviderName = whom.ProviderName;
    }

    /// <summary>The caller got a whole answer.</summary>
    public Exchange Answered(Answer answer, TimeSpan latency) =>
        Complete(new Ending(ExchangeOutcome.Ok, null, answer, MayBeBilled: true), latency);

    /// <summary>The caller got an error instead of an answer.</summary>
    /// <param name="mayBeBilled">The provider may have done the work before it failed. Without a dispatch it never has.</param>
    /// <param name="isProvidersWord">The provider itself said that it failed, and did not just fall silent.</param>
    public Exchange Refused(GatewayError error, int status, LoggedBody body, TimeSpan latency, bool mayBeBilled = false, bool isProvidersWord = false)
    {
        var outcome = error.Kind == GatewayErrorKind.ClientClosed ? ExchangeOutcome.ClientClosed
            : error.Kind == GatewayErrorKind.ShuttingDown ? ExchangeOutcome.Shutdown
            : ProviderId is null ? ExchangeOutcome.Rejected
            : ExchangeOutcome.UpstreamError;
        // Who sends more than allowed must not fill the disk with it.
        if (outcome == ExchangeOutcome.Rejected && error.Kind is GatewayErrorKind.RateLimited or GatewayErrorKind.OverBudget && content == ContentPolicy.Full)
        {
            content = ContentPolicy.Metadata;
            Body = Kept(Body);
        }

        // Work that may have been done and was not counted is booked at what was reserved for it.
        var reason = outcome == ExchangeOutcome.UpstreamError ? UnpricedReason.UpstreamFailed : UnpricedReason.Interrupted;
        var usage = mayBeBilled && !isProvidersWord && Reserved is { } reserved ? UsageReport.Estimated(reserved) : UsageReport.Unusable(reason);
        var answer = new Answer(status, body, usage);
        return Complete(new Ending(outcome, error.Code, answer, mayBeBilled), latency);
    }

    /// <summary>The call, or an answer that had begun, did not come to its end.</summary>
    /// <param name="outcome">Whose doing it was.</param>
    /// <exception cref="ArgumentException">The outcome is one that an interrupted exchange cannot have.</exception>
    public Exchange BrokeOff(ExchangeOutcome outcome, string errorCode, Answer soFar, TimeSpan latency)
    {
        if (outcome is ExchangeOutcome.Ok or ExchangeOutcome.Rejected)
            throw new ArgumentException($"An exchange that broke off cannot have the outcome {outcome}.", nameof(outcome));

        if (soFar.Usage == UsageReport.None)
            soFar = soFar with { Usage = UsageReport.Unusable(UnpricedReason.Interrupted) };

        return Complete(new Ending(outcome, errorCode, soFar, MayBeBilled: true), latency);
    }

    /// <summary>
    /// The gateway died before the call ended; another one found out. What the provider bills is not known any more, so
    /// the ledger has what was seen of it, else what was reserved, marked as an estimate.
    /// </summary>
    /// <param name="seen">What was counted of the answer until then, if it was long enough to be counted.</param>
    /// <param name="lived">From the request's first line to the last sign of life.</param>
    public Exchange Crashed(TokenUsage? seen, TimeSpan lived)
    {
        var usage = (seen ?? Reserved) is { } estimate ? UsageReport.Estimated(estimate) : UsageReport.None;
        var status = Stream && seen is not null ? StreamingStatus : CrashedStatus;
        return BrokeOff(ExchangeOutcome.GatewayCrash, GatewayCrashCode, new Answer(status, LoggedBody.None, usage), lived);
    }

    internal RequestLog WithStatus(int status)
    {
        var copy = (RequestLog)MemberwiseClone();
        copy.StatusCode = status;
        return copy;
    }

    private LoggedBody Kept(LoggedBody body) => content == ContentPolicy.Full || body == LoggedBody.None ? body : LoggedBody.Omitted;

    private Exchange Complete(Ending end, TimeSpan latency)
    {
        if (completed)
            throw new InvalidOperationException($"{RequestId} has already ended.");

        completed = true;
        end = end with { Answer = end.Answer with { Body = Kept(end.Answer.Body) } };
        StatusCode = end.Answer.Status;
        EndTime = StartTime + latency;

        var billedBy = end.MayBeBilled ? Destination : null;
        var charge = billedBy is null ? Charge.Nothing : Charge.For(end.Answer.Usage, billedBy.Price);
        var response = ResponseLog.Of(this, end, charge, latency);
        var record = billedBy is null ? null : UsageRecord.Of(this, billedBy, end.Answer.Usage, charge);

        return new Exchange(this, response, record);
    }

    /// <summary>How an exchange ended, before it is written down.</summary>
    internal sealed record Ending(ExchangeOutcome Outcome, string? ErrorCode, Answer Answer, bool MayBeBilled);
}
