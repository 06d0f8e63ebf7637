using System.Collections.Concurrent;
using CleanGateway.Application.Common;
using CleanGateway.Application.Statistics;
using CleanGateway.Domain.Common;
using CleanGateway.Domain.RequestLogs;
using CleanGateway.Domain.Usage;
using CleanGateway.Infrastructure.Configuration;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace CleanGateway.Infrastructure.Journal.Spool;

/// <summary>
/// The journal on the gateway's own disk. A call goes upstream only after its acceptance is in the spool, and its answer
/// ends only after its completion is; the database is written behind the caller's back, for as long as that takes.
/// </summary>
internal sealed partial class SpoolJournal(
    GatewaySettings settings, ExchangeBatches batches, IFaultPoints faults, TimeProvider clock, ILoggerFactory loggers, ILogger<SpoolJournal> logger)
    : IHostedService, IJournal, IAsyncDisposable
{
    private static readonly TimeSpan ShippingGrace = TimeSpan.FromSeconds(5);

    private readonly ConcurrentDictionary<string, SpoolPosition> accepted = new(StringComparer.Ordinal);
    private SpoolFolder? folder;
    private SpoolWriter? writer;
    private SpoolShipper? shipper;
    private long completed;
    private long leftBehind;
    private bool stopped;

    public bool IsAvailable => writer is { IsAvailable: true };

    public bool HasCaughtUp => shipper is not null && shipper.Taken >= leftBehind;

    public JournalStatistics Statistics => shipper is null
        ? new JournalStatistics(false, 0, 0)
        : new JournalStatistics(IsAvailable, Interlocked.Read(ref completed) - shipper.Taken, shipper.Written)
        {
            SpoolBytes = folder!.Bytes,
            LagMs = Math.Round(shipper.Lag.TotalMilliseconds, 3),
            Retries = shipper.Retries,
            Quarantined = shipper.Quarantined,
        };

    /// <summary>Recovers what an earlier process has left, before the first call is taken.</summary>
    public Task StartAsync(CancellationToken cancellationToken)
    {
        folder = SpoolFolder.Open(Path.Combine(settings.DataDirectory, SpoolFolder.Name));
        var recovery = new SpoolRecovery(folder, loggers.CreateLogger<SpoolRecovery>());
        var died = recovery.Run();
        faults.Reach(FaultPoint.Recovered);

        writer = new SpoolWriter(folder, Limits(), clock, loggers.CreateLogger<SpoolWriter>());
        shipper = new SpoolShipper(folder, writer, batches, faults, clock, loggers.CreateLogger<SpoolShipper>()) { Quarantined = recovery.Quarantined };
        completed = recovery.Unsettled;
        leftBehind = recovery.Unsettled + died.Count;
        if (died.Count > 0)
            LogDied(died.Count);

        foreach (var call in died)
        {
            faults.Reach(FaultPoint.BeforeCrashed);
            End(call);
        }

        shipper.Start();
        return Task.CompletedTask;
    }

    public async Task StopAsync(CancellationToken cancellationToken)
    {
        if (writer is null || shipper is null || stopped)
            return;

        // Bounded by its own grace. Nothing is lost if it does not get done: the next start ships the rest.
        stopped = true;
        await shipper.StopAsync(ShippingGrace);
        await writer.DisposeAsync();

        // What people asked and were answered does not lie about longer than it must.
        if (accepted.IsEmpty && Interlocked.Read(ref completed) == shipper.Taken)
            folder!.Clear();
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync(CancellationToken.None);
        shipper?.Dispose();
        folder?.Dispose();
    }

    public async ValueTask<bool> AcceptAsync(RequestLog request, CancellationToken cancellationToken)
    {
        faults.Reach(FaultPoint.BeforeAccept);
        if (!IsAvailable || await writer!.AppendAsync(SpoolRecord.Accept(request)) is not { } position)
            return false;

        accepted[request.RequestId] = position;
        faults.Reach(FaultPoint.Accepted);
        return true;
    }

    public void Report(RequestLog request, TokenUsage seen)
    {
        // The call goes on without it: it only makes an estimate better, should there have to be one.
        if (IsAvailable)
            _ = writer!.AppendAsync(SpoolRecord.Progress(request, seen, clock.GetUtcNow()));
    }

    public async ValueTask<bool> CompleteAsync(Exchange exchange, CancellationToken cancellationToken)
    {
        faults.Reach(FaultPoint.BeforeComplete);
        var wasAccepted = accepted.TryRemove(exchange.Request.RequestId, out var position);
        if (!wasAccepted && !IsAvailable)
            return false;

        SpoolPosition? body = wasAccepted ? position : null;
        if (await writer!.AppendAsync(SpoolRecord.Complete(ExchangeRow.Of(exchange), body)) is not null)
        {
            Interlocked.Increment(ref completed);
            faults.Reach(FaultPoint.Completed);
            return true;
        }

        // The disk has failed between the two. What the caller is told instead is kept until it can be written.
        if (wasAccepted)
            _ = KeepAsync(exchange.Withdrawn(GatewayError.LogUnavailable, ErrorBody.StatusOf(GatewayError.LogUnavailable.Kind)), body);
        return false;
    }

    private async Task KeepAsync(Exchange withdrawn, SpoolPosition? body)
    {
        if (await writer!.AppendSurelyAsync(SpoolRecord.Complete(ExchangeRow.Of(withdrawn), body)) is not null)
            Interlocked.Increment(ref completed);
    }

    private void End(OpenCall call)
    {
        if (folder!.Find(call.At.Segment) is not { } segment || SegmentReader.ReadAt(segment, call.At.Offset, RecordKind.Accept) is not { } payload)
            throw new StartException($"The journal in {folder.Path} has changed while it was read: is another gateway using it?");

        var request = SpoolRecord.ReadAccepted(payload);
        _ = KeepAsync(request.Crashed(call.Seen, call.LastSign - request.StartTime), call.At);
    }

    private SpoolLimits Limits() => new(
        settings.JournalDurability == JournalDurability.Power, SpoolLimits.SegmentBytesFor(settings.JournalMaxBytes),
        settings.JournalMaxBytes, settings.JournalMinFreeBytes);

    [LoggerMessage(LogLevel.Warning, "{Count} calls were under way when the gateway last died; they are recorded as gateway_crash")]
    private partial void LogDied(int count);
}
