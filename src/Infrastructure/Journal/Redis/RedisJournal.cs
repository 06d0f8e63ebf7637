using System.Collections.Concurrent;
using System.Globalization;
using CleanGateway.Application.Common;
using CleanGateway.Application.Statistics;
using CleanGateway.Domain.Common;
using CleanGateway.Domain.RequestLogs;
using CleanGateway.Domain.Usage;
using CleanGateway.Infrastructure.Persistence;
using CleanGateway.Infrastructure.Redis;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace CleanGateway.Infrastructure.Journal.Redis;

/// <summary>
/// The journal in Redis, for hosts without a disk: a call goes upstream only after Redis has its acceptance, and its answer
/// ends only after Redis has its completion. Several gateways share it, and end what one of them has left.
/// </summary>
internal sealed partial class RedisJournal(
    IRedisScripts redis, ExchangeBatches batches, DatabaseHealth health, RedisJournalTimes times, TimeProvider clock, ILoggerFactory loggers,
    ILogger<RedisJournal> logger) : IHostedService, IJournal, IAsyncDisposable
{
    private static readonly TimeSpan ShippingGrace = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan Poll = TimeSpan.FromMilliseconds(50);

    private readonly ConcurrentDictionary<string, bool> open = new(StringComparer.Ordinal);
    private readonly CancellationTokenSource stopping = new();
    private readonly CancellationTokenSource grace = new();
    private readonly RedisStore store = new(redis, times, clock, OwnerName(clock));
    private RedisShipper? shipper;
    private RedisKeeper? keeper;
    private Task keeping = Task.CompletedTask;
    private Task shipping = Task.CompletedTask;
    private bool stopped;

    public bool IsAvailable => store is { IsAnswering: true, IsFull: false };

    // What a dead gateway leaves in Redis is ended by whoever is there, at any time.
    public bool HasCaughtUp => true;

    public JournalStatistics Statistics => new(IsAvailable, store.Waiting, shipper?.Written ?? 0)
    {
        LagMs = Math.Round(shipper?.Lag.TotalMilliseconds ?? 0, 3),
        Retries = shipper?.Retries ?? 0,
        Quarantined = store.Quarantined,
    };

    public async Task StartAsync(CancellationToken cancellationToken)
    {
        await WarnOfForgetfulnessAsync();
        shipper = new RedisShipper(store, batches, health, clock, loggers.CreateLogger<RedisShipper>());
        keeper = new RedisKeeper(store, redis, open, shipper.Tell, times, clock, loggers.CreateLogger<RedisKeeper>());
        await keeper.LookAsync();
        keeping = Task.Run(() => keeper.RunAsync(stopping.Token), CancellationToken.None);
        shipping = Task.Run(() => shipper.RunAsync(grace.Token), CancellationToken.None);
    }

    public async Task StopAsync(CancellationToken cancellationToken)
    {
        if (shipper is null || keeper is null || stopped)
            return;

        // Bounded by its own grace. Nothing is lost if it does not get done: others, or the next start, ship the rest.
        stopped = true;
        grace.CancelAfter(ShippingGrace);
        await shipper.DrainAsync();
        await shipping;
        await stopping.CancelAsync();
        await keeping;
        await keeper.LeaveAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync(CancellationToken.None);
        shipper?.Dispose();
        stopping.Dispose();
        grace.Dispose();
    }

    public async ValueTask<bool> AcceptAsync(RequestLog request, CancellationToken cancellationToken)
    {
        if (!IsAvailable)
            return false;

        open[request.RequestId] = true;
        try
        {
            await store.AcceptAsync(request);
            return true;
        }
        catch (RedisFailureException)
        {
            // Should Redis have it, or get it yet: what is not open is removed at the next look.
            open.TryRemove(request.RequestId, out _);
            return false;
        }
    }

    public void Report(RequestLog request, TokenUsage seen)
    {
        // The call goes on without it: it only makes an estimate better, should there have to be one.
        if (IsAvailable)
            store.Report(request, seen);
    }

    public async ValueTask<bool> CompleteAsync(Exchange exchange, CancellationToken cancellationToken)
    {
        var id = exchange.Request.RequestId;
        var wasAccepted = open.ContainsKey(id);
        if (!wasAccepted && !IsAvailable)
            return false;

        if (await TryCompleteAsync(id, RedisRecord.Completed(ExchangeRow.Of(exchange)), wasAccepted) is { } success)
        {
            open.TryRemove(id, out _);
            shipper?.Tell();
            return success;
        }

        _ = KeepAsync(exchange.Withdrawn(GatewayError.LogUnavailable, ErrorBody.StatusOf(GatewayError.LogUnavailable.Kind)));
        return false;
    }

    // An attempt whose answer did not come may have succeeded; a second record of the same call does no harm.
    private async Task<bool?> TryCompleteAsync(string id, byte[] record, bool wasAccepted)
    {
        var started = clock.GetTimestamp();
        do
        {
            try
            {
                var completed = await store.CompleteAsync(id, record, wasAccepted);
                if (!completed)
                    LogGivenUp(id);
                return completed;
            }
            catch (RedisFailureException) when (wasAccepted)
            {
                while (!store.IsAnswering && clock.GetElapsedTime(started) < times.Completion)
                    await Task.Delay(Poll, clock);
            }
            catch (RedisFailureException)
            {
                return null;   // nothing has been paid for
            }
        }
        while (clock.GetElapsedTime(started) < times.Completion);

        return null;
    }

    // What the caller is told instead is written when Redis is back, over what may have been written before.
    private async Task KeepAsync(Exchange withdrawn)
    {
        var id = withdrawn.Request.RequestId;
        var stop = stopping.Token;
        while (!stop.IsCancellationRequested)
        {
            await Task.Delay(Poll, clock, stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (!store.IsAnswering)
                continue;

            try
            {
                await store.CompleteAsync(id, RedisRecord.Completed(ExchangeRow.Of(withdrawn), withdrawn: true), wasAccepted: true);
                open.TryRemove(id, out _);
                shipper?.Tell();
                return;
            }
            catch (RedisFailureException failure)
            {
                LogKeeping(failure, id);
            }
        }
    }

    private async Task WarnOfForgetfulnessAsync()
    {
        try
        {
            var info = await redis.InfoAsync(times.Answer);
            if (info.GetValueOrDefault("aof_enabled") == "0")
                LogForgets();
        }
        catch (RedisFailureException failure)
        {
            LogUnknown(failure);
        }
    }

    private static string OwnerName(TimeProvider clock) => string.Create(
        CultureInfo.InvariantCulture, $"{Environment.MachineName}:{Environment.ProcessId}:{Guid.CreateVersion7(clock.GetUtcNow()):N}");

    [LoggerMessage(LogLevel.Warning, "Redis keeps no append-only file: when it ends, what it has of the log is lost. Set appendonly to yes")]
    private partial void LogForgets();

    [LoggerMessage(LogLevel.Warning, "Redis does not say whether it keeps what it is given")]
    private partial void LogUnknown(Exception failure);

    [LoggerMessage(LogLevel.Error, "{RequestId} was recorded as gateway_crash by another gateway, which took this one for dead")]
    private partial void LogGivenUp(string requestId);

    [LoggerMessage(LogLevel.Debug, "{RequestId} waits for Redis")]
    private partial void LogKeeping(Exception failure, string requestId);
}
