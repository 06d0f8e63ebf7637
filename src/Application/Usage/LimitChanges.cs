using CleanGateway.Application.Common;
using CleanGateway.Domain.Usage;

namespace CleanGateway.Application.Usage;

/// <summary>What is to be changed of <see cref="UsageLimits"/>; null takes a limit away.</summary>
public sealed record LimitChanges
{
    /// <inheritdoc cref="UsageLimits.RateLimit"/>
    public Change<int?> RateLimit { get; init; }

    /// <inheritdoc cref="UsageLimits.TokensPerMinute"/>
    public Change<long?> TokensPerMinute { get; init; }

    /// <inheritdoc cref="UsageLimits.MaxConcurrent"/>
    public Change<int?> MaxConcurrent { get; init; }

    /// <inheritdoc cref="UsageLimits.DailyBudget"/>
    public Change<decimal?> DailyBudget { get; init; }

    /// <inheritdoc cref="UsageLimits.MonthlyBudget"/>
    public Change<decimal?> MonthlyBudget { get; init; }

    /// <inheritdoc cref="UsageLimits.TotalBudget"/>
    public Change<decimal?> TotalBudget { get; init; }

    /// <inheritdoc cref="UsageLimits.SoftBudget"/>
    public Change<decimal?> SoftBudget { get; init; }

    internal UsageLimits Of(UsageLimits current) => new()
    {
        RateLimit = RateLimit.Or(current.RateLimit),
        TokensPerMinute = TokensPerMinute.Or(current.TokensPerMinute),
        MaxConcurrent = MaxConcurrent.Or(current.MaxConcurrent),
        DailyBudget = DailyBudget.Or(current.DailyBudget),
        MonthlyBudget = MonthlyBudget.Or(current.MonthlyBudget),
        TotalBudget = TotalBudget.Or(current.TotalBudget),
        SoftBudget = SoftBudget.Or(current.SoftBudget),
    };
}
