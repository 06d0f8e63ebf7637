using CleanGateway.Application.Common;
using FluentValidation;

namespace CleanGateway.Application.RequestLogs;

/// <summary>Calls with how they ended, newest first, without their bodies. <c>search_timeout</c> where the database takes too long.</summary>
public sealed record SearchRequests(RequestFilter Filter, PageRequest Page) : IQuery<Page<RequestEntry>>;

/// <summary>A call, and how it ended.</summary>
/// <param name="KeyName">As it is called today; null: it is gone.</param>
/// <param name="Outcome">Snake case of <see cref="Domain.RequestLogs.ExchangeOutcome"/>.</param>
/// <param name="ErrorCode">Behind any other outcome than <c>ok</c>.</param>
/// <param name="ResponseModel">The model that the provider says it used.</param>
/// <param name="LatencyMs">Milliseconds from the request's first line to the end of the answer.</param>
/// <param name="Cost">US dollars; null with <paramref name="UnpricedReason"/> when not known.</param>
public sealed record RequestEntry(
    long Id,
    DateTimeOffset CreatedAt,
    string RequestId,
    string? ClientRequestId,
    string Route,
    string Method,
    string? Model,
    bool Stream,
    int StatusCode,
    Guid KeyId,
    string? KeyName,
    string? UserId,
    string? Provider,
    string Outcome,
    string? ErrorCode,
    string? ResponseModel,
    decimal LatencyMs,
    long? PromptTokens,
    long? CompletionTokens,
    long? TotalTokens,
    decimal? Cost,
    string? UnpricedReason);

internal sealed class SearchRequestsValidator : AbstractValidator<SearchRequests>
{
    public SearchRequestsValidator(TimeProvider clock)
    {
        RuleFor(query => query.Filter).SetValidator(new RequestFilterValidator(clock)).OverridePropertyName("");
        RuleFor(query => query.Page).SetValidator(new PageRequestValidator()).OverridePropertyName("");
    }
}
