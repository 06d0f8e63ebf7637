using CleanGateway.Domain.Usage;
using CleanGateway.Infrastructure.Redis;

namespace CleanGateway.Infrastructure.Admission.Redis;

/// <summary>What <see cref="AdmitScript"/> is told, and what it says.</summary>
internal static class RedisMeterAsk
{
    private const long None = -1;

    public static (IReadOnlyList<string> Keys, IReadOnlyList<RedisArgument> Arguments) Write(MeterAsk ask, MeterTimes times)
    {
        List<string> keys = [MeterKeys.Held(ask.Owner), MeterKeys.Admitted(ask.Call)];
        List<RedisArgument> arguments =
        [
            ask.Call, ask.Epoch, ask.RunId ?? "", ask.Tokens,
            MeterAmounts.Amount(ask.Cost.Full), MeterAmounts.Amount(ask.Cost.Fixed), MeterAmounts.Amount(ask.Cost.PerToken),
            MeterAmounts.Cap(ask.Cost.Cap) ?? None,
            times.WindowMicroseconds, times.BucketMicroseconds, MeterTimes.Buckets, times.LeaseMicroseconds,
        ];
        foreach (var scope in ask.Scopes)
        {
            keys.AddRange([MeterKeys.Rate(scope.Id), MeterKeys.Tokens(scope.Id), MeterKeys.Places(scope.Id)]);
            keys.AddRange(scope.Budgets.Select(line => MeterKeys.Budget(line.Key)));
            arguments.AddRange([scope.Requests ?? None, scope.Tokens ?? None, scope.Concurrent ?? None, scope.Budgets.Count]);
            arguments.AddRange(scope.Budgets.Select(line => (RedisArgument)(line.Limit is { } limit ? MeterAmounts.Limit(limit) : None)));
        }

        return (keys, arguments);
    }

    public static MeterAnswer Read(MeterAsk ask, RedisReply reply) => reply.Text(0) switch
    {
        AdmitScript.Admitted => new MeterAnswer.Admitted(
            new Money(reply.Number(1)), reply.Number(2) is var cap && cap == None ? long.MaxValue : cap, reply.Number(3), States(ask, reply, 4)),
        AdmitScript.Denied => Denied(ask, reply),
        AdmitScript.Unseeded => Unseeded(ask, reply),
        AdmitScript.WrongEpoch => new MeterAnswer.WrongEpoch(),
        var other => throw new InvalidOperationException($"The script answers '{other}'."),
    };

    private static MeterAnswer.Unseeded Unseeded(MeterAsk ask, RedisReply reply)
    {
        var budgets = ask.Scopes.SelectMany(scope => scope.Budgets).ToList();
        return new MeterAnswer.Unseeded([.. Enumerable.Range(1, reply.Values.Count - 1).Select(i => budgets[(int)reply.Number(i)].Key)]);
    }

    private static MeterAnswer.Denied Denied(MeterAsk ask, RedisReply reply)
    {
        var scope = (int)reply.Number(2);
        return new MeterAnswer.Denied(
            (DenialReason)reply.Number(1), scope,
            reply.Number(3) is var budget && budget == None ? null : ask.Scopes[scope].Budgets[(int)budget].Key.Period,
            reply.Number(4) is var wait && wait == None ? null : MeterTimes.Time(wait),
            States(ask, reply, 5));
    }

    private static List<ScopeState> States(MeterAsk ask, RedisReply reply, int from)
    {
        var next = from;
        var states = new List<ScopeState>(ask.Scopes.Count);
        foreach (var scope in ask.Scopes)
        {
            var budgets = new BudgetState[scope.Budgets.Count];
            var (requests, requestsReset) = (reply.Number(next++), reply.Number(next++));
            var (tokens, tokensReset) = (reply.Number(next++), reply.Number(next++));
            for (var i = 0; i < budgets.Length; i++)
                budgets[i] = new BudgetState(new Money(reply.Number(next++)), new Money(reply.Number(next++)));
            states.Add(new ScopeState(Limited(requests), MeterTimes.Time(requestsReset), Limited(tokens), MeterTimes.Time(tokensReset), budgets));
        }

        return states;
    }

    private static long? Limited(long left) => left == None ? null : left;
}
