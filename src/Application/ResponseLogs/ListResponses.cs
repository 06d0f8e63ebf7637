using CleanGateway.Application.Common;
using CleanGateway.Application.RequestLogs;
using FluentValidation;

namespace CleanGateway.Application.ResponseLogs;

/// <summary>The latest responses, newest first, without their bodies. More than <see cref="ListRequests.MaxLimit"/> are never given.</summary>
public sealed record ListResponses(int Limit) : IQuery<IReadOnlyList<ResponseItem>>
{
    public int EffectiveLimit => Math.Min(Limit, ListRequests.MaxLimit);
}

/// <inheritdoc cref="Domain.ResponseLogs.ResponseLog"/>
/// <param name="RequestId"><c>req_…</c> of the request it answers.</param>
public sealed record ResponseItem(
    long Id,
    DateTimeOffset CreatedAt,
    string RequestId,
    string? Model,
    string? ResponseModel,
    int StatusCode,
    string Outcome,
    string? ErrorCode,
    decimal LatencyMs,
    long? PromptTokens,
    long? CompletionTokens,
    long? TotalTokens,
    decimal? Cost,
    string? UnpricedReason);

internal sealed class ListResponsesValidator : AbstractValidator<ListResponses>
{
    public ListResponsesValidator() => RuleFor(query => query.Limit).GreaterThanOrEqualTo(1)
        .WithMessage($"'limit' is {{PropertyValue}}: expected a number from 1 to {ListRequests.MaxLimit}.");
}
