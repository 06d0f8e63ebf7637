using CleanGateway.Infrastructure.Configuration;
using CleanGateway.Infrastructure.Journal.Spool;
using Microsoft.Extensions.Logging;
using Microsoft.Win32.SafeHandles;

namespace CleanGateway.Infrastructure.Archive;

/// <summary>
/// Lines that wait on the gateway's disk for the archive: one file is written to, until its hour is over or it is long
/// enough; those before it are sealed, and wait to be sent. What a file's lines were is known from the file alone.
/// </summary>
internal sealed partial class ArchiveStaging : IDisposable
{
    public const string Name = "archive";

    private readonly Lock gate = new();
    private readonly SortedDictionary<string, (StagedFile File, long Length)> files = new(StringComparer.Ordinal);
    private readonly SemaphoreSlim news = new(0, 1);
    private readonly string path;
    private readonly string replica;
    private readonly StagingLimits limits;
    private readonly TimeProvider clock;
    private readonly ILogger logger;
    private StagedFile? active;
    private SafeFileHandle? handle;
    private long bytes;
    private bool full;

    private ArchiveStaging(string path, string replica, StagingLimits limits, TimeProvider clock, ILogger logger) =>
        (this.path, this.replica, this.limits, this.clock, this.logger) = (path, replica, limits, clock, logger);

    /// <summary>Of all lines that wait.</summary>
    public long Bytes => Interlocked.Read(ref bytes);

    /// <summary>No more lines are taken until some have been sent.</summary>
    public bool IsFull => Bytes >= limits.MaxBytes;

    /// <summary>Since when the oldest lines have been waiting; null: there are none.</summary>
    public DateTimeOffset? Oldest
    {
        get
        {
            lock (gate)
                return files.Count == 0 ? null : files.Values.Min(staged => staged.File.Begun);
        }
    }

    /// <summary>Opens what an earlier process has left: lines that were never finished are cut off, this hour's file is continued.</summary>
    /// <exception cref="StartException">The folder cannot be used.</exception>
    public static ArchiveStaging Open(string path, string replica, StagingLimits limits, TimeProvider clock, ILogger logger)
    {
        var staging = new ArchiveStaging(path, replica, limits, clock, logger);
        try
        {
            Directory.CreateDirectory(path, SpoolFolder.OwnerOnly);
            foreach (var compressed in Directory.EnumerateFiles(path, "*" + StagedFile.CompressedExtension))
                File.Delete(compressed);
            foreach (var file in Directory.EnumerateFiles(path, "*" + StagedFile.Extension).Order(StringComparer.Ordinal))
                staging.Find(file);
            staging.Continue();
            return staging;
        }
        catch (Exception refused) when (refused is IOException or UnauthorizedAccessException)
        {
            staging.Dispose();
            throw new StartException($"The archive's folder {path} cannot be used: {refused.Message}", refused);
        }
    }

    /// <summary>Writes lines, all of them or none.</summary>
    /// <exception cref="IOException">There is no room, or the disk has failed.</exception>
    public void Append(IReadOnlyList<ReadOnlyMemory<byte>> lines)
    {
        lock (gate)
        {
            CheckRoom();
            if (active is null || active.Hour != StagedFile.HourOf(clock.GetUtcNow()))
                Begin();
            Write(lines);
        }
    }

    /// <summary>Lets the file that is written to be sent when its hour is over.</summary>
    public void SealWhatIsOver()
    {
        lock (gate)
        {
            if (active is not null && active.Hour != StagedFile.HourOf(clock.GetUtcNow()))
                Seal();
        }
    }

    /// <summary>Lets everything be sent, whatever the hour.</summary>
    public void SealAll()
    {
        lock (gate)
            Seal();
    }

    /// <summary>The file to be sent after another, in turn, beginning with the oldest; null: none is sealed.</summary>
    public StagedFile? NextSealed(StagedFile? after)
    {
        lock (gate)
        {
            var waiting = files.Values.Select(staged => staged.File).Where(file => file != active).ToList();
            return waiting.Find(file => string.CompareOrdinal(file.Path, after?.Path) > 0) ?? waiting.FirstOrDefault();
        }
    }

    /// <summary>Completes when a file has been sealed since the last time it did.</summary>
    public Task NewsAsync(CancellationToken cancellationToken) => news.WaitAsync(cancellationToken);

    /// <summary>A file is where it should go.</summary>
    public void Remove(StagedFile file)
    {
        File.Delete(file.Path);
        File.Delete(file.CompressedPath);
        lock (gate)
        {
            if (files.Remove(file.Path, out var staged))
                Interlocked.Add(ref bytes, -staged.Length);
            if (full && !IsFull)
            {
                full = false;
                LogRoom(path);
            }
        }
    }

