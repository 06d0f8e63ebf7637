using System.Threading.Channels;
using CleanGateway.Application.Common;
using CleanGateway.Application.Statistics;
using CleanGateway.Domain.Common;
using CleanGateway.Domain.RequestLogs;
using CleanGateway.Domain.Usage;
using CleanGateway.Infrastructure.Persistence;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace CleanGateway.Infrastructure.Journal;

/// <summary>
/// The journal without a buffer: an answer waits until its exchange is committed. One writer takes whatever has
/// gathered while it was writing, so that many calls share a commit. For hosts without a disk; what is in memory when
/// the process is killed in the middle of a call is lost, as the documentation says.
/// </summary>
internal sealed partial class DirectJournal(
    ExchangeBatches batches, DatabaseHealth health, TimeProvider clock, ILogger<DirectJournal> logger) : BackgroundService, IJournal
{
    public static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(10);

    private static readonly TimeSpan ShortestPause = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(2);

    private readonly Channel<Pending> queue = Channel.CreateUnbounded<Pending>(new UnboundedChannelOptions { SingleReader = true });
    private volatile bool writing = true;
    private long waiting;
    private long written;

    public bool IsAvailable => writing && health.IsReachable;

    public bool HasCaughtUp => true;   // nothing outlives its process

    public JournalStatistics Statistics => new(IsAvailable, Interlocked.Read(ref waiting), Interlocked.Read(ref written));

    public ValueTask<bool> AcceptAsync(RequestLog request, CancellationToken cancellationToken) => ValueTask.FromResult(IsAvailable);

    // Its calls die with the process; there is no one to make an estimate for.
    public void Report(RequestLog request, TokenUsage seen) { }

    public async ValueTask<bool> CompleteAsync(Exchange exchange, CancellationToken cancellationToken)
    {
        var pending = new Pending(exchange);
        Interlocked.Increment(ref waiting);
        if (!queue.Writer.TryWrite(pending))
        {
            Interlocked.Decrement(ref waiting);
            return false;   // the gateway is stopping and has written its last
        }

        try
        {
            return await pending.Written.WaitAsync(LongestWait, clock, cancellationToken);
        }
        catch (TimeoutException)
        {
            // It is still written when the database is back, and then as what the caller is told now. Unless it just has been.
            return !pending.TryWithdraw() && await pending.Written;
        }
    }

    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        // The end of writing, not of the process, is the end of reading: what has been taken is written first.
        queue.Writer.TryComplete();
        if (ExecuteTask is { } writingToTheEnd)
            await writingToTheEnd.WaitAsync(cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);

        await base.StopAsync(cancellationToken);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var batch = new List<Pending>(ExchangeBatches.MostExchanges);
        while (await queue.Reader.WaitToReadAsync(CancellationToken.None))
        {
            Gather(batch);
            await WriteToTheEndAsync(batch, stoppingToken);
            batch.Clear();
        }
    }

    private void Gather(List<Pending> batch)
    {
        var bytes = 0L;
        while (batch.Count < ExchangeBatches.MostExchanges && bytes < ExchangeBatches.MostBytes && queue.Reader.TryRead(out var pending))
        {
            batch.Add(pending);
            bytes += pending.Size;
        }
    }

    private async Task WriteToTheEndAsync(IReadOnlyList<Pending> batch, CancellationToken stoppingToken)
    {
        var pause = ShortestPause;
        while (true)
        {
            try
            {
                await WriteAsync(batch, stoppingToken);
                writing = true;
                return;
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                LogLost(batch.Count);
                foreach (var pending in batch)
                    pending.TrySettle(success: false);
                return;
            }
            catch (Exception failure)
            {
                writing = false;
                LogNotWritten(failure, batch.Count);
                await Task.Delay(pause * (0.5 + Random.Shared.NextDouble()), clock, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                pause = TimeSpan.FromTicks(Math.Min(pause.Ticks * 2, LongestPause.Ticks));
            }
        }
    }

    private async Task WriteAsync(IReadOnlyList<Pending> batch, CancellationToken cancellationToken)
    {
        var refused = await batches.WriteAsync([.. batch.Select(pending => pending.Row)], cancellationToken);
        var lost = refused.Select(row => row.Request.RequestId).ToHashSet(StringComparer.Ordinal);
        var tooLate = batch.Where(pending => !pending.TrySettle(success: !lost.Contains(pending.RequestId))).ToList();

        // Some callers gave up while their rows were on the way; these say now what was told.
        if (tooLate.Count > 0)
            await batches.CorrectAsync([.. tooLate.Where(pending => !lost.Contains(pending.RequestId)).Select(pending => pending.Row)], cancellationToken);

        Interlocked.Add(ref waiting, -batch.Count);
        Interlocked.Add(ref written, batch.Count - lost.Count);
    }

    [LoggerMessage(LogLevel.Error, "{Count} exchanges could not be written; trying again until they are")]
    private partial void LogNotWritten(Exception exception, int count);

    [LoggerMessage(LogLevel.Critical, "{Count} exchanges were not written before the gateway had to stop")]
    private partial void LogLost(int count);

    /// <summary>An exchange on its way into the database, and whoever waits for that.</summary>
    private sealed class Pending(Exchange exchange)
    {
        private const int Waiting = 0;
        private const int Settled = 1;
        private const int Withdrawn = 2;

        private readonly TaskCompletionSource<bool> written = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private int state = Waiting;

        public Task<bool> Written => written.Task;

        public string RequestId => exchange.Request.RequestId;

        /// <summary>As it is to be written now: an answer that came too late for its caller is no success.</summary>
        public ExchangeRow Row => ExchangeRow.Of(Volatile.Read(ref state) == Withdrawn
            ? exchange.Withdrawn(GatewayError.LogUnavailable, ErrorBody.StatusOf(GatewayError.LogUnavailable.Kind))
            : exchange);

        public long Size => (exchange.Request.Body.Json?.Length ?? 0) + (exchange.Response.Body.Json?.Length ?? 0);

        /// <returns>False when it has been settled already.</returns>
        public bool TryWithdraw() => Interlocked.CompareExchange(ref state, Withdrawn, Waiting) == Waiting;

        /// <returns>False when no one waits for it any more.</returns>
        public bool TrySettle(bool success)
        {
            var before = Interlocked.CompareExchange(ref state, Settled, Waiting);
            written.TrySetResult(success);
            return before != Withdrawn;
        }
    }
}
