using CleanGateway.Domain.Usage;

namespace CleanGateway.Infrastructure.Admission.Local;

/// <summary>Counters of budgets, and what calls hold of them. Amounts are nano-dollars.</summary>
internal sealed class LocalBudgets
{
    private readonly Dictionary<BudgetKey, LocalCounter> counters = [];
    private readonly Dictionary<Guid, Dictionary<string, LocalHold>> held = [];

    public int Size => counters.Count + held.Values.Sum(calls => calls.Count);

    public LocalCounter? Find(BudgetKey budget) => counters.GetValueOrDefault(budget);

    public BudgetState State(BudgetKey budget) => Find(budget)?.State ?? default;

    public LocalHold? HoldOf(Guid owner, string call) => held.GetValueOrDefault(owner)?.GetValueOrDefault(call);

    public IReadOnlyList<HeldCall> HeldBy(Guid owner) =>
        [.. (held.GetValueOrDefault(owner) ?? []).Select(pair => pair.Value.Describe(pair.Key))];

    public void Hold(Guid owner, string call, LocalHold hold)
    {
        foreach (var budget in hold.Budgets)
            counters[budget].Reserved += hold.Amount;
        Keep(owner, call, hold);
    }

    /// <returns>The budgets that it was held of; null when it was held of none.</returns>
    public List<BudgetKey>? Settle(Guid owner, string call, long cost)
    {
        if (HoldOf(owner, call) is not { } hold)
            return null;

        held[owner].Remove(call);
        var budgets = CountersOf(hold);
        foreach (var budget in budgets)
        {
            var counter = counters[budget];
            if (hold.Expired)
                counter.Spent = Math.Max(0, counter.Spent - hold.Amount);
            else
                counter.Reserved = Math.Max(0, counter.Reserved - hold.Amount);
            counter.Spent += cost;
        }

        return budgets.Count > 0 ? budgets : null;
    }

    public void Seed(MeterSeed seed)
    {
        if (Find(seed.Budget)?.Epoch >= seed.Epoch)
            return;

        var counter = new LocalCounter(seed.Epoch, seed.EndsAt) { Spent = MeterAmounts.Amount(seed.Spent) };
        counters[seed.Budget] = counter;
        foreach (var call in seed.Held)
        {
            var before = HoldOf(call.Owner, call.Call);
            var hold = before?.Epoch == seed.Epoch
                ? before
                : new LocalHold(seed.Epoch, MeterAmounts.Amount(call.Amount), Microseconds(call.Since), before?.Cap ?? 0, []);
            if (!hold.Budgets.Contains(seed.Budget))
                hold.Budgets.Add(seed.Budget);
            Keep(call.Owner, call.Call, hold);
            if (hold.Expired)
                counter.Spent += hold.Amount;
            else
                counter.Reserved += hold.Amount;
        }
    }

    public void Expire(Guid owner, string call)
    {
        if (HoldOf(owner, call) is not { Expired: false } hold)
            return;

        hold.Expired = true;
        foreach (var budget in CountersOf(hold))
        {
            var counter = counters[budget];
            counter.Reserved = Math.Max(0, counter.Reserved - hold.Amount);
            counter.Spent += hold.Amount;
        }
    }

    /// <summary>Forgets what is of no use any more.</summary>
    public void Trim(DateTimeOffset now)
    {
        foreach (var (budget, _) in counters.Where(counter => counter.Value.EndsAt <= now).ToList())
            counters.Remove(budget);
        foreach (var (owner, _) in held.Where(calls => calls.Value.Count == 0).ToList())
            held.Remove(owner);
    }

    // Those that have begun in its epoch; others do not know of it.
    private List<BudgetKey> CountersOf(LocalHold hold) => hold.Budgets.FindAll(budget => Find(budget)?.Epoch == hold.Epoch);

    private void Keep(Guid owner, string call, LocalHold hold)
    {
        if (!held.TryGetValue(owner, out var calls))
            held.Add(owner, calls = new Dictionary<string, LocalHold>(StringComparer.Ordinal));
        calls[call] = hold;
    }

    private static long Microseconds(DateTimeOffset time) => MeterTimes.Microseconds(time - DateTimeOffset.UnixEpoch);
}

internal sealed class LocalCounter(long epoch, DateTimeOffset? endsAt)
{
    public long Epoch { get; } = epoch;
    public DateTimeOffset? EndsAt { get; } = endsAt;
    public long Spent { get; set; }
    public long Reserved { get; set; }
    public BudgetState State => new(new Money(Spent), new Money(Reserved));
}

/// <param name="At">When it was admitted: microseconds since 1970.</param>
/// <param name="Cap">Null: it needs none. Zero: the books, which the hold is from, do not say.</param>
/// <param name="Budgets">Each once.</param>
internal sealed record LocalHold(long Epoch, long Amount, long At, long? Cap, List<BudgetKey> Budgets)
{
    public bool Expired { get; set; }

    public HeldCall Describe(string call) =>
        new(call, new Money(Amount), DateTimeOffset.UnixEpoch + MeterTimes.Time(At), [.. Budgets], Expired);
}
