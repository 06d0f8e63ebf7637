using System.Text.Json.Serialization;
using CleanGateway.Domain.Common;
using CleanGateway.Domain.RequestLogs;
using CleanGateway.Domain.ResponseLogs;
using CleanGateway.Domain.Usage;

namespace CleanGateway.Infrastructure.Journal;

/// <summary>
/// An exchange as it goes into the database, column by column: what a journal keeps of it until it is there. Decided
/// when the call ended, and not worked out again, so a newer version writes what an older one has promised.
/// </summary>
internal sealed record ExchangeRow(RequestRow Request, ResponseRow Response, UsageRow? Usage)
{
    /// <summary>Bytes of the bodies, which are all that makes one exchange larger than another.</summary>
    [JsonIgnore]
    public long Size => (Request.Body.Json?.Length ?? 0) + (Response.Body.Json?.Length ?? 0);

    public static ExchangeRow Of(Exchange exchange) =>
        new(RequestRow.Of(exchange.Request), ResponseRow.Of(exchange.Response), exchange.Usage is { } usage ? UsageRow.Of(usage) : null);

    /// <summary>The same exchange without anything a database could object to: bodies as base64, free texts short and plain.</summary>
    public ExchangeRow InSafeForm() => this with
    {
        Request = Request with
        {
            Body = Request.Body.InSafeForm(),
            Headers = null,
            Url = StorableText.Safe(Request.Url),
            ClientRequestId = StorableText.Safe(Request.ClientRequestId),
            Model = StorableText.Safe(Request.Model),
            UserId = StorableText.Safe(Request.UserId),
        },
        Response = Response with { Body = Response.Body.InSafeForm(), ResponseModel = StorableText.Safe(Response.ResponseModel) },
    };
}

/// <summary>A row of <c>requests</c>, without the number the database gives it.</summary>
internal sealed record RequestRow(
    string RequestId, DateTimeOffset CreatedAt, string? ClientRequestId, Guid ApiKey, string Route, string Method, string Url, string? Headers,
    string? Model, string? UserId, bool Stream, Guid? ProviderId, string? ProviderName, int StatusCode, DateTimeOffset StartTime, DateTimeOffset EndTime)
{
    [JsonIgnore]
    public LoggedBody Body { get; init; } = LoggedBody.None;

    public static RequestRow Of(RequestLog request) => new(
        request.RequestId, request.CreatedAt, request.ClientRequestId, request.ApiKey.Value, request.Route, request.Method, request.Url, request.Headers,
        request.Model, request.UserId, request.Stream, request.ProviderId?.Value, request.ProviderName, request.StatusCode, request.StartTime, request.EndTime)
    {
        Body = request.Body,
    };
}

/// <summary>A row of <c>responses</c>, without its number and its request's.</summary>
internal sealed record ResponseRow(
    DateTimeOffset CreatedAt, string Outcome, string? ErrorCode, int StatusCode, decimal LatencyMs, string? ResponseModel,
    long? PromptTokens, long? CompletionTokens, long? TotalTokens, decimal? Cost, string? UnpricedReason, string? UsageSource)
{
    [JsonIgnore]
    public LoggedBody Body { get; init; } = LoggedBody.None;

    public static ResponseRow Of(ResponseLog response) => new(
        response.CreatedAt, response.Outcome, response.ErrorCode, response.StatusCode, response.LatencyMs, response.ResponseModel,
        response.PromptTokens, response.CompletionTokens, response.TotalTokens, response.Cost, response.UnpricedReason, response.UsageSource)
    {
        Body = response.Body,
    };
}

/// <summary>A row of <c>usage_records</c>, without its number and what it shares with the request's row.</summary>
internal sealed record UsageRow(
    Guid ProviderId, string Model, long? PromptTokens, long? CompletionTokens, long? TotalTokens, long? CachedTokens, long? ReasoningTokens,
    decimal? TotalCostUsd, string? UnpricedReason, string? UsageSource, Guid? ProjectId = null, string? PriceVersion = null, string? UsageDetails = null)
{
    public static UsageRow Of(UsageRecord usage) => new(
        usage.ProviderId.Value, usage.Model, usage.PromptTokens, usage.CompletionTokens, usage.TotalTokens, usage.CachedTokens, usage.ReasoningTokens,
        usage.TotalCostUsd, usage.UnpricedReason, usage.UsageSource, usage.ProjectId?.Value, usage.PriceVersion, usage.UsageDetails);
}
