namespace CleanGateway.Infrastructure.Admission.Local;

/// <summary>Whether a call fits everywhere. Changes nothing.</summary>
internal sealed class LocalCheck
{
    private readonly MeterAsk ask;
    private readonly LocalScope[] uses;
    private readonly long now;
    private readonly List<Line> limited = [];

    public LocalCheck(MeterAsk ask, LocalScope[] uses, LocalBudgets budgets, long now)
    {
        (this.ask, this.uses, this.now) = (ask, uses, now);
        var lines = 0;
        long? room = null;
        for (var place = 0; place < ask.Scopes.Count; place++)
        {
            foreach (var line in ask.Scopes[place].Budgets)
            {
                lines++;
                if (line.Limit is not { } limit)
                    continue;

                var tight = new Line(place, line.Key, MeterAmounts.Limit(limit), budgets.Find(line.Key)!);
                limited.Add(tight);
                room = Math.Min(tight.Room, room ?? long.MaxValue);
            }
        }

        Grant = lines > 0 ? LocalGrant.For(ask.Cost, room) : new LocalGrant(0, MeterAmounts.Cap(ask.Cost.Cap));
    }

    /// <summary>What it would hold; null: its budgets have no room for it now.</summary>
    public LocalGrant? Grant { get; }

    /// <summary>The reason that counts most; null: it fits.</summary>
    public Refused? Refusal() => BudgetSpent() ?? RequestRate() ?? TokenRate() ?? Concurrency() ?? BudgetReserved();

    private Refused? BudgetSpent()
    {
        var least = LocalGrant.Least(ask.Cost);
        return limited.Find(line => line.Limit == 0 || line.Limit - line.Counter.Spent < least) is { } line
            ? new Refused(DenialReason.BudgetSpent, line.Scope, line.Key.Period, RetryAfter: null)
            : null;
    }

    private Refused? RequestRate() => First((scope, use) => scope.Requests is { } limit && !use.HasRequestFor(ask.Call, limit)) is { } place
        ? new Refused(DenialReason.RequestRate, place, Budget: null, uses[place].RequestsFreeIn(ask.Scopes[place].Requests!.Value, now))
        : null;

    private Refused? TokenRate() => First((scope, use) => scope.Tokens is { } limit && !use.HasTokensFor(ask.Tokens, limit)) is { } place
        ? new Refused(DenialReason.TokenRate, place, Budget: null, uses[place].TokensFreeIn(ask.Tokens, ask.Scopes[place].Tokens!.Value, now))
        : null;

    private Refused? Concurrency() => First((scope, use) => scope.Concurrent is { } limit && !use.HasPlaceFor(ask.Call, limit)) is { } place
        ? new Refused(DenialReason.Concurrency, place, Budget: null, ask.Scopes[place].Concurrent > 0 ? MeterTimes.Soon : null)
        : null;

    private Refused? BudgetReserved() => Grant is null && limited.MinBy(line => line.Room) is { } tightest
        ? new Refused(DenialReason.BudgetReserved, tightest.Scope, tightest.Key.Period, MeterTimes.Soon)
        : null;

    private int? First(Func<MeterScope, LocalScope, bool> refuses)
    {
        for (var place = 0; place < uses.Length; place++)
        {
            if (refuses(ask.Scopes[place], uses[place]))
                return place;
        }

        return null;
    }

    public sealed record Refused(DenialReason Reason, int Scope, string? Budget, TimeSpan? RetryAfter);

    private sealed record Line(int Scope, BudgetKey Key, long Limit, LocalCounter Counter)
    {
        public long Room => Limit - Counter.Spent - Counter.Reserved;
    }
}
