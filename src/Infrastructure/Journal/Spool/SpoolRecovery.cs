using System.Text.Json;
using CleanGateway.Domain.Usage;
using CleanGateway.Infrastructure.Configuration;
using Microsoft.Extensions.Logging;

namespace CleanGateway.Infrastructure.Journal.Spool;

/// <summary>
/// Reads what an earlier process has left: up to where it is settled, which calls were under way when it died, and what
/// is damaged. Damaged bytes are copied aside before anything can delete them.
/// </summary>
internal sealed partial class SpoolRecovery(SpoolFolder folder, ILogger<SpoolRecovery> logger)
{
    private readonly Dictionary<string, OpenCall> open = new(StringComparer.Ordinal);
    private readonly List<(SpoolPosition At, long Accepted)> completed = [];
    private SpoolPosition settled;

    /// <summary>Pieces of damage found.</summary>
    public int Quarantined { get; private set; }

    /// <summary>Completed calls that are not known to be in the database.</summary>
    public int Unsettled => completed.Count(call => call.At >= settled);

    /// <returns>The calls that had been accepted and whose end no one wrote down.</returns>
    /// <exception cref="StartException">The spool cannot be read, or was written by a newer version.</exception>
    public IReadOnlyList<OpenCall> Run()
    {
        try
        {
            foreach (var segment in folder.Segments())
                Read(segment);
        }
        catch (Exception unreadable) when (unreadable is IOException or UnauthorizedAccessException)
        {
            throw new StartException($"The journal in {folder.Path} cannot be read: {unreadable.Message}", unreadable);
        }

        foreach (var call in open.Values)
            folder.Pin(call.At.Segment);
        foreach (var (at, accepted) in completed)
        {
            if (at >= settled && accepted != 0)
                folder.Pin(accepted);
        }

        folder.Recovered(settled);
        return [.. open.Values];
    }

    private void Read(SpoolSegment segment)
    {
        var reader = new SegmentReader(segment, SpoolSegment.HeaderLength);
        var end = segment.Length;
        while (true)
        {
            var at = new SpoolPosition(segment.Number, reader.Offset);
            var read = reader.Read(end);
            switch (read.Kind)
            {
                case SegmentReadKind.End:
                    return;

                case SegmentReadKind.Record:
                    if (!TryTake(reader.Kind, at, reader.Payload))
                        Quarantine(segment, at.Offset, reader.Offset - at.Offset);
                    break;

                case SegmentReadKind.TornTail:
                    LogTorn(segment.Path, read.Length);
                    segment.Truncate(read.From);
                    return;

                case SegmentReadKind.Damage:
                    Quarantine(segment, read.From, read.Length);
                    break;
            }
        }
    }

    private bool TryTake(RecordKind kind, SpoolPosition at, ReadOnlyMemory<byte> payload)
    {
        try
        {
            var (document, _) = SpoolRecord.Split(payload);
            switch (kind)
            {
                case RecordKind.Accept:
                    var accepted = SpoolRecord.Read(document, SpoolJson.Default.AcceptedCall);
                    open[accepted.RequestId] = new OpenCall(at, accepted.StartTime);
                    return true;

                case RecordKind.Progress:
                    var progress = SpoolRecord.Read(document, SpoolJson.Default.CallProgress);
                    if (open.TryGetValue(progress.RequestId, out var call))
                        open[progress.RequestId] = call with { Seen = new TokenUsage(progress.PromptTokens, progress.CompletionTokens), LastSign = progress.At };
                    return true;

                case RecordKind.Complete:
                    var complete = SpoolRecord.Read(document, SpoolJson.Default.CompletedCall);
                    open.Remove(complete.Request.RequestId);
                    completed.Add((at, complete.Accepted?.Segment ?? 0));
                    return true;

                case RecordKind.Settled:
                    var position = SpoolRecord.Read(document, SpoolJson.Default.SpoolPosition);
                    settled = position > settled ? position : settled;
                    return true;

                default:
                    return false;
            }
        }
        catch (Exception unreadable) when (unreadable is JsonException or ArgumentException)
        {
            return false;
        }
    }

    private void Quarantine(SpoolSegment segment, long from, long length)
    {
        Quarantined++;
        var kept = SpoolQuarantine.Keep(folder, segment, from, length);
        LogDamaged(length, segment.Path, from, kept);
    }

    [LoggerMessage(LogLevel.Warning, "{Path} ends in {Length} bytes of a record that was never finished; they are cut off")]
    private partial void LogTorn(string path, long length);

    [LoggerMessage(LogLevel.Critical, "{Length} bytes of {Path} at {Offset} are damaged; they are kept in {Kept}, and all around them is used")]
    private partial void LogDamaged(long length, string path, long offset, string kept);
}

/// <summary>A call whose end is not written down.</summary>
/// <param name="At">Where it was accepted.</param>
/// <param name="LastSign">When something was last written of it.</param>
internal sealed record OpenCall(SpoolPosition At, DateTimeOffset LastSign)
{
    /// <summary>What was counted of its answer, if that was written.</summary>
    public TokenUsage? Seen { get; init; }
}
