using CleanGateway.Domain.Usage;
using CleanGateway.Infrastructure.Admission.Local;

namespace CleanGateway.Infrastructure.Admission.Redis;

/// <summary>
/// The meter in Redis, beside which this gateway counts its own requests in memory: should Redis not answer in the middle of
/// a window, it knows what it has let in already; and when Redis is back, what it let in meanwhile.
/// </summary>
internal sealed class WatchedRedisMeter(RedisMeter redis, LocalMeter own) : IMeter
{
    public async ValueTask<MeterAnswer> AdmitAsync(MeterAsk ask)
    {
        if (!ask.Scopes.Any(scope => scope.Requests is not null))
            return await redis.AdmitAsync(ask);

        var mine = ask with { Tokens = 0, Cost = default, Scopes = RequestsOf(ask.Scopes) };
        var counted = await own.AdmitAsync(mine);
        MeterAnswer? answer = null;
        try
        {
            answer = await redis.AdmitAsync(ask);
        }
        finally
        {
            if (counted is MeterAnswer.Admitted && answer is not MeterAnswer.Admitted)
                await own.ReleaseAsync(Undo(mine));
        }

        // Redis has forgotten what this gateway alone has let in.
        if (counted is MeterAnswer.Denied && answer is MeterAnswer.Admitted admitted)
        {
            await redis.ReleaseAsync(Undo(ask) with { ReservedTokens = ask.Tokens, AdmittedAt = admitted.At });
            return counted;
        }

        return answer;
    }

    public ValueTask<SettleAnswer> SettleAsync(MeterSettlement settlement) => redis.SettleAsync(settlement);

    public async ValueTask ReleaseAsync(MeterSettlement settlement)
    {
        await own.ReleaseAsync(settlement with { Scopes = RequestsOf(settlement.Scopes), ReservedTokens = 0 });
        await redis.ReleaseAsync(settlement);
    }

    public ValueTask RenewAsync(IReadOnlyList<MeterHold> calls) => redis.RenewAsync(calls);

    public ValueTask SeedAsync(MeterSeed seed) => redis.SeedAsync(seed);

    public ValueTask RaiseAsync(long epoch, BudgetKey budget, Money spent) => redis.RaiseAsync(epoch, budget, spent);

    public ValueTask<BudgetState?> ReadAsync(long epoch, BudgetKey budget) => redis.ReadAsync(epoch, budget);

    public ValueTask<IReadOnlyList<HeldCall>> HeldByAsync(Guid owner) => redis.HeldByAsync(owner);

    public ValueTask ExpireAsync(Guid owner, string call) => redis.ExpireAsync(owner, call);

    private static MeterSettlement Undo(MeterAsk ask) => new(ask.Call, ask.Owner, ask.Scopes, Money.Zero, 0, 0, 0);

    private static IReadOnlyList<MeterScope> RequestsOf(IReadOnlyList<MeterScope> scopes) =>
        [.. scopes.Select(scope => scope with { Tokens = null, Concurrent = null, Budgets = [] })];
}
