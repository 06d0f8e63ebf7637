using CleanGateway.Application.Common;
using CleanGateway.Application.RequestLogs;
using FluentValidation;

namespace CleanGateway.Application.ResponseLogs;

/// <summary>
/// Answers to the calls that a filter selects, those of the newest calls first, without their bodies. <c>search_timeout</c>
/// where the database takes too long.
/// </summary>
public sealed record SearchResponses(RequestFilter Filter, PageRequest Page) : IQuery<Page<ResponseItem>>;

internal sealed class SearchResponsesValidator : AbstractValidator<SearchResponses>
{
    public SearchResponsesValidator(TimeProvider clock)
    {
        RuleFor(query => query.Filter).SetValidator(new RequestFilterValidator(clock)).OverridePropertyName("");
        RuleFor(query => query.Page).SetValidator(new PageRequestValidator()).OverridePropertyName("");
    }
}
