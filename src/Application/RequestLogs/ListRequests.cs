using CleanGateway.Application.Common;
using FluentValidation;

namespace CleanGateway.Application.RequestLogs;

/// <summary>The latest requests, newest first, without their bodies. More than <see cref="MaxLimit"/> are never given.</summary>
public sealed record ListRequests(int Limit) : IQuery<IReadOnlyList<RequestItem>>
{
    public const int DefaultLimit = 10;
    public const int MaxLimit = 500;

    public int EffectiveLimit => Math.Min(Limit, MaxLimit);
}

/// <inheritdoc cref="Domain.RequestLogs.RequestLog"/>
/// <param name="ApiKey">The id of the caller's key.</param>
public sealed record RequestItem(
    long Id,
    DateTimeOffset CreatedAt,
    string RequestId,
    string? ClientRequestId,
    string Route,
    string Method,
    string? Model,
    bool Stream,
    int StatusCode,
    Guid ApiKey,
    string? UserId,
    string? ProviderName,
    DateTimeOffset StartTime,
    DateTimeOffset EndTime);

internal sealed class ListRequestsValidator : AbstractValidator<ListRequests>
{
    public ListRequestsValidator() => RuleFor(query => query.Limit).GreaterThanOrEqualTo(1)
        .WithMessage($"'limit' is {{PropertyValue}}: expected a number from 1 to {ListRequests.MaxLimit}.");
}
