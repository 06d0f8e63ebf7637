using CleanGateway.Domain.Usage;
using CleanGateway.Infrastructure.Redis;

namespace CleanGateway.Infrastructure.Admission.Redis;

/// <summary>The meter that several gateways share: each operation is one script.</summary>
internal sealed class RedisMeter(GuardedRedis redis, MeterTimes times) : IMeter
{
    private const int MostRenewedAtOnce = 500;
    private const long KeepExpiredSeconds = 40 * 24 * 60 * 60;

    public async ValueTask<MeterAnswer> AdmitAsync(MeterAsk ask)
    {
        var (keys, arguments) = RedisMeterAsk.Write(ask, times);
        return RedisMeterAsk.Read(ask, await redis.RunAsync(AdmitScript.Script, keys, arguments, again: true));
    }

    public async ValueTask<SettleAnswer> SettleAsync(MeterSettlement settlement)
    {
        var reply = await EndAsync(settlement, undo: false, settlement.Cost, settlement.Tokens - settlement.ReservedTokens);
        return reply.Number(0) == 0
            ? new SettleAnswer(Known: false, [])
            : new SettleAnswer(Known: true, [.. Enumerable.Range(0, (reply.Values.Count - 1) / 2).Select(i => State(reply, 1 + (2 * i)))]);
    }

    public async ValueTask ReleaseAsync(MeterSettlement settlement) =>
        await EndAsync(settlement, undo: true, Money.Zero, -settlement.ReservedTokens);

    public async ValueTask RenewAsync(IReadOnlyList<MeterHold> calls)
    {
        var places = calls.SelectMany(call => call.Scopes
            .Where(scope => scope.Concurrent is not null)
            .Select(scope => (Key: MeterKeys.Places(scope.Id), call.Call)));
        foreach (var some in places.Chunk(MostRenewedAtOnce))
        {
            await redis.RunAsync(
                MeterScripts.Renew,
                [.. some.Select(place => place.Key)],
                [times.LeaseMicroseconds, .. some.Select(place => (RedisArgument)place.Call)]);
        }
    }

    public async ValueTask SeedAsync(MeterSeed seed) => await redis.RunAsync(
        MeterScripts.Seed,
        [MeterKeys.Budget(seed.Budget), .. seed.Held.Select(call => MeterKeys.Held(call.Owner))],
        [
            seed.Epoch, MeterAmounts.Amount(seed.Spent), seed.EndsAt is { } end ? end.ToUnixTimeSeconds() : "", MeterKeys.Name(seed.Budget),
            .. seed.Held.SelectMany(call =>
                (RedisArgument[])[call.Call, MeterAmounts.Amount(call.Amount), MeterTimes.Microseconds(call.Since - DateTimeOffset.UnixEpoch)]),
        ],
        again: true);

    public async ValueTask RaiseAsync(long epoch, BudgetKey budget, Money spent) =>
        await redis.RunAsync(MeterScripts.Raise, [MeterKeys.Budget(budget)], [epoch, MeterAmounts.Amount(spent)]);

    public async ValueTask<BudgetState?> ReadAsync(long epoch, BudgetKey budget)
    {
        var reply = await redis.RunAsync(MeterScripts.Read, [MeterKeys.Budget(budget)], [epoch]);
        return reply.Values.Count == 0 ? null : State(reply, 0);
    }

    public async ValueTask<IReadOnlyList<HeldCall>> HeldByAsync(Guid owner)
    {
        return HeldCalls(await redis.RunAsync(MeterScripts.HeldBy, [MeterKeys.Held(owner)], []), from: 0);
    }

    public async ValueTask ExpireAsync(Guid owner, string call) =>
        await redis.RunAsync(MeterScripts.Expire, [MeterKeys.Held(owner)], [call, KeepExpiredSeconds]);

    /// <summary>Reads calls as scripts tell them: five values each.</summary>
    internal static IReadOnlyList<HeldCall> HeldCalls(RedisReply reply, int from) =>
    [
        .. Enumerable.Range(0, (reply.Values.Count - from) / 5).Select(i => from + (5 * i)).Select(i => new HeldCall(
            reply.Text(i), new Money(reply.Number(i + 1)), DateTimeOffset.UnixEpoch + MeterTimes.Time(reply.Number(i + 2)),
            [.. reply.Text(i + 4).Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(MeterKeys.Parse)], reply.Number(i + 3) == 1)),
    ];

    private Task<RedisReply> EndAsync(MeterSettlement settlement, bool undo, Money cost, long moreTokens) => redis.RunAsync(
        MeterScripts.End,
        [
            MeterKeys.Held(settlement.Owner), MeterKeys.Admitted(settlement.Call),
            .. settlement.Scopes.SelectMany(scope => (string[])[MeterKeys.Rate(scope.Id), MeterKeys.Tokens(scope.Id), MeterKeys.Places(scope.Id)]),
        ],
        [
            settlement.Call, undo ? 1 : 0, MeterAmounts.Amount(cost), moreTokens, settlement.AdmittedAt, times.BucketMicroseconds, MeterTimes.Buckets,
            settlement.Scopes.Count, .. settlement.Scopes.Select(scope => (RedisArgument)(scope.Tokens is null ? 0 : 1)),
            .. settlement.Scopes.SelectMany(scope => scope.Budgets).Select(line => (RedisArgument)MeterKeys.Name(line.Key)),
        ]);

    private static BudgetState State(RedisReply reply, int index) => new(new Money(reply.Number(index)), new Money(reply.Number(index + 1)));
}
