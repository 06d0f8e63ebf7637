using CleanGateway.Infrastructure.Persistence;
using CleanGateway.Infrastructure.Redis;
using Microsoft.Extensions.Logging;

namespace CleanGateway.Infrastructure.Journal.Redis;

/// <summary>
/// Takes completed calls, whichever gateway they are from, from Redis to the database. What it has taken stays in a list of
/// its own until it is committed, and goes back when it cannot be: it may be written twice, and counts once.
/// </summary>
internal sealed partial class RedisShipper(
    RedisStore store, ExchangeBatches batches, DatabaseHealth health, TimeProvider clock, ILogger<RedisShipper> logger) : IDisposable
{
    // Under load commits are this far apart, so that many calls share one; after a rest the first goes at once.
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan ShortestPause = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(2);

    // How often it looks for what others have left.
    private static readonly TimeSpan LookAround = TimeSpan.FromSeconds(1);

    private readonly SemaphoreSlim news = new(0, 1);
    private readonly CancellationTokenSource draining = new();
    private TimeSpan pause = ShortestPause;
    private long written;
    private long retries;
    private long oldestUnshipped;

    /// <summary>Exchanges that are in the database by its doing.</summary>
    public long Written => Interlocked.Read(ref written);

    /// <summary>Attempts that failed and were made again.</summary>
    public long Retries => Interlocked.Read(ref retries);

    /// <summary>How long this gateway has been trying to write the oldest exchange.</summary>
    public TimeSpan Lag => Interlocked.Read(ref oldestUnshipped) is var since and not 0 ? clock.GetElapsedTime(since) : TimeSpan.Zero;

    /// <summary>There is something to take.</summary>
    public void Tell()
    {
        lock (news)
        {
            if (news.CurrentCount == 0)
                news.Release();
        }
    }

    /// <summary>From now on it ends when there is nothing left to take.</summary>
    public Task DrainAsync() => draining.CancelAsync();

    public void Dispose()
    {
        draining.Dispose();
        news.Dispose();
    }

    public async Task RunAsync(CancellationToken stopping)
    {
        while (!stopping.IsCancellationRequested)
        {
            var started = clock.GetTimestamp();
            try
            {
                if (await ShipAsync(stopping) is var taken && taken == 0 && draining.IsCancellationRequested)
                    return;

                pause = ShortestPause;
                if (taken == 0)
                    await ((Task)news.WaitAsync(LookAround, draining.Token)).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                else if (taken < ExchangeBatches.MostExchanges && !draining.IsCancellationRequested)
                    await RestAsync(Interval - clock.GetElapsedTime(started), stopping);
            }
            catch (RedisFailureException)
            {
                // The keeper says so. What was taken comes again.
                await PauseAsync(stopping);
            }
        }

        await GiveBackAsync();
    }

    /// <returns>How many records it has found.</returns>
    private async Task<int> ShipAsync(CancellationToken stopping)
    {
        var records = await store.TakeAsync();
        if (records.Count == 0)
        {
            Interlocked.Exchange(ref oldestUnshipped, 0);
            return 0;
        }

        Interlocked.CompareExchange(ref oldestUnshipped, clock.GetTimestamp(), 0);
        var batch = Batch.Of(records);
        foreach (var unreadable in batch.Unreadable)
            LogUnreadable(unreadable.Length);

        IReadOnlyList<ExchangeRow> refused;
        try
        {
            refused = batch.Rows.Count == 0 ? [] : await batches.WriteAsync(batch.Rows, stopping);
            if (batch.Withdrawn.Count > 0)
                await batches.CorrectAsync(batch.Withdrawn, stopping);
        }
        catch (Exception failure) when (failure is not RedisFailureException)
        {
            // Back in the list it can be seen, and taken by others.
            await GiveBackAsync();
            if (!stopping.IsCancellationRequested)
                await WaitForDatabaseAsync(failure, records.Count, stopping);
            return records.Count;
        }

        await store.SettleAsync([.. batch.Unreadable, .. batch.RecordsOf(refused)]);
        foreach (var row in refused)
            LogPutAside(row.Request.RequestId);

        Interlocked.Exchange(ref oldestUnshipped, 0);
        Interlocked.Add(ref written, batch.Rows.Count - refused.Count);
        return records.Count;
    }

    private async Task WaitForDatabaseAsync(Exception failure, int count, CancellationToken stopping)
    {
        Interlocked.Increment(ref retries);
        LogNotShipped(failure, count);
        do
        {
            await PauseAsync(stopping);
        }
        while (!health.IsReachable && !stopping.IsCancellationRequested);
    }

    private async Task PauseAsync(CancellationToken stopping)
    {
        await RestAsync(pause * (0.5 + Random.Shared.NextDouble()), stopping);
        pause = TimeSpan.FromTicks(Math.Min(pause.Ticks * 2, LongestPause.Ticks));
    }

    private async Task RestAsync(TimeSpan time, CancellationToken cancellationToken)
    {
        if (time > TimeSpan.Zero)
            await Task.Delay(time, clock, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    private async Task GiveBackAsync()
    {
        try
        {
            await store.GiveBackAsync();
        }
        catch (RedisFailureException failure)
        {
            LogNotGivenBack(failure);
        }
    }

    [LoggerMessage(LogLevel.Error, "{Count} exchanges could not be written to the database; they stay in Redis, and are tried again until they are")]
    private partial void LogNotShipped(Exception exception, int count);

    [LoggerMessage(LogLevel.Warning, "What could not be written to the database stays in this gateway's own list in Redis until someone takes it from there")]
    private partial void LogNotGivenBack(Exception exception);

    [LoggerMessage(LogLevel.Critical, "A record of {Length} bytes in gateway:logs cannot be read; it is kept in gateway:logs:quarantined")]
    private partial void LogUnreadable(int length);

    [LoggerMessage(LogLevel.Critical, "{RequestId} is kept in gateway:logs:quarantined, because the database will not have it")]
    private partial void LogPutAside(string requestId);

    private sealed class Batch
    {
        private readonly Dictionary<string, byte[]> records = new(StringComparer.Ordinal);

        public List<ExchangeRow> Rows { get; } = [];
        public List<ExchangeRow> Withdrawn { get; } = [];
        public List<byte[]> Unreadable { get; } = [];

        public static Batch Of(IReadOnlyList<byte[]> taken)
        {
            var batch = new Batch();
            foreach (var record in taken)
            {
                if (!RedisRecord.TryReadCompleted(record, out var row, out var withdrawn))
                    batch.Unreadable.Add(record);
                else
                    batch.Add(record, row, withdrawn);
            }

            return batch;
        }

        public IEnumerable<byte[]> RecordsOf(IEnumerable<ExchangeRow> rows) => rows.Select(row => records[row.Request.RequestId]);

        // One that was sent twice is one.
        private void Add(byte[] record, ExchangeRow row, bool withdrawn)
        {
            if (records.TryAdd(row.Request.RequestId, record))
                Rows.Add(row);
            if (withdrawn)
                Withdrawn.Add(row);
        }
    }
}
