using System.Threading.Channels;
using CleanGateway.Application.Common;
using CleanGateway.Application.RequestLogs;
using CleanGateway.Application.Statistics;
using CleanGateway.Domain.Common;
using CleanGateway.Domain.RequestLogs;
using CleanGateway.Infrastructure.Persistence;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace CleanGateway.Infrastructure.Journal;

/// <summary>
/// The journal without a buffer: an answer waits until its exchange is committed. One writer takes whatever has
/// gathered while it was writing, so that many calls share a commit. For hosts without a disk; what is in memory when
/// the process is killed in the middle of a call is lost, as the documentation says.
/// </summary>
internal sealed partial class DirectJournal(
    ExchangeWriter writer, DatabaseHealth health, TimeProvider clock, ILogger<DirectJournal> logger) : BackgroundService, IExchangeJournal
{
    public static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(10);

    private const int MostExchanges = 500;
    private const long MostBytes = 4 * 1024 * 1024;
    private static readonly TimeSpan ShortestPause = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(2);

    private readonly Channel<Pending> queue = Channel.CreateUnbounded<Pending>(new UnboundedChannelOptions { SingleReader = true });
    private volatile bool writing = true;
    private long waiting;
    private long written;

    public bool IsHealthy => writing && health.IsReachable;

    public JournalStatistics Statistics => new(IsHealthy, Interlocked.Read(ref waiting), Interlocked.Read(ref written));

    public ValueTask<bool> AcceptAsync(RequestLog request, CancellationToken cancellationToken) => ValueTask.FromResult(IsHealthy);

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
            // It is still written when the database is back, and then as what the caller is told now.
            pending.Withdraw();
            return false;
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
        var batch = new List<Pending>(MostExchanges);
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
        while (batch.Count < MostExchanges && bytes < MostBytes && queue.Reader.TryRead(out var pending))
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
                Settle(batch, success: false);
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

    /// <summary>Writes the batch; where the data itself is at fault, what is good of it and the rest in another form.</summary>
    private async Task WriteAsync(IReadOnlyList<Pending> batch, CancellationToken cancellationToken)
    {
        try
        {
            await writer.WriteAsync([.. batch.Select(pending => pending.Exchange)], cancellationToken);
            Settle(batch, success: true);
        }
        catch (PostgresException refused) when (IsInTheData(refused))
        {
            if (batch is [var culprit])
            {
                await WriteInSafeFormAsync(culprit, refused, cancellationToken);
                return;
            }

            var half = batch.Count / 2;
            await WriteAsync([.. batch.Take(half)], cancellationToken);
            await WriteAsync([.. batch.Skip(half)], cancellationToken);
        }
    }

    private async Task WriteInSafeFormAsync(Pending culprit, PostgresException refused, CancellationToken cancellationToken)
    {
        LogRefused(culprit.Exchange.Request.RequestId, refused.SqlState, refused.TableName, refused.ConstraintName);
        try
        {
            await writer.WriteAsync([culprit.Exchange.InSafeForm()], cancellationToken);
            Settle([culprit], success: true);
        }
        catch (PostgresException stillRefused) when (IsInTheData(stillRefused))
        {
            LogRefusedForGood(culprit.Exchange.Request.RequestId, stillRefused.SqlState, stillRefused.TableName, stillRefused.ConstraintName);
            Settle([culprit], success: false);
        }
    }

    // Data exceptions (22…), constraint violations (23…) and program limits (54…) stay however often one tries; all
    // other errors pass (PostgreSQL documentation, appendix A).
    private static bool IsInTheData(PostgresException refused) => refused.SqlState[..2] is "22" or "23" or "54";

    private void Settle(IReadOnlyList<Pending> batch, bool success)
    {
        foreach (var pending in batch)
        {
            // Half of a batch may have been settled before the other half failed and all of it was tried again.
            if (!pending.TrySettle(success))
                continue;

            Interlocked.Decrement(ref waiting);
            if (success)
                Interlocked.Increment(ref written);
        }
    }

    [LoggerMessage(LogLevel.Error, "{Count} exchanges could not be written; trying again until they are")]
    private partial void LogNotWritten(Exception exception, int count);

    [LoggerMessage(LogLevel.Critical, "{Count} exchanges were not written before the gateway had to stop")]
    private partial void LogLost(int count);

    [LoggerMessage(LogLevel.Warning, "{RequestId} was refused by the database ({SqlState}, {Table} {Constraint}); storing it in a safe form")]
    private partial void LogRefused(string requestId, string sqlState, string? table, string? constraint);

    [LoggerMessage(LogLevel.Critical, "{RequestId} was refused by the database even in its safe form ({SqlState}, {Table} {Constraint}); it is not stored")]
    private partial void LogRefusedForGood(string requestId, string sqlState, string? table, string? constraint);

    /// <summary>An exchange on its way into the database, and whoever waits for that.</summary>
    private sealed class Pending(Exchange exchange)
    {
        private readonly TaskCompletionSource<bool> written = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private volatile bool withdrawn;

        public Task<bool> Written => written.Task;

        public Exchange Exchange => withdrawn ? exchange.Withdrawn(GatewayError.LogUnavailable, ErrorBody.StatusOf(GatewayError.LogUnavailable.Kind)) : exchange;

        public long Size => (exchange.Request.Body.Json?.Length ?? 0) + (exchange.Response.Body.Json?.Length ?? 0);

        public void Withdraw() => withdrawn = true;

        public bool TrySettle(bool success) => written.TrySetResult(success);
    }
}
