using System.Text.Json.Serialization;
using CleanGateway.Application.Common;
using CleanGateway.Domain.Usage;
using FluentValidation;
using MediatR;

namespace CleanGateway.Application.Admission;

/// <summary>
/// Gives back all that is spent of a budget by now. Calls that are under way, or not in the ledger yet, count from then on.
/// <c>key_or_project_not_found</c> if there is none of that id.
/// </summary>
/// <param name="Kind">The budget of this kind that runs now.</param>
/// <param name="Reason">For the audit log.</param>
public sealed record ResetBudget(BudgetKind? Kind, string Reason) : ICreateCommand<AdjustedBudget>
{
    /// <summary>Of a key or a project.</summary>
    [JsonIgnore]
    public Guid Id { get; init; }
}

internal sealed class ResetBudgetValidator : AbstractValidator<ResetBudget>
{
    public ResetBudgetValidator()
    {
        RuleFor(command => command.Kind).NotNull().WithMessage("'kind' is missing: expected daily, monthly or total.");
        RuleFor(command => command.Reason).IsReason();
    }
}

internal sealed class ResetBudgetHandler(IBudgetAdjustments adjustments, Operation operation, TimeProvider clock)
    : IRequestHandler<ResetBudget, AdjustedBudget>
{
    public Task<AdjustedBudget> Handle(ResetBudget command, CancellationToken cancellationToken)
    {
        operation.Reason = command.Reason;
        var now = clock.GetStorableNow();
        return adjustments.AdjustAsync(command.Id, BudgetPeriod.Of(command.Kind!.Value, now), spent => -spent, now, cancellationToken);
    }
}
