using System.Threading.Channels;
using Microsoft.Extensions.Logging;

namespace CleanGateway.Infrastructure.Journal.Spool;

/// <summary>
/// The one that writes to a spool. What has gathered while it was writing goes out together, and in durable mode shares
/// one wait for the disk.
/// </summary>
internal sealed partial class SpoolWriter : IAsyncDisposable
{
    private static readonly TimeSpan RetryInterval = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan SpaceCheckInterval = TimeSpan.FromSeconds(1);

    // A second of heavy traffic: by then it is shipped, or the database is away and memory is better used.
    private const long MostRecentBytes = 16 * 1024 * 1024;

    private readonly SpoolFolder folder;
    private readonly SpoolLimits limits;
    private readonly TimeProvider clock;
    private readonly ILogger<SpoolWriter> logger;
    private readonly Channel<Append> queue = Channel.CreateUnbounded<Append>(new UnboundedChannelOptions { SingleReader = true });
    private readonly SemaphoreSlim news = new(0, 1);
    private readonly Queue<Append> owed = new();
    private readonly Task writing;
    private Task<bool>? waiting;
    private SpoolSegment? active;
    private long spaceCheckedAt;
    private volatile bool works = true;
    private volatile bool hasRoom = true;

    public SpoolWriter(SpoolFolder folder, SpoolLimits limits, TimeProvider clock, ILogger<SpoolWriter> logger)
    {
        (this.folder, this.limits, this.clock, this.logger) = (folder, limits, clock, logger);
        CheckRoom();
        writing = Task.Run(WriteAsync);
    }

    /// <summary>What has been written and not read yet.</summary>
    public RecentExchanges Recent { get; } = new(MostRecentBytes);

    /// <summary>Whether new calls may be taken.</summary>
    public bool IsAvailable => works && hasRoom;

    /// <summary>Completes when there are records that were not there the last time it did.</summary>
    public Task NewsAsync(CancellationToken cancellationToken) => news.WaitAsync(cancellationToken);

    /// <summary>Writes a record.</summary>
    /// <returns>Where it is; null if it could not be written, or not made durable: then it does not count.</returns>
    public Task<SpoolPosition?> AppendAsync(SpoolRecord record) => Enqueue(new Append(record, KeepTrying: false));

    /// <summary>Writes a record however long that takes; only the end of the process ends the attempts.</summary>
    public Task<SpoolPosition?> AppendSurelyAsync(SpoolRecord record) => Enqueue(new Append(record, KeepTrying: true));

    /// <summary>Writes what has been asked for until now, and closes.</summary>
    public async ValueTask DisposeAsync()
    {
        queue.Writer.TryComplete();
        await writing;
        news.Dispose();
    }

    private Task<SpoolPosition?> Enqueue(Append append)
    {
        if (!queue.Writer.TryWrite(append))
            append.Done.TrySetResult(null);

        return append.Done.Task;
    }

    private async Task WriteAsync()
    {
        var batch = new List<Append>();
        while (await MoreAsync())
        {
            while (owed.TryDequeue(out var again))
                batch.Add(again);
            while (queue.Reader.TryRead(out var append))
                batch.Add(append);

            // Whether a disk can be written again only a write can tell; this one says nothing new.
            if (batch.Count == 0 && !works)
                batch.Add(new Append(SpoolRecord.Settled(folder.Settled), KeepTrying: false));

            if (batch.Count > 0)
                Write(batch);
            batch.Clear();
            CheckRoom();
        }

        if (owed.Count > 0)
            LogLost(owed.Count, folder.Path);
    }

    // While something is wrong the next look comes by itself: without new calls nothing else would bring it.
    private async Task<bool> MoreAsync()
    {
        waiting ??= queue.Reader.WaitToReadAsync().AsTask();
        if (!works)
            await Task.WhenAny(queue.Reader.Completion, Task.Delay(RetryInterval, clock));
        else if (!hasRoom)
            await Task.WhenAny(waiting, Task.Delay(RetryInterval, clock));
        else
            await waiting;

        if (!waiting.IsCompleted)
            return true;

        var more = await waiting;
        waiting = null;
        return more;
    }

