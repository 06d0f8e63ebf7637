using System.Text.Json.Serialization;
using CleanGateway.Application.Common;
using CleanGateway.Domain.Usage;
using FluentValidation;
using MediatR;

namespace CleanGateway.Application.Admission;

/// <summary>
/// Adds to what counts as spent of a budget, or takes from it; the ledger stays as it is. <c>key_or_project_not_found</c>,
/// or <c>budget_out_of_range</c> where less than nothing would be spent.
/// </summary>
/// <param name="Amount">US dollars; below zero gives budget back.</param>
/// <param name="Reason">For the audit log.</param>
/// <param name="Kind">The budget of this kind that runs now; without <paramref name="Period"/>.</param>
/// <param name="Period">As <see cref="BudgetPeriod"/> writes it, a past one too.</param>
public sealed record AdjustBudget(decimal Amount, string Reason, BudgetKind? Kind = null, string? Period = null) : ICreateCommand<AdjustedBudget>
{
    /// <summary>Of a key or a project.</summary>
    [JsonIgnore]
    public Guid Id { get; init; }
}

/// <summary>What has been put right in a budget.</summary>
/// <param name="Kind"><c>daily</c>, <c>monthly</c> or <c>total</c>.</param>
/// <param name="Amount">US dollars; below zero gave budget back.</param>
/// <param name="ActorName">Who did so.</param>
public sealed record BudgetAdjustment(long Id, string Kind, string Period, decimal Amount, string Reason, string ActorName, DateTimeOffset CreatedAt);

/// <param name="Spent">What counts as spent since then, US dollars: the sum of the ledger and of all adjustments.</param>
/// <param name="Epoch">From this epoch on gateways count by it.</param>
/// <param name="InForce">All gateways that run do.</param>
public sealed record AdjustedBudget(BudgetAdjustment Adjustment, decimal Spent, long Epoch, bool InForce = false) : ITagged
{
    public string Etag => FormattableString.Invariant($"\"{Adjustment.Id}\"");
}

/// <summary>The books' side of adjustments.</summary>
public interface IBudgetAdjustments
{
    /// <summary>
    /// Writes the adjustment, what is spent because of it, and the audit entry; and has all counters begin anew from there.
    /// All of it or nothing.
    /// </summary>
    /// <param name="amount">Of what counts as spent now, US dollars, what is to be added.</param>
    /// <exception cref="Domain.Common.GatewayException">There is no such key or project, or what would be spent is out of range.</exception>
    Task<AdjustedBudget> AdjustAsync(
        Guid scope, string period, Func<decimal, decimal> amount, DateTimeOffset now, CancellationToken cancellationToken);
}

internal static class AdjustmentRules
{
    public const decimal MaxAmount = 9_000_000;
    public const int MaxReasonLength = 500;

    public static void IsReason<T>(this IRuleBuilder<T, string> reason) => reason.NotEmpty().MaximumLength(MaxReasonLength)
        .Must(text => text is null || !text.Any(char.IsControl)).WithMessage("'reason' has control characters: expected one line of text.");
}

internal sealed class AdjustBudgetValidator : AbstractValidator<AdjustBudget>
{
    private const int Decimals = 9;

    public AdjustBudgetValidator(TimeProvider clock)
    {
        RuleFor(command => command.Amount).Must(amount => amount is not 0 and >= -AdjustmentRules.MaxAmount and <= AdjustmentRules.MaxAmount)
            .WithMessage("'amount' is {PropertyValue}: expected -9000000 to 9000000 dollars, and not 0.");
        RuleFor(command => command.Amount).Must(amount => decimal.Round(amount, Decimals) == amount)
            .WithMessage("'amount' is {PropertyValue}: expected no more than 9 digits after the point.");
        RuleFor(command => command.Reason).IsReason();
        RuleFor(command => command.Kind).Must((command, kind) => kind is null != command.Period is null)
            .WithMessage("Expected one of 'kind' (daily, monthly or total), for the period that runs now, and 'period'.");
        RuleFor(command => command.Period!).Must(period => BudgetPeriod.BeginOf(period) <= clock.GetUtcNow())
            .When(command => command.Period is not null)
            .WithMessage("'period' is '{PropertyValue}': expected a month like 2026:11, a day like 2026:11:21, both in UTC and begun, or total.");
    }
}

internal sealed class AdjustBudgetHandler(IBudgetAdjustments adjustments, Operation operation, TimeProvider clock)
    : IRequestHandler<AdjustBudget, AdjustedBudget>
{
    public Task<AdjustedBudget> Handle(AdjustBudget command, CancellationToken cancellationToken)
    {
        operation.Reason = command.Reason;
        var now = clock.GetStorableNow();
        var period = command.Period ?? BudgetPeriod.Of(command.Kind!.Value, now);
        return adjustments.AdjustAsync(command.Id, period, _ => command.Amount, now, cancellationToken);
    }
}
