using CleanGateway.Domain.Usage;

namespace CleanGateway.Infrastructure.Admission.Local;

/// <summary>The meter of a gateway that is alone: in memory, and empty when it starts.</summary>
internal sealed class LocalMeter : IMeter
{
    private static readonly TimeSpan SweepEvery = TimeSpan.FromMinutes(1);

    private readonly MeterTimes times;
    private readonly TimeProvider clock;
    private readonly DateTimeOffset startedAt;
    private readonly long started;
    private readonly Lock gate = new();
    private readonly LocalBudgets budgets = new();
    private readonly Dictionary<Guid, LocalScope> scopes = [];

    // Calls without budgets that may have to be known again, and when they were admitted.
    private readonly Dictionary<string, long> admitted = new(StringComparer.Ordinal);
    private long sweptAt;

    public LocalMeter(MeterTimes times, TimeProvider clock)
    {
        (this.times, this.clock) = (times, clock);
        (startedAt, started) = (clock.GetUtcNow(), clock.GetTimestamp());
        sweptAt = Now();
    }

    /// <summary>How many scopes, counters and calls it keeps something of.</summary>
    internal int Size
    {
        get
        {
            lock (gate)
                return scopes.Count + admitted.Count + budgets.Size;
        }
    }

    public ValueTask<MeterAnswer> AdmitAsync(MeterAsk ask)
    {
        lock (gate)
        {
            var now = Sweep();
            return ValueTask.FromResult(Admit(ask, now));
        }
    }

    public ValueTask<SettleAnswer> SettleAsync(MeterSettlement settlement)
    {
        lock (gate)
        {
            var wasHeld = End(settlement, settlement.Tokens - settlement.ReservedTokens, MeterAmounts.Amount(settlement.Cost));
            return ValueTask.FromResult(new SettleAnswer(
                wasHeld is not null,
                wasHeld is null ? [] : MeterScopes.BudgetsOf(settlement.Scopes).ConvertAll(line => wasHeld.Contains(line) ? budgets.State(line) : default)));
        }
    }

    public ValueTask ReleaseAsync(MeterSettlement settlement)
    {
        lock (gate)
        {
            End(settlement, -settlement.ReservedTokens, cost: 0);
            foreach (var scope in settlement.Scopes)
                Use(scope.Id).TakeBack(settlement.Call);
        }

        return ValueTask.CompletedTask;
    }

    public ValueTask RenewAsync(IReadOnlyList<MeterHold> calls)
    {
        lock (gate)
        {
            var now = Sweep();
            foreach (var call in calls)
            {
                foreach (var scope in call.Scopes)
                    Use(scope.Id).Renew(call.Call, now);
            }
        }

        return ValueTask.CompletedTask;
    }

    public ValueTask SeedAsync(MeterSeed seed)
    {
        lock (gate)
            budgets.Seed(seed);
        return ValueTask.CompletedTask;
    }

    public ValueTask RaiseAsync(long epoch, BudgetKey budget, Money spent)
    {
        lock (gate)
        {
            if (budgets.Find(budget) is { Reserved: 0 } counter && counter.Epoch == epoch)
                counter.Spent = Math.Max(counter.Spent, MeterAmounts.Amount(spent));
        }

        return ValueTask.CompletedTask;
    }

    public ValueTask<BudgetState?> ReadAsync(long epoch, BudgetKey budget)
    {
        lock (gate)
            return ValueTask.FromResult(budgets.Find(budget) is { } counter && counter.Epoch == epoch ? counter.State : (BudgetState?)null);
    }

    public ValueTask<IReadOnlyList<HeldCall>> HeldByAsync(Guid owner)
    {
        lock (gate)
            return ValueTask.FromResult(budgets.HeldBy(owner));
    }

    public ValueTask ExpireAsync(Guid owner, string call)
    {
        lock (gate)
            budgets.Expire(owner, call);
        return ValueTask.CompletedTask;
    }

