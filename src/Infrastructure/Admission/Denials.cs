using CleanGateway.Domain.Common;

namespace CleanGateway.Infrastructure.Admission;

/// <summary>What callers are told when they are not admitted.</summary>
internal static class Denials
{
    private static readonly TimeSpan NotSoon = TimeSpan.FromSeconds(60);

    /// <param name="scope">0: the key; 1: its project.</param>
    /// <param name="period">Of the budget, where it was one.</param>
    public static GatewayError ErrorFor(DenialReason reason, int scope, string? period, TimeSpan? retryAfter) => reason switch
    {
        DenialReason.BudgetSpent => Spent(scope, period),
        DenialReason.BudgetReserved => new GatewayError(
            GatewayErrorKind.RateLimited, "budget_reserved", "What is left of the budget is held by calls under way. Please try again.")
        {
            RetryAfter = retryAfter,
        },
        DenialReason.RequestRate when scope == 0 => GatewayError.RequestLimit with { RetryAfter = retryAfter ?? NotSoon },
        DenialReason.RequestRate => Limited("project_request_limit_exceeded", "rate limit of the project exceeded", retryAfter),
        DenialReason.TokenRate => Limited($"{Of(scope)}token_limit_exceeded", "token limit exceeded", retryAfter),
        _ => Limited($"{Of(scope)}concurrency_limit_exceeded", "too many calls at the same time", retryAfter),
    };

    private static GatewayError Spent(int scope, string? period)
    {
        var budget = BudgetPeriods.KindOf(period ?? BudgetPeriods.Total);
        return (scope, budget) switch
        {
            (0, "monthly") => GatewayError.MonthlyBudget,
            (0, _) => new GatewayError(GatewayErrorKind.OverBudget, $"{budget}_budget_exceeded", $"{budget} budget exceeded"),
            _ => new GatewayError(GatewayErrorKind.OverBudget, $"project_{budget}_budget_exceeded", $"{budget} budget of the project exceeded"),
        };
    }

    private static string Of(int scope) => scope == 0 ? "" : "project_";

    private static GatewayError Limited(string code, string message, TimeSpan? retryAfter) =>
        new(GatewayErrorKind.RateLimited, code, message) { RetryAfter = retryAfter ?? NotSoon };
}
