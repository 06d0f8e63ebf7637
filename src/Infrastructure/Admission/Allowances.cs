using CleanGateway.Application.Admission;
using CleanGateway.Domain.ApiKeys;
using CleanGateway.Domain.Usage;

namespace CleanGateway.Infrastructure.Admission;

/// <summary>What callers are told of how they stand: of several limits, the one that will be reached first.</summary>
internal static class Allowances
{
    public static Allowance Of(ApiKey key, IReadOnlyList<MeterScope> scopes, IReadOnlyList<ScopeState> states, bool isDegraded)
    {
        var (requests, tokens) = ((WindowLeft?)null, (WindowLeft?)null);
        for (var i = 0; i < states.Count; i++)
        {
            requests = Tighter(requests, scopes[i].Requests, states[i].RequestsLeft, states[i].RequestsReset);
            tokens = Tighter(tokens, scopes[i].Tokens, states[i].TokensLeft, states[i].TokensReset);
        }

        var budgets = new List<BudgetState>(states.Count);
        foreach (var state in states)
            budgets.AddRange(state.Budgets);
        return WithBudgets(new Allowance { Requests = requests, Tokens = tokens, IsDegraded = isDegraded }, key, scopes, budgets);
    }

    /// <param name="budgets">How the scopes' budgets stand, in their order; none when that is not known.</param>
    public static Allowance WithBudgets(Allowance allowance, ApiKey key, IReadOnlyList<MeterScope> scopes, IReadOnlyList<BudgetState> budgets)
    {
        var lines = new List<BudgetLine>(scopes.Count);
        foreach (var scope in scopes)
            lines.AddRange(scope.Budgets);
        if (lines.Count == 0 || budgets.Count != lines.Count)
            return allowance;

        Money? left = null;
        for (var i = 0; i < lines.Count; i++)
        {
            if (lines[i].Limit is not { } limit)
                continue;

            var room = Math.Max(0, limit.NanoDollars - budgets[i].Spent.NanoDollars - budgets[i].Reserved.NanoDollars);
            left = new Money(Math.Min(room, left?.NanoDollars ?? long.MaxValue));
        }

        return allowance with { BudgetLeft = left, SoftBudgetReached = Reached(key, lines, budgets) };
    }

    private static Money? Reached(ApiKey key, List<BudgetLine> lines, IReadOnlyList<BudgetState> budgets)
    {
        for (var i = 0; i < lines.Count; i++)
        {
            var soft = lines[i].Key.ScopeId == key.Id.Value ? key.Limits.SoftBudget : key.Project?.Limits.SoftBudget;
            if (lines[i].Key.Period.Length == 7 && soft is { } dollars && budgets[i].Spent.Dollars >= dollars)
                return Money.Settle(dollars);
        }

        return null;
    }

    private static WindowLeft? Tighter(WindowLeft? known, long? limit, long? left, TimeSpan reset) =>
        limit is { } most && left is { } remaining && (known is null || remaining < known.Value.Remaining) ? new WindowLeft(most, remaining, reset) : known;
}