    private MeterAnswer Admit(MeterAsk ask, long now)
    {
        var lines = MeterScopes.BudgetsOf(ask.Scopes);
        if (NotOfThisEpoch(ask.Epoch, lines) is { } begun)
            return begun;

        var uses = new LocalScope[ask.Scopes.Count];
        for (var place = 0; place < uses.Length; place++)
        {
            uses[place] = Use(ask.Scopes[place].Id);
            uses[place].Trim(now);
        }

        if (Remembered(ask, lines.Count > 0) is { } before)
            return Admitted(ask, before, now);

        var check = new LocalCheck(ask, uses, budgets, now);
        if (check.Refusal() is { } refusal)
            return new MeterAnswer.Denied(refusal.Reason, refusal.Scope, refusal.Budget, refusal.RetryAfter, States(ask, now));

        var grant = check.Grant!.Value;
        var hold = new LocalHold(ask.Epoch, grant.Amount, now, grant.Cap, lines);
        for (var place = 0; place < uses.Length; place++)
            uses[place].Enter(ask.Scopes[place], ask.Call, ask.Tokens, now);
        if (hold.Budgets.Count > 0)
            budgets.Hold(ask.Owner, ask.Call, hold);
        else if (ask.Scopes.Any(scope => scope.Tokens is not null || scope.Concurrent is not null))
            admitted[ask.Call] = now;
        return Admitted(ask, hold, now);
    }

    private MeterAnswer? NotOfThisEpoch(long epoch, List<BudgetKey> lines)
    {
        List<BudgetKey>? unseeded = null;
        foreach (var line in lines)
        {
            var counter = budgets.Find(line);
            if (counter?.Epoch > epoch)
                return new MeterAnswer.WrongEpoch();
            if (counter is null || counter.Epoch < epoch)
                (unseeded ??= []).Add(line);
        }

        return unseeded is null ? null : new MeterAnswer.Unseeded(unseeded);
    }

    // A retry, or a caller that was not told in time.
    private LocalHold? Remembered(MeterAsk ask, bool hasBudgets)
    {
        if (hasBudgets)
        {
            return budgets.HoldOf(ask.Owner, ask.Call) is { } hold && hold.Epoch == ask.Epoch
                ? hold with { Cap = hold.Cap == 0 ? LocalGrant.CapOf(hold.Amount, ask.Cost) : hold.Cap }
                : null;
        }

        var at = admitted.TryGetValue(ask.Call, out var noted)
            ? noted
            : ask.Scopes.Where(scope => scope.Requests is not null).Select(scope => Use(scope.Id).RequestedAt(ask.Call)).Max();
        return at is { } then ? new LocalHold(ask.Epoch, 0, then, MeterAmounts.Cap(ask.Cost.Cap), []) : null;
    }

    private List<BudgetKey>? End(MeterSettlement settlement, long moreTokens, long cost)
    {
        var now = Sweep();
        var isKnown = admitted.Remove(settlement.Call) | budgets.HoldOf(settlement.Owner, settlement.Call) is not null;
        foreach (var scope in settlement.Scopes)
        {
            Use(scope.Id).Leave(settlement.Call);
            if (isKnown && scope.Tokens is not null)
                Use(scope.Id).AddTokens(moreTokens, settlement.AdmittedAt, now);
        }

        return budgets.Settle(settlement.Owner, settlement.Call, cost);
    }

    private MeterAnswer.Admitted Admitted(MeterAsk ask, LocalHold hold, long now) =>
        new(new Money(hold.Amount), hold.Cap ?? long.MaxValue, hold.At, States(ask, now));

    private ScopeState[] States(MeterAsk ask, long now)
    {
        var states = new ScopeState[ask.Scopes.Count];
        for (var place = 0; place < states.Length; place++)
        {
            var scope = ask.Scopes[place];
            var stands = new BudgetState[scope.Budgets.Count];
            for (var line = 0; line < stands.Length; line++)
                stands[line] = budgets.State(scope.Budgets[line].Key);
            states[place] = Use(scope.Id).State(scope, stands, now);
        }

        return states;
    }

    private LocalScope Use(Guid scope)
    {
        if (!scopes.TryGetValue(scope, out var use))
            scopes.Add(scope, use = new LocalScope(times));
        return use;
    }

    private long Now() => MeterTimes.Microseconds(startedAt + clock.GetElapsedTime(started) - DateTimeOffset.UnixEpoch);

    // Memory is bounded by what can still count, whoever has stopped calling.
    private long Sweep()
    {
        var now = Now();
        if (MeterTimes.Time(now - sweptAt) < SweepEvery)
            return now;

        sweptAt = now;
        budgets.Trim(clock.GetUtcNow());
        foreach (var (call, _) in admitted.Where(call => call.Value <= now - times.WindowMicroseconds).ToList())
            admitted.Remove(call);
        foreach (var (id, scope) in scopes.ToList())
        {
            scope.Trim(now);
            scope.Shrink();
            if (scope.IsEmpty)
                scopes.Remove(id);
        }

        return now;
    }
}
