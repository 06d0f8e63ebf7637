using CleanGateway.Domain.Usage;

namespace CleanGateway.Infrastructure.Admission;

/// <summary>Whether a call fits in its budgets, and how much of it.</summary>
/// <param name="Amount">What it holds; null when it does not fit.</param>
/// <param name="Cap">The output cap that goes with the amount.</param>
/// <param name="Refusing">The place of the budget that refuses it; -1 when none does.</param>
/// <param name="IsSpent">It would not fit even if no call under way held anything.</param>
/// <param name="States">How the budgets stood.</param>
internal sealed record BudgetFit(Money? Amount, long Cap, int Refusing, bool IsSpent, IReadOnlyList<BudgetState> States)
{
    public static BudgetFit Of(IReadOnlyList<BudgetLine> budgets, IReadOnlyList<BudgetState> states, CostRange cost)
    {
        var (room, tightest, spent) = (long.MaxValue, -1, -1);
        var least = cost.PerToken == Money.Zero ? cost.Full.NanoDollars : Math.Min(cost.Full.NanoDollars, cost.Fixed.NanoDollars + cost.PerToken.NanoDollars);
        for (var i = 0; i < budgets.Count; i++)
        {
            if (budgets[i].Limit is not { } limit)
                continue;

            var unspent = limit.NanoDollars - states[i].Spent.NanoDollars;
            if (spent < 0 && (limit == Money.Zero || unspent < least))
                spent = i;
            if (unspent - states[i].Reserved.NanoDollars < room)
                (room, tightest) = (unspent - states[i].Reserved.NanoDollars, i);
        }

        if (tightest < 0)
            return new BudgetFit(cost.Cap == long.MaxValue ? cost.Fixed : cost.Full, cost.Cap, -1, IsSpent: false, states);   // none of them refuses anything
        if (spent >= 0)
            return new BudgetFit(null, 0, spent, IsSpent: true, states);
        if (cost.Cap != long.MaxValue && cost.Full.NanoDollars <= room)
            return new BudgetFit(cost.Full, cost.Cap, -1, IsSpent: false, states);
        if (cost.PerToken == Money.Zero)
            return cost.Full.NanoDollars <= room ? new BudgetFit(cost.Full, cost.Cap, -1, false, states) : new BudgetFit(null, 0, tightest, false, states);

        var cap = Math.Min((room - cost.Fixed.NanoDollars) / cost.PerToken.NanoDollars, MostTokens);
        return cap >= 1
            ? new BudgetFit(new Money(cost.Fixed.NanoDollars + (cap * cost.PerToken.NanoDollars)), cap, -1, IsSpent: false, states)
            : new BudgetFit(null, 0, tightest, IsSpent: false, states);
    }

    // What the field of a request can say.
    private const long MostTokens = int.MaxValue;
}
