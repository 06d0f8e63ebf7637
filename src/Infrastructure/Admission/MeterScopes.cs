using CleanGateway.Domain.ApiKeys;
using CleanGateway.Domain.Usage;

namespace CleanGateway.Infrastructure.Admission;

/// <summary>A key's limits and its project's, as the meter takes them.</summary>
internal static class MeterScopes
{
    // In Redis numbers are exact up to 2⁵³ nano-dollars.
    private const decimal MostDollars = 9_000_000m;

    /// <param name="at">When the call began: it belongs to that day and month, however long it runs.</param>
    /// <param name="withBudgets">False where nothing is known of what the call may cost.</param>
    public static IReadOnlyList<MeterScope> Of(ApiKey key, DateTimeOffset at, bool withBudgets)
    {
        var own = Scope(key.Id.Value, key.Limits, at, withBudgets);
        return key.Project is { Limits.IsNone: false } project ? [own, Scope(project.Id.Value, project.Limits, at, withBudgets)] : [own];
    }

    /// <summary>The same scopes with a replica's share of their rates, and without budgets.</summary>
    public static IReadOnlyList<MeterScope> ShareOf(IReadOnlyList<MeterScope> scopes, int replicas) => [.. scopes.Select(scope => scope with
    {
        Requests = (int?)Share(scope.Requests, replicas),
        Tokens = Share(scope.Tokens, replicas),
        Concurrent = (int?)Share(scope.Concurrent, replicas),
        Budgets = [],
    })];

    /// <summary>The budgets of all scopes, in their order.</summary>
    public static List<BudgetKey> BudgetsOf(IReadOnlyList<MeterScope> scopes)
    {
        // Calls come by the thousands a second, and have a handful of these: loops, where queries would cost more than what they find.
        var budgets = new List<BudgetKey>(scopes.Count * 2);
        for (var place = 0; place < scopes.Count; place++)
        {
            var lines = scopes[place].Budgets;
            for (var line = 0; line < lines.Count; line++)
                budgets.Add(lines[line].Key);
        }

        return budgets;
    }

    private static long? Share(long? limit, int replicas) => limit is > 0 ? Math.Max(1, limit.Value / Math.Max(1, replicas)) : limit;

    private static MeterScope Scope(Guid id, UsageLimits limits, DateTimeOffset at, bool withBudgets)
    {
        IReadOnlyList<BudgetLine> budgets = withBudgets ? BudgetsOf(id, limits, at) : [];
        return new MeterScope(id, limits.RateLimit, limits.TokensPerMinute, limits.MaxConcurrent, budgets);
    }

    public static IReadOnlyList<BudgetLine> BudgetsOf(Guid id, UsageLimits limits, DateTimeOffset at)
    {
        var budgets = new List<BudgetLine>(3);
        Add(BudgetPeriods.Month(at), limits.MonthlyBudget, alsoWatched: limits.SoftBudget is not null);
        Add(BudgetPeriods.Day(at), limits.DailyBudget);
        Add(BudgetPeriods.Total, limits.TotalBudget);
        return budgets;

        void Add(string period, decimal? limit, bool alsoWatched = false)
        {
            if (limit is { } dollars)
                budgets.Add(new BudgetLine(new BudgetKey(id, period), Money.Settle(Math.Min(dollars, MostDollars))));
            else if (alsoWatched)
                budgets.Add(new BudgetLine(new BudgetKey(id, period), Limit: null));
        }
    }
}
