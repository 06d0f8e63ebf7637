using System.Collections.Concurrent;
using CleanGateway.Domain.Usage;
using CleanGateway.Infrastructure.Journal;

namespace CleanGateway.Infrastructure.Admission;

/// <summary>
/// The calls of this gateway that hold something of a budget, or have cost something that is not in the ledger yet:
/// what has to be declared when counters begin anew.
/// </summary>
internal sealed class HeldCalls : ILedgerWatch
{
    private readonly ConcurrentDictionary<string, HeldEntry> calls = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<BudgetKey, bool> used = new();

    public IReadOnlyCollection<HeldEntry> All => (IReadOnlyCollection<HeldEntry>)calls.Values;

    /// <summary>Remembers a call before it is admitted, so that no one takes its hold for one of nobody's.</summary>
    public HeldEntry Begin(string call, DateTimeOffset createdAt) => calls.GetOrAdd(call, static (name, at) => new HeldEntry(name, at), createdAt);

    /// <summary>Those that take a place among their keys' concurrent calls, and have for a while.</summary>
    /// <param name="before">Began before this.</param>
    public IEnumerable<HeldEntry> UnderWay(DateTimeOffset before) =>
        calls.Values.Where(entry => !entry.IsSettled && entry.CreatedAt < before && entry.Scopes.Any(scope => scope.Concurrent is not null));

    /// <summary>The budgets that calls were admitted to since this was asked last.</summary>
    public IReadOnlyList<BudgetKey> TakeUsed()
    {
        var taken = used.Keys.ToList();
        foreach (var budget in taken)
            used.TryRemove(budget, out _);
        return taken;
    }

    public void Use(IEnumerable<BudgetKey> budgets)
    {
        // Nearly always there already, and looking takes no lock.
        foreach (var budget in budgets)
        {
            if (!used.ContainsKey(budget))
                used.TryAdd(budget, true);
        }
    }

    public bool Knows(string call) => calls.ContainsKey(call);

    public void Forget(string call) => calls.TryRemove(call, out _);

    /// <summary>The call is settled wherever it was held. What it cost is remembered until the ledger has it.</summary>
    public void Done(HeldEntry entry)
    {
        if (entry.IsDone())
            Forget(entry.Call);
    }

    public void Written(IReadOnlyList<ExchangeRow> exchanges)
    {
        foreach (var exchange in exchanges)
        {
            if (exchange.Usage is not null && calls.TryGetValue(exchange.Request.RequestId, out var entry) && entry.IsWritten())
                Forget(entry.Call);
        }
    }
}

/// <summary>One call's hold.</summary>
internal sealed class HeldEntry(string call, DateTimeOffset createdAt)
{
    private readonly Lock @lock = new();
    private bool done;
    private bool written;

    public string Call => call;

    /// <summary>With <see cref="Call"/> the key of its line in the ledger.</summary>
    public DateTimeOffset CreatedAt => createdAt;
    public IReadOnlyList<BudgetKey> Budgets { get; private set; } = [];

    /// <summary>What it holds; what it cost, once it is settled.</summary>
    public Money Amount { get; private set; }
    public bool IsSettled { get; private set; }

    /// <summary>It stands in <c>budget_reservations</c>, or is about to: how it ends has to be written there, too.</summary>
    public bool IsDeclared { get; private set; }

    /// <summary>Nobody bills it: no line of the ledger will come.</summary>
    public bool IsFree { get; private set; }

    /// <summary>The scopes it was admitted to.</summary>
    public IReadOnlyList<MeterScope> Scopes { get; private set; } = [];

    /// <summary>What counts it in windows and among concurrent calls.</summary>
    public IMeter? RatesIn { get; private set; }

    /// <param name="amount">What it holds of each of its budgets.</param>
    public void Admitted(IReadOnlyList<MeterScope> scopes, IMeter ratesIn, Money amount, bool declared)
    {
        lock (@lock)
        {
            (Scopes, RatesIn, Amount, IsDeclared) = (scopes, ratesIn, amount, declared);
            Budgets = MeterScopes.BudgetsOf(scopes);
        }
    }

    /// <returns>Whether it is declared.</returns>
    public bool Settle(Money cost, bool free)
    {
        lock (@lock)
        {
            (Amount, IsSettled, IsFree) = (cost, true, free);
            return IsDeclared;
        }
    }

    /// <returns>How it stands; null when there is nothing to declare.</returns>
    public Declaration? Declare()
    {
        lock (@lock)
        {
            if (Budgets.Count == 0 || written)
                return null;

            IsDeclared = true;
            return new Declaration(call, createdAt, Budgets, Amount, IsSettled);
        }
    }

    /// <returns>Whether nothing needs it any more.</returns>
    public bool IsDone()
    {
        lock (@lock)
        {
            done = true;
            return written || IsFree;
        }
    }

    /// <inheritdoc cref="IsDone"/>
    public bool IsWritten()
    {
        lock (@lock)
        {
            written = true;
            return done;
        }
    }
}

/// <summary>A call that is not in the ledger yet, as it stands in <c>budget_reservations</c>.</summary>
internal sealed record Declaration(string Call, DateTimeOffset CreatedAt, IReadOnlyList<BudgetKey> Budgets, Money Amount, bool IsSettled);
