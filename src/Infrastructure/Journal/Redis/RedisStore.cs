using System.Globalization;
using CleanGateway.Domain.RequestLogs;
using CleanGateway.Domain.Usage;
using CleanGateway.Infrastructure.Redis;

namespace CleanGateway.Infrastructure.Journal.Redis;

/// <summary>
/// What the journal keeps in Redis, and one owner's part in it. Every method but <see cref="Report"/> may throw a
/// <see cref="RedisFailureException"/>, and may have done its work all the same.
/// </summary>
internal sealed class RedisStore(IRedisScripts redis, RedisJournalTimes times, TimeProvider clock, string owner)
{
    private const long CrashedSeconds = 24 * 60 * 60;

    private readonly string accepted = RedisKeys.Accepted(owner);
    private readonly string progress = RedisKeys.Progress(owner);
    private readonly string processing = RedisKeys.Processing(owner);
    private long beats;
    private volatile bool answering;
    private volatile bool full;
    private long waiting;
    private long quarantined;

    public string Owner => owner;

    /// <summary>Redis did what it was last asked.</summary>
    public bool IsAnswering => answering && redis.IsConnected == true;

    /// <summary>Redis has no room for new calls.</summary>
    public bool IsFull => full;

    /// <summary>Completed calls that wait for the database, but for those that others are writing; as of the last beat.</summary>
    public long Waiting => Interlocked.Read(ref waiting);

    /// <summary>Records put aside by anyone; as of the last beat.</summary>
    public long Quarantined => Interlocked.Read(ref quarantined);

    public Task AcceptAsync(RequestLog request) =>
        RunAsync(JournalScripts.Accept, [RedisKeys.Owners, accepted], [owner, request.RequestId, RedisRecord.Accepted(request)]);

    /// <summary>Does not wait; what becomes of it is of no consequence.</summary>
    public void Report(RequestLog request, TokenUsage seen)
    {
        var sent = RunAsync(JournalScripts.Report, [accepted, progress], [request.RequestId, RedisRecord.Progress(request, seen, clock.GetUtcNow())]);
        _ = sent.ContinueWith(static failed => _ = failed.Exception, CancellationToken.None, TaskContinuationOptions.OnlyOnFaulted, TaskScheduler.Default);
    }

    /// <param name="wasAccepted">Its acceptance ends with it.</param>
    /// <returns>False when another owner has taken this one for dead, and the call for lost.</returns>
    public async Task<bool> CompleteAsync(string requestId, byte[] record, bool wasAccepted)
    {
        var reply = await RunAsync(
            JournalScripts.Complete, [RedisKeys.Logs, accepted, progress, RedisKeys.Crashed(requestId)], [requestId, record, wasAccepted ? 1 : 0]);
        return reply.Number(0) == 1;
    }

    /// <summary>Shows that this owner lives, and finds out how Redis is.</summary>
    public async Task BeatAsync()
    {
        var reply = await RunAsync(JournalScripts.Beat, [RedisKeys.Owners, processing, RedisKeys.Logs, RedisKeys.Quarantined], [owner, ++beats]);
        full = reply.Number(0) == 1;
        Interlocked.Exchange(ref waiting, reply.Number(1));
        Interlocked.Exchange(ref quarantined, reply.Number(2));
        answering = true;
    }

    /// <summary>Who is there, and how far each has counted.</summary>
    public async Task<IReadOnlyDictionary<string, string>> OwnersAsync()
    {
        var reply = await RunAsync(JournalScripts.Owners, [RedisKeys.Owners], []);
        return Enumerable.Range(0, reply.Values.Count / 2).ToDictionary(i => reply.Text(2 * i), i => reply.Text((2 * i) + 1), StringComparer.Ordinal);
    }

    /// <summary>The calls that an owner, whether it lives or not, has under way.</summary>
    public async Task<IReadOnlyList<string>> AcceptedAsync(string by)
    {
        var reply = await RunAsync(JournalScripts.AcceptedIds, [RedisKeys.Accepted(by)], []);
        return [.. Enumerable.Range(0, reply.Values.Count).Select(reply.Text)];
    }

    /// <summary>Removes calls of this owner that never were.</summary>
    public Task ForgetAsync(IEnumerable<string> requestIds) =>
        RunAsync(JournalScripts.Forget, [accepted, progress], [.. requestIds.Select(id => (RedisArgument)id)]);

    /// <summary>Takes the oldest records, in the order of the list; or once more those that were taken last and not settled.</summary>
    public async Task<IReadOnlyList<byte[]>> TakeAsync()
    {
        var reply = await RunAsync(JournalScripts.Take, [RedisKeys.Logs, processing], [ExchangeBatches.MostExchanges, ExchangeBatches.MostBytes]);
        return reply.Values;
    }

    /// <summary>Puts what was taken back where it was.</summary>
    public Task GiveBackAsync() => RunAsync(JournalScripts.GiveBack, [RedisKeys.Logs, processing], []);

    /// <summary>What was taken needs no more to be done, but that some of it is put aside.</summary>
    public async Task SettleAsync(IEnumerable<byte[]> aside)
    {
        var reply = await RunAsync(JournalScripts.Settle, [processing, RedisKeys.Quarantined], [.. aside.Select(record => (RedisArgument)record)]);
        Interlocked.Add(ref quarantined, reply.Number(0));
    }

    /// <summary>Puts what a dead owner had taken back where it was.</summary>
    /// <param name="seen">How far it had counted.</param>
    /// <returns>False when it lives.</returns>
    public async Task<bool> TakeOverAsync(string dead, string seen)
    {
        var reply = await RunAsync(JournalScripts.TakeOver, [RedisKeys.Logs, RedisKeys.Processing(dead), RedisKeys.Owners], [dead, seen]);
        return reply.Number(0) == 1;
    }

    /// <returns>Null when it has ended.</returns>
    public async Task<(byte[] Call, byte[] Progress)?> ReadAcceptedAsync(string by, string requestId)
    {
        var reply = await RunAsync(JournalScripts.ReadAccepted, [RedisKeys.Accepted(by), RedisKeys.Progress(by)], [requestId]);
        return reply.Values is [var call, var seen] ? (call, seen) : null;
    }

    /// <summary>Ends a dead owner's call.</summary>
    /// <param name="readable">Whether the record is one; else it is put aside.</param>
    public Task CrashAsync(string dead, string seen, string requestId, byte[] record, bool readable) => RunAsync(
        JournalScripts.Crash,
        [readable ? RedisKeys.Logs : RedisKeys.Quarantined, RedisKeys.Accepted(dead), RedisKeys.Progress(dead), RedisKeys.Crashed(requestId), RedisKeys.Owners],
        [dead, seen, requestId, record, CrashedSeconds]);

    /// <summary>Removes an owner that has left nothing.</summary>
    public Task BuryAsync(string dead, string seen) => RunAsync(
        JournalScripts.Bury, [RedisKeys.Accepted(dead), RedisKeys.Progress(dead), RedisKeys.Processing(dead), RedisKeys.Owners], [dead, seen]);

    /// <summary>Removes this owner, if it leaves nothing.</summary>
    public Task LeaveAsync() => BuryAsync(owner, beats.ToString(CultureInfo.InvariantCulture));

    private async Task<RedisReply> RunAsync(string script, IReadOnlyList<string> keys, IReadOnlyList<RedisArgument> arguments)
    {
        try
        {
            return await redis.RunAsync(script, keys, arguments, times.Answer);
        }
        catch (RedisFailureException)
        {
            answering = false;
            throw;
        }
    }
}
