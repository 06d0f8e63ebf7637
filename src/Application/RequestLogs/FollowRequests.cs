using CleanGateway.Application.Common;
using FluentValidation;

namespace CleanGateway.Application.RequestLogs;

/// <summary>
/// Calls that were written to the log after another one, in the order they were written, which is not that in which they
/// began: of the last day, as far as the filter does not say otherwise.
/// </summary>
/// <param name="AfterId"><see cref="RequestEntry.Id"/>; null: none are asked for, only where the log ends now.</param>
public sealed record FollowRequests(RequestFilter Filter, long? AfterId) : IQuery<FollowedRequests>
{
    /// <summary>An answer never has more; the next one goes on from there.</summary>
    public const int MaxRequests = 500;
}

/// <param name="LatestId">The highest in the log, or 0; where there were too many for one answer, of those in it.</param>
public sealed record FollowedRequests(IReadOnlyList<RequestEntry> Requests, long LatestId);

internal sealed class FollowRequestsValidator : AbstractValidator<FollowRequests>
{
    public FollowRequestsValidator(TimeProvider clock) =>
        RuleFor(query => query.Filter).SetValidator(new RequestFilterValidator(clock)).OverridePropertyName("");
}
