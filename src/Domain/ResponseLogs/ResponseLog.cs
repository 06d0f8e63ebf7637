using CleanGateway.Domain.Common;
using CleanGateway.Domain.RequestLogs;
using CleanGateway.Domain.Usage;

namespace CleanGateway.Domain.ResponseLogs;

/// <summary>What the caller of one <see cref="RequestLog"/> got back. Made by it, and never changed.</summary>
public sealed class ResponseLog
{
    private ResponseLog() { }

    public long Id { get; private init; }

    /// <summary>The database's number of the request; known once both are stored.</summary>
    public long RequestIdFk { get; private init; }

    /// <summary>The request's moment: with it both rows lie in partitions of the same day.</summary>
    public DateTimeOffset RequestCreatedAt { get; private init; }

    /// <summary>When the answer ended.</summary>
    public DateTimeOffset CreatedAt { get; private init; }

    /// <summary>Snake case of <see cref="ExchangeOutcome"/>.</summary>
    public string Outcome { get; private set; } = "";

    /// <summary>The <see cref="GatewayError.Code"/> behind any other outcome than <c>ok</c>.</summary>
    public string? ErrorCode { get; private set; }
    public int StatusCode { get; private set; }

    /// <summary>Milliseconds from the request's first line to the end of the answer.</summary>
    public decimal LatencyMs { get; private init; }
    public LoggedBody Body { get; private set; } = LoggedBody.None;

    /// <summary>The model that the provider says it used.</summary>
    public string? ResponseModel { get; private set; }
    public long? PromptTokens { get; private init; }
    public long? CompletionTokens { get; private init; }
    public long? TotalTokens { get; private init; }

    /// <summary>US dollars; null with <see cref="UnpricedReason"/> when not known.</summary>
    public decimal? Cost { get; private init; }

    /// <summary>Snake case of <see cref="Usage.UnpricedReason"/>.</summary>
    public string? UnpricedReason { get; private init; }

    /// <summary>Snake case of <see cref="Usage.UsageSource"/>; null when the tokens are not known.</summary>
    public string? UsageSource { get; private init; }

    internal static ResponseLog Of(RequestLog request, RequestLog.Ending end, Charge charge, TimeSpan latency) => new()
    {
        RequestCreatedAt = request.CreatedAt,
        CreatedAt = request.EndTime,
        Outcome = end.Outcome.ToSnakeCase(),
        ErrorCode = StorableText.Safe(end.ErrorCode),
        StatusCode = end.Answer.Status,
        LatencyMs = decimal.Round((decimal)latency.TotalMilliseconds, 2),
        Body = end.Answer.Body,
        ResponseModel = StorableText.Of(end.Answer.Model),
        PromptTokens = end.Answer.Usage.Usage?.PromptTokens,
        CompletionTokens = end.Answer.Usage.Usage?.CompletionTokens,
        TotalTokens = end.Answer.Usage.Usage?.TotalTokens,
        Cost = charge.Amount?.Dollars,
        UnpricedReason = charge.Reason?.ToSnakeCase(),
        UsageSource = end.Answer.Usage.Source?.ToSnakeCase(),
    };

    internal ResponseLog Withdrawn(GatewayError error, int status)
    {
        var copy = (ResponseLog)MemberwiseClone();
        copy.Outcome = ExchangeOutcome.GatewayError.ToSnakeCase();
        copy.ErrorCode = error.Code;
        copy.StatusCode = status;
        return copy;
    }
}
