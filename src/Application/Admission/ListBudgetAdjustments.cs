using CleanGateway.Application.Common;
using FluentValidation;

namespace CleanGateway.Application.Admission;

/// <summary>What has been put right in the budgets of a key or a project, newest first; also of one that is gone.</summary>
public sealed record ListBudgetAdjustments(Guid Id, PageRequest Page) : IQuery<Page<BudgetAdjustment>>;

internal sealed class ListBudgetAdjustmentsValidator : AbstractValidator<ListBudgetAdjustments>
{
    public ListBudgetAdjustmentsValidator() => RuleFor(query => query.Page).SetValidator(new PageRequestValidator()).OverridePropertyName("");
}
