using CleanGateway.Domain.Usage;
using FluentValidation;

namespace CleanGateway.Application.Usage;

/// <summary>The bounds that the database keeps too, in words.</summary>
internal sealed class UsageLimitsValidator : AbstractValidator<UsageLimits>
{
    private const decimal MaxBudget = 1_000_000_000;

    public UsageLimitsValidator()
    {
        RuleFor(limits => limits.RateLimit).GreaterThanOrEqualTo(0)
            .WithMessage("'rate_limit' is {PropertyValue}: expected 0 or more requests per minute.");
        RuleFor(limits => limits.TokensPerMinute).GreaterThanOrEqualTo(0)
            .WithMessage("'tokens_per_minute' is {PropertyValue}: expected 0 or more tokens per minute.");
        RuleFor(limits => limits.MaxConcurrent).GreaterThanOrEqualTo(0)
            .WithMessage("'max_concurrent' is {PropertyValue}: expected 0 or more calls at one time.");
        RuleFor(limits => limits.DailyBudget).InclusiveBetween(0, MaxBudget)
            .WithMessage("'daily_budget' is {PropertyValue}: expected 0 to 1000000000 dollars.")
            .Must(IsCountable).WithMessage("'daily_budget' has more than 9 digits after the point: a nano-dollar is the least that is counted.");
        RuleFor(limits => limits.MonthlyBudget).InclusiveBetween(0, MaxBudget)
            .WithMessage("'monthly_budget' is {PropertyValue}: expected 0 to 1000000000 dollars.")
            .Must(IsCountable).WithMessage("'monthly_budget' has more than 9 digits after the point: a nano-dollar is the least that is counted.");
        RuleFor(limits => limits.TotalBudget).InclusiveBetween(0, MaxBudget)
            .WithMessage("'total_budget' is {PropertyValue}: expected 0 to 1000000000 dollars.")
            .Must(IsCountable).WithMessage("'total_budget' has more than 9 digits after the point: a nano-dollar is the least that is counted.");
        RuleFor(limits => limits.SoftBudget).InclusiveBetween(0, MaxBudget)
            .WithMessage("'soft_budget' is {PropertyValue}: expected 0 to 1000000000 dollars.")
            .Must(IsCountable).WithMessage("'soft_budget' has more than 9 digits after the point: a nano-dollar is the least that is counted.");
    }

    private static bool IsCountable(decimal? dollars) => dollars is not { } amount || decimal.Round(amount, 9) == amount;
}