    private void Write(List<Append> batch)
    {
        try
        {
            var segment = Segment();
            var before = segment.Length;
            var positions = AppendAll(segment, batch);
            if (limits.Durable)
                Sync(segment, before);

            works = true;
            for (var i = 0; i < batch.Count; i++)
            {
                if (batch[i].Record.Exchange is { } exchange)
                    Recent.Add(positions[i], exchange);
            }

            folder.Advance(segment, batch.Exists(append => append.Record.Kind != RecordKind.Settled));
            if (news.CurrentCount == 0)
                news.Release();   // no one else does

            for (var i = 0; i < batch.Count; i++)
            {
                if (batch[i].Accepts)
                    folder.Pin(segment.Number);
                batch[i].Done.TrySetResult(positions[i]);
            }
        }
        catch (Exception failure)
        {
            if (works)
                LogFailed(failure, folder.Path);

            works = false;
            foreach (var append in batch)
            {
                if (append.KeepTrying)
                    owed.Enqueue(append);
                else
                    append.Done.TrySetResult(null);
            }
        }
    }

    private SpoolSegment Segment()
    {
        if (active is not null && active.Length < limits.SegmentBytes)
            return active;

        active = folder.Roll(clock.GetUtcNow());
        folder.DeleteSettled();
        return active;
    }

    private static List<SpoolPosition> AppendAll(SpoolSegment segment, List<Append> batch)
    {
        var pieces = new List<ReadOnlyMemory<byte>>(batch.Count * 4);
        var positions = new List<SpoolPosition>(batch.Count);
        var bytes = 0L;
        foreach (var append in batch)
        {
            positions.Add(new SpoolPosition(segment.Number, segment.Length + bytes));
            pieces.AddRange(append.Record.Pieces);
            bytes += append.Record.Length;
        }

        segment.Append(pieces, bytes);
        return positions;
    }

    // After a failed sync the kernel may have forgotten what it could not write, and the next sync would say that all is
    // well (PostgreSQL wiki, "Fsync Errors"). So this file is not used again.
    private void Sync(SpoolSegment segment, long before)
    {
        try
        {
            segment.Sync();
        }
        catch (IOException)
        {
            active = null;
            segment.Truncate(before);
            throw;
        }
    }

    private void CheckRoom()
    {
        if (clock.GetElapsedTime(spaceCheckedAt) < SpaceCheckInterval && spaceCheckedAt != 0)
            return;

        spaceCheckedAt = clock.GetTimestamp();
        if (active is not null && !File.Exists(active.Path))
        {
            // Whoever took the folder away: what is written to a file without a name is lost with the process.
            LogGone(active.Path);
            active = null;
        }

        var (used, free) = (folder.Bytes, FreeSpace());
        var room = used < limits.MaxBytes && free >= limits.MinFreeBytes;
        if (hasRoom && !room)
            LogFull(folder.Path, used, limits.MaxBytes, free, limits.MinFreeBytes);
        hasRoom = room;
    }

    private long FreeSpace()
    {
        try
        {
            return new DriveInfo(folder.Path).AvailableFreeSpace;
        }
        catch (Exception gone) when (gone is IOException or UnauthorizedAccessException)
        {
            LogFailed(gone, folder.Path);
            return 0;
        }
    }

    [LoggerMessage(LogLevel.Critical, "The journal in {Folder} cannot be written; new calls are refused until it can")]
    private partial void LogFailed(Exception exception, string folder);

    [LoggerMessage(LogLevel.Critical, "{Count} ends of calls could not be written to {Folder} before the gateway had to stop; they will be told as crashed")]
    private partial void LogLost(int count, string folder);

    [LoggerMessage(LogLevel.Critical, "{Path} has been taken away; a new file is begun")]
    private partial void LogGone(string path);

    [LoggerMessage(LogLevel.Critical, "The journal in {Folder} is full ({Used} of {Most} bytes used, {Free} bytes free on its disk, {Floor} needed); new calls are refused")]
    private partial void LogFull(string folder, long used, long most, long free, long floor);

    private sealed record Append(SpoolRecord Record, bool KeepTrying)
    {
        public TaskCompletionSource<SpoolPosition?> Done { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public bool Accepts => Record.Kind == RecordKind.Accept;
    }
}

/// <param name="Durable">A record counts only when it would survive the loss of power.</param>
/// <param name="SegmentBytes">Length at which a segment is followed by the next.</param>
/// <param name="MaxBytes">Bytes of all segments from which on no new call is taken.</param>
/// <param name="MinFreeBytes">Bytes that must stay free on the disk.</param>
internal sealed record SpoolLimits(bool Durable, long SegmentBytes, long MaxBytes, long MinFreeBytes)
{
    private const long LargestSegment = 64 * 1024 * 1024;
    private const int LeastSegments = 8;

    /// <summary>So long that there are several even in a small spool: only whole ones can be deleted.</summary>
    public static long SegmentBytesFor(long maxBytes) => Math.Min(LargestSegment, maxBytes / LeastSegments);
}
