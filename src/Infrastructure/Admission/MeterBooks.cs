using CleanGateway.Infrastructure.Admission.Local;
using CleanGateway.Infrastructure.Admission.Redis;
using CleanGateway.Infrastructure.Redis;

namespace CleanGateway.Infrastructure.Admission;

/// <summary>The meters there are, and whether the shared one can be relied on.</summary>
internal sealed class MeterBooks(LocalMeter local, IMeter? redis, RedisHolds? holds, GuardedRedis? guard, TimeProvider clock)
{
    // A Redis that was lost has to show that it is back for good: each change of books is a pause.
    private const int LooksUntilSteady = 3;
    private const int MissesUntilLost = 2;
    private static readonly TimeSpan LongestLook = TimeSpan.FromMilliseconds(500);

    private Task<RedisFacts?>? look;
    private int steady = LooksUntilSteady;
    private int misses;

    public LocalMeter Local => local;

    /// <summary>Null: no Redis is configured.</summary>
    public IMeter? Redis => redis;

    /// <summary>What gateways leave in Redis that die; null when none is configured.</summary>
    public RedisHolds? Holds => holds;

    /// <summary>Whether budgets may be counted there; null when no Redis is configured.</summary>
    public bool? IsRedisUsable { get; private set; } = redis is null ? null : false;

    /// <summary>The run of the Redis server that was seen last.</summary>
    public string? RunId { get; private set; }

    /// <summary>What counts rates now.</summary>
    public IMeter Rates => redis is not null && IsAnswering ? redis : local;

    /// <summary>Redis has not just failed; false also where there is none.</summary>
    public bool IsAnswering => guard is { IsAnswering: true };

    /// <returns>Null when the tables themselves count budgets.</returns>
    public IMeter? CounterFor(Book book) => book switch
    {
        Book.Local => local,
        Book.Redis => redis,
        _ => null,
    };

    /// <param name="isInUse">Budgets are counted there now: then it is given up at once, and else taken up with care.</param>
    public async Task LookAtRedisAsync(bool isInUse, CancellationToken cancellationToken)
    {
        if (guard is null)
            return;

        // A server that does not answer must not hold up the heartbeat.
        look ??= guard.LookAsync(cancellationToken);
        if (RunId is null)
            await look;   // the first one decides where budgets are counted to begin with
        else
            await Task.WhenAny(look, Task.Delay(LongestLook, clock, cancellationToken));

        var facts = look.IsCompleted ? await look : null;
        if (look.IsCompleted)
            look = null;

        misses = facts is null ? misses + 1 : 0;
        var answers = guard.IsAnswering && misses < MissesUntilLost;
        steady = answers && facts is not null ? steady + 1 : answers ? steady : 0;
        RunId = facts?.RunId ?? RunId;
        IsRedisUsable = answers && RunId is not null && (isInUse || steady >= LooksUntilSteady);
    }
}