    public void Dispose()
    {
        handle?.Dispose();
        news.Dispose();
    }

    private void Find(string path)
    {
        if (!StagedFile.TryParse(path, out var file))
        {
            LogStranger(path);
            return;
        }

        var length = WithoutTornLine(path);
        if (length == 0)
        {
            File.Delete(path);
            return;
        }

        files.Add(path, (file, length));
        bytes += length;
    }

    private long WithoutTornLine(string path)
    {
        using var left = File.OpenHandle(path, FileMode.Open, FileAccess.ReadWrite);
        var length = RandomAccess.GetLength(left);
        var whole = EndOfLastLine(left, length);
        if (whole < length)
        {
            LogTorn(path, length - whole);
            RandomAccess.SetLength(left, whole);
        }

        return whole;
    }

    private static long EndOfLastLine(SafeFileHandle file, long end)
    {
        var buffer = new byte[64 * 1024];
        while (end > 0)
        {
            var from = Math.Max(0, end - buffer.Length);
            var read = RandomAccess.Read(file, buffer.AsSpan(0, (int)(end - from)), from);
            if (buffer.AsSpan(0, read).LastIndexOf((byte)'\n') is var at and >= 0)
                return from + at + 1;

            end = from;
        }

        return 0;
    }

    private void Continue()
    {
        var now = StagedFile.HourOf(clock.GetUtcNow());
        var (file, length) = files.Values.LastOrDefault(staged => staged.File.Hour == now && staged.File.Replica == replica);
        if (file is not null && length < limits.PartBytes && !IsFull)
            (active, handle) = (file, File.OpenHandle(file.Path, FileMode.Open, FileAccess.Write, FileShare.Read));
    }

    private void CheckRoom()
    {
        if (!IsFull)
            return;

        if (!full)
            LogFull(path, Bytes, limits.MaxBytes);

        full = true;
        throw new IOException($"The archive's folder {path} is full ({Bytes} of {limits.MaxBytes} bytes).");
    }

    private void Begin()
    {
        Seal();
        var file = StagedFile.New(path, replica, clock.GetUtcNow());
        handle = File.OpenHandle(file.Path, FileMode.CreateNew, FileAccess.Write, FileShare.Read);
        File.SetUnixFileMode(handle, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        files.Add(file.Path, (file, 0));
        active = file;
    }

    private void Write(IReadOnlyList<ReadOnlyMemory<byte>> lines)
    {
        var (file, length) = files[active!.Path];
        try
        {
            RandomAccess.Write(handle!, lines, length);
            if (limits.Durable)
                RandomAccess.FlushToDisk(handle!);
        }
        catch (IOException)
        {
            // After a failed flush this file is not to be trusted with more (see SpoolWriter); what is in it is whole.
            RandomAccess.SetLength(handle!, length);
            Seal();
            throw;
        }

        var added = lines.Sum(piece => (long)piece.Length);
        files[file.Path] = (file, length + added);
        Interlocked.Add(ref bytes, added);
        if (length + added >= limits.PartBytes || IsFull)
            Seal();
    }

    private void Seal()
    {
        if (active is null)
            return;

        handle!.Dispose();
        if (files[active.Path].Length == 0)
        {
            files.Remove(active.Path);
            File.Delete(active.Path);
        }

        (active, handle) = (null, null);
        if (news.CurrentCount == 0)
            news.Release();   // no one else does, here under the lock
    }

    [LoggerMessage(LogLevel.Warning, "{Path} ends in {Length} bytes of a line that was never finished; they are cut off, and the line comes again")]
    private partial void LogTorn(string path, long length);

    [LoggerMessage(LogLevel.Warning, "{Path} is none of the archive's files; it is left alone")]
    private partial void LogStranger(string path);

    [LoggerMessage(LogLevel.Critical, "The archive's folder {Path} is full ({Used} of {Most} bytes); records wait in the journal until some have been sent")]
    private partial void LogFull(string path, long used, long most);

    [LoggerMessage(LogLevel.Information, "The archive's folder {Path} has room again")]
    private partial void LogRoom(string path);
}

/// <param name="MaxBytes">Bytes of all files from which on no more lines are taken.</param>
/// <param name="PartBytes">Bytes of a file from which on it is followed by the next.</param>
/// <param name="Durable">Lines count only when they would survive the loss of power.</param>
internal sealed record StagingLimits(long MaxBytes, long PartBytes, bool Durable)
{
    private const long UsualPartBytes = 256 * 1024 * 1024;

    public static StagingLimits Of(GatewaySettings settings, ArchiveSettings archive) => new(
        archive.MaxBytes, Math.Min(UsualPartBytes, archive.MaxBytes / 2), settings.JournalDurability == JournalDurability.Power);
}
