using System.Diagnostics.CodeAnalysis;
using System.Text.Json;
using Microsoft.Extensions.Logging;

namespace CleanGateway.Infrastructure.Journal.Spool;

/// <summary>
/// Takes completed calls from the spool to the database, in the order they were written, as often as it takes: what was
/// there already is not counted again.
/// </summary>
internal sealed partial class SpoolShipper(
    SpoolFolder folder, SpoolWriter writer, ExchangeBatches batches, IFaultPoints faults, TimeProvider clock, ILogger<SpoolShipper> logger) : IDisposable
{
    // Under load commits are this far apart, so that many calls share one; after a rest the first goes at once.
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan ShortestPause = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(2);

    private readonly CancellationTokenSource draining = new();
    private readonly CancellationTokenSource stopping = new();
    private SegmentReader? reader;
    private SpoolSegment? segment;
    private Task shipping = Task.CompletedTask;
    private long written;
    private long taken;
    private long retries;
    private long quarantined;
    private long oldestUnshipped;

    /// <summary>Exchanges that are in the database by its doing.</summary>
    public long Written => Interlocked.Read(ref written);

    /// <summary>Exchanges that need no more of it: written, or put aside.</summary>
    public long Taken => Interlocked.Read(ref taken);

    /// <summary>Attempts that failed and were made again.</summary>
    public long Retries => Interlocked.Read(ref retries);

    /// <summary>Pieces put aside because they are damaged, or because the database will not have them.</summary>
    public long Quarantined
    {
        get => Interlocked.Read(ref quarantined);
        init => quarantined = value;
    }

    /// <summary>How long the oldest exchange that is not in the database has been waiting.</summary>
    public TimeSpan Lag => Interlocked.Read(ref oldestUnshipped) is var since and not 0 ? clock.GetElapsedTime(since) : TimeSpan.Zero;

    public void Start() => shipping = Task.Run(() => ShipAsync(stopping.Token));

    /// <summary>Ships what there is, as long as the grace lasts.</summary>
    public async Task StopAsync(TimeSpan grace)
    {
        await draining.CancelAsync();
        stopping.CancelAfter(grace);
        await shipping;
    }

    public void Dispose()
    {
        draining.Dispose();
        stopping.Dispose();
    }

    // A disk on which damage cannot be put aside, or a bug, must not end the shipping: it begins again where all is settled.
    private async Task ShipAsync(CancellationToken cancellationToken)
    {
        var pause = ShortestPause;
        while (!cancellationToken.IsCancellationRequested)
        {
            try
            {
                await ShipOnAndOnAsync(() => pause = ShortestPause, cancellationToken);
                return;
            }
            catch (Exception failure)
            {
                Interlocked.Increment(ref retries);
                LogFailed(failure);
                (segment, reader) = (null, null);
            }

            if (draining.IsCancellationRequested)
                return;
            await RestAsync(pause * (0.5 + Random.Shared.NextDouble()), draining.Token);
            pause = TimeSpan.FromTicks(Math.Min(pause.Ticks * 2, LongestPause.Ticks));
        }
    }

    /// <param name="shipped">Told after each batch.</param>
    private async Task ShipOnAndOnAsync(Action shipped, CancellationToken cancellationToken)
    {
        var batch = new Batch();
        while (!cancellationToken.IsCancellationRequested)
        {
            var started = clock.GetTimestamp();
            Gather(batch);
            if (batch.Rows.Count > 0)
            {
                await WriteToTheEndAsync(batch, cancellationToken);
                shipped();
                DeleteSettled();
                if (!batch.IsFull && !draining.IsCancellationRequested)
                    await RestAsync(Interval - clock.GetElapsedTime(started), cancellationToken);
            }
            else if (!batch.IsFull)
            {
                Interlocked.Exchange(ref oldestUnshipped, 0);
                if (draining.IsCancellationRequested)
                    return;

                await writer.NewsAsync(draining.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    private async Task RestAsync(TimeSpan time, CancellationToken cancellationToken)
    {
        if (time > TimeSpan.Zero)
            await Task.Delay(time, clock, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    private void DeleteSettled()
    {
        try
        {
            folder.DeleteSettled();
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            LogNotDeleted(failure);
        }
    }

    /// <summary>Reads the next completed calls.</summary>
    private void Gather(Batch batch)
    {
        batch.Clear();
        while (!batch.IsFull && TryPosition(out var end))
        {
            var from = reader.Offset;
            var read = reader.Read(end);
            if (read.Kind == SegmentReadKind.Record && reader.Kind != RecordKind.Complete)
                continue;

            if (read.Kind == SegmentReadKind.Record && TryRestore(new SpoolPosition(segment.Number, from), out var row, out var acceptedIn))
            {
                batch.Add(row, acceptedIn);
                continue;
            }

            // What is before the damage does not wait for its being put aside, should that fail.
            if (batch.Rows.Count > 0)
            {
                reader = new SegmentReader(segment, from);
                break;
            }

            var length = reader.Offset - from;
            writer.Recent.Forget(new SpoolPosition(segment.Number, reader.Offset));
            LogDamaged(length, segment.Path, from, SpoolQuarantine.Keep(folder, segment, from, length));
            Interlocked.Increment(ref quarantined);
        }

        if (batch.Rows.Count > 0 && Interlocked.Read(ref oldestUnshipped) == 0)
            Interlocked.Exchange(ref oldestUnshipped, clock.GetTimestamp());
        batch.End = segment is null ? default : new SpoolPosition(segment.Number, reader!.Offset);
    }

    // Moves on to the next segment where one has been read to its end.
    [MemberNotNullWhen(true, nameof(reader), nameof(segment))]
    private bool TryPosition(out long end)
    {
        var written = folder.End;
        while (true)
        {
            end = segment is null ? 0 : segment.Number == written.Segment ? written.Offset : segment.Length;
            if (segment is not null && reader!.Offset < end)
                return true;

            if (folder.After(segment?.Number ?? folder.Settled.Segment - 1) is not { } next || next.Number > written.Segment)
                return false;

            segment = next;
            writer.Recent.Forget(new SpoolPosition(next.Number, 0));   // a segment that was taken away has left its calls behind
            reader = new SegmentReader(next, next.Number == folder.Settled.Segment ? folder.Settled.Offset : SpoolSegment.HeaderLength);
        }
    }

    private bool TryRestore(SpoolPosition position, [NotNullWhen(true)] out ExchangeRow? row, out long acceptedIn)
    {
        if (writer.Recent.Take(position) is { } recent)
        {
            (row, acceptedIn) = (recent.Row, recent.AcceptedIn);
            return true;
        }

        (row, acceptedIn) = (null, 0);
        try
        {
            var (document, bodies) = SpoolRecord.Split(reader!.Payload);
            var call = SpoolRecord.Read(document, SpoolJson.Default.CompletedCall);
            row = call.Restore(bodies.ToArray(), call.Accepted is { } at ? AcceptedBody(at) : null);
            acceptedIn = call.Accepted?.Segment ?? 0;
            return true;
        }
        catch (Exception unreadable) when (unreadable is JsonException or ArgumentException)
        {
            return false;
        }
    }

    private ReadOnlyMemory<byte>? AcceptedBody(SpoolPosition at)
    {
        if (folder.Find(at.Segment) is { } where && SegmentReader.ReadAt(where, at.Offset, RecordKind.Accept) is { } payload)
            return SpoolRecord.Split(payload).Bodies;

        LogBodyLost(at);
        return null;
    }

    private async Task WriteToTheEndAsync(Batch batch, CancellationToken cancellationToken)
    {
        var pause = ShortestPause;
        while (true)
        {
            try
            {
                faults.Reach(FaultPoint.BeforeCommit);
                var refused = await batches.WriteAsync(batch.Rows, cancellationToken);
                faults.Reach(FaultPoint.Committed);
                foreach (var row in refused)
                    LogPutAside(row.Request.RequestId, SpoolQuarantine.Keep(folder, row));

                Interlocked.Add(ref quarantined, refused.Count);
                Interlocked.Add(ref written, batch.Rows.Count - refused.Count);
                Interlocked.Add(ref taken, batch.Rows.Count);
                Interlocked.Exchange(ref oldestUnshipped, 0);
                folder.Settle(batch.End, batch.AcceptedIn);
                _ = writer.AppendAsync(SpoolRecord.Settled(batch.End));
                faults.Reach(FaultPoint.Settled);
                return;
            }
            catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
            {
                return;   // it is all still in the spool
            }
            catch (Exception failure)
            {
                Interlocked.Increment(ref retries);
                LogNotShipped(failure, batch.Rows.Count);
                await RestAsync(pause * (0.5 + Random.Shared.NextDouble()), cancellationToken);
                if (cancellationToken.IsCancellationRequested)
                    return;

                pause = TimeSpan.FromTicks(Math.Min(pause.Ticks * 2, LongestPause.Ticks));
            }
        }
    }

    [LoggerMessage(
        LogLevel.Error, "{Count} exchanges could not be written to the database or its archive; they stay in the journal, and are tried again until they are")]
    private partial void LogNotShipped(Exception exception, int count);

    [LoggerMessage(LogLevel.Critical, "The journal could not be read on; it is read again from where all is in the database")]
    private partial void LogFailed(Exception exception);

    [LoggerMessage(LogLevel.Error, "Files of the journal that are not needed any more could not be deleted; this is tried again")]
    private partial void LogNotDeleted(Exception exception);

    [LoggerMessage(LogLevel.Critical, "{Length} bytes of {Path} at {Offset} are damaged; they are kept in {Kept}")]
    private partial void LogDamaged(long length, string path, long offset, string kept);

    [LoggerMessage(LogLevel.Critical, "The request's body of a call that was accepted at {Position} of the journal cannot be read any more; the call is stored without it")]
    private partial void LogBodyLost(SpoolPosition position);

    [LoggerMessage(LogLevel.Critical, "{RequestId} is kept in {Kept}, because the database will not have it")]
    private partial void LogPutAside(string requestId, string kept);

    private sealed class Batch
    {
        private long bytes;

        public List<ExchangeRow> Rows { get; } = [];

        /// <summary>The segments that hold the calls' acceptances.</summary>
        public List<long> AcceptedIn { get; } = [];

        /// <summary>Behind the last record that was looked at.</summary>
        public SpoolPosition End { get; set; }

        public bool IsFull => Rows.Count >= ExchangeBatches.MostExchanges || bytes >= ExchangeBatches.MostBytes;

        public void Add(ExchangeRow row, long acceptedIn)
        {
            Rows.Add(row);
            bytes += row.Size;
            if (acceptedIn != 0)
                AcceptedIn.Add(acceptedIn);
        }

        public void Clear()
        {
            Rows.Clear();
            AcceptedIn.Clear();
            bytes = 0;
        }
    }
}
