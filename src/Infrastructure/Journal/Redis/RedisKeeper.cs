using System.Collections.Concurrent;
using CleanGateway.Infrastructure.Redis;
using Microsoft.Extensions.Logging;

namespace CleanGateway.Infrastructure.Journal.Redis;

/// <summary>
/// Shows that its owner lives, finds owners that do not, and ends what those have left. Nobody's clock is compared with
/// another's: dead is who does not count on while Redis answers every look; when Redis is away, everyone starts anew.
/// </summary>
/// <param name="open">The calls under way: what else Redis has of this owner was accepted after its caller had been refused.</param>
internal sealed partial class RedisKeeper(
    RedisStore store, IRedisScripts redis, ConcurrentDictionary<string, bool> open, Action news, RedisJournalTimes times, TimeProvider clock,
    ILogger<RedisKeeper> logger)
{
    private const int MostCallsAtOnce = 200;
    private const int FailuresUntilReconnect = 5;

    private Dictionary<string, Sighting> sightings = new(StringComparer.Ordinal);
    private int failures;

    public async Task RunAsync(CancellationToken stopping)
    {
        while (!stopping.IsCancellationRequested)
        {
            await LookAsync();
            await Task.Delay(times.Beat, clock, stopping).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    public async Task LookAsync()
    {
        try
        {
            await store.BeatAsync();
            await ForgetStraysAsync();
            foreach (var (dead, seen) in await FindDeadAsync())
                await TakeOverAsync(dead, seen);
            if (failures > 0)
                LogAnswers();

            failures = 0;
        }
        catch (RedisFailureException failure)
        {
            sightings.Clear();
            if (failures++ == 0)
                LogFails(failure);
            if (failures % FailuresUntilReconnect == 0)
                await ReconnectAsync();
        }
    }

    /// <summary>The last look: leaves nothing that others would have to clean up, where that can be.</summary>
    public async Task LeaveAsync()
    {
        try
        {
            await ForgetStraysAsync();
            await store.LeaveAsync();
        }
        catch (RedisFailureException failure)
        {
            LogFails(failure);
        }
    }

    private async Task ForgetStraysAsync()
    {
        var strays = (await store.AcceptedAsync(store.Owner)).Where(id => !open.ContainsKey(id)).ToList();
        if (strays.Count > 0)
            await store.ForgetAsync(strays);
    }

    private async Task<IReadOnlyList<(string Owner, string Seen)>> FindDeadAsync()
    {
        var owners = await store.OwnersAsync();
        sightings = owners.Where(owner => owner.Key != store.Owner).ToDictionary(
            owner => owner.Key,
            owner => sightings.TryGetValue(owner.Key, out var before) && before.Count == owner.Value
                ? before with { Missed = before.Missed + 1 }
                : new Sighting(owner.Value, 0),
            StringComparer.Ordinal);
        return [.. sightings.Where(owner => owner.Value.Missed >= times.MissedBeats).Select(owner => (owner.Key, owner.Value.Count))];
    }

    // As much as can be done between two beats of its own.
    private async Task TakeOverAsync(string dead, string seen)
    {
        if (!await store.TakeOverAsync(dead, seen))
            return;

        var calls = await store.AcceptedAsync(dead);
        if (calls.Count > 0)
            LogDied(dead, calls.Count);
        foreach (var id in calls.Take(MostCallsAtOnce))
        {
            if (await store.ReadAcceptedAsync(dead, id) is not { } left)
                continue;

            var readable = RedisRecord.TryReadCrashed(left.Call, left.Progress, out var exchange);
            if (!readable)
                LogUnreadable(id);

            await store.CrashAsync(dead, seen, id, readable ? RedisRecord.Completed(ExchangeRow.Of(exchange!)) : left.Call, readable);
        }

        await store.BuryAsync(dead, seen);
        news();
    }

    private async Task ReconnectAsync()
    {
        try
        {
            await redis.ReconnectAsync();
        }
        catch (RedisFailureException failure)
        {
            LogFails(failure);
        }
    }

    [LoggerMessage(LogLevel.Error, "Redis does not do what the journal asks of it; new calls are refused until it does")]
    private partial void LogFails(Exception failure);

    [LoggerMessage(LogLevel.Information, "Redis does again what the journal asks of it")]
    private partial void LogAnswers();

    [LoggerMessage(LogLevel.Warning, "The gateway {Owner} has died; {Count} calls that it had under way are recorded as gateway_crash")]
    private partial void LogDied(string owner, int count);

    [LoggerMessage(LogLevel.Critical, "The accepted call {RequestId} cannot be read; it is kept in gateway:logs:quarantined")]
    private partial void LogUnreadable(string requestId);

    /// <param name="Count">How far it had counted when it was last seen to count.</param>
    /// <param name="Missed">Looks since then.</param>
    private sealed record Sighting(string Count, int Missed);
}
