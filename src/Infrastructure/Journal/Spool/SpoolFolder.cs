using CleanGateway.Infrastructure.Configuration;

namespace CleanGateway.Infrastructure.Journal.Spool;

/// <summary>
/// The segments of a spool: which there are, up to where they are settled, and which may go. The newest is written to;
/// an older one goes when all its completed calls are in the database and none of its accepted ones is still open.
/// </summary>
internal sealed class SpoolFolder : IDisposable
{
    public const string Name = "journal";

    public const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;

    private readonly Lock gate = new();
    private readonly SortedDictionary<long, SpoolSegment> segments = [];
    private SpoolPosition end;
    private SpoolPosition settled;

    private SpoolFolder(string path) => Path = path;

    public string Path { get; }

    /// <summary>Behind the last record. Everything before it can be read.</summary>
    public SpoolPosition End
    {
        get
        {
            lock (gate)
                return end;
        }
    }

    /// <summary>All completed calls before it are in the database.</summary>
    public SpoolPosition Settled
    {
        get
        {
            lock (gate)
                return settled;
        }
    }

    /// <summary>Bytes of all segments.</summary>
    public long Bytes
    {
        get
        {
            lock (gate)
                return segments.Values.Sum(segment => segment.Length);
        }
    }

    public int Count
    {
        get
        {
            lock (gate)
                return segments.Count;
        }
    }

    /// <summary>Opens a spool as it was left, or makes an empty one.</summary>
    /// <exception cref="StartException">It cannot be used.</exception>
    public static SpoolFolder Open(string path)
    {
        var folder = new SpoolFolder(path);
        try
        {
            Directory.CreateDirectory(path, OwnerOnly);
            foreach (var file in SpoolSegment.Find(path))
            {
                if (SpoolSegment.Open(file) is { } segment)
                    folder.segments.Add(segment.Number, segment);
                else
                    File.Delete(file);
            }

            return folder;
        }
        catch (Exception refused) when (refused is IOException or UnauthorizedAccessException)
        {
            folder.Dispose();
            throw new StartException($"The journal in {path} cannot be used: {refused.Message}", refused);
        }
        catch (StartException)
        {
            folder.Dispose();
            throw;
        }
    }

    /// <summary>Oldest first.</summary>
    public IReadOnlyList<SpoolSegment> Segments()
    {
        lock (gate)
            return [.. segments.Values];
    }

    /// <summary>Null when it is gone, with all that was in it settled.</summary>
    public SpoolSegment? Find(long number)
    {
        lock (gate)
            return segments.GetValueOrDefault(number);
    }

    /// <summary>The first segment behind a settled one; null while there is none.</summary>
    public SpoolSegment? After(long number)
    {
        lock (gate)
            return segments.Values.FirstOrDefault(segment => segment.Number > number);
    }

    /// <summary>What an earlier process has left can be read now; up to this position it is settled.</summary>
    public void Recovered(SpoolPosition settledUpTo)
    {
        lock (gate)
        {
            if (segments.Count > 0)
                end = new SpoolPosition(segments.Keys.Last(), segments.Values.Last().Length);
        }

        Settle(settledUpTo, []);
        DeleteSettled();
    }

    /// <summary>Begins a new segment, to which everything goes from now on.</summary>
    /// <exception cref="IOException">It cannot be made.</exception>
    public SpoolSegment Roll(DateTimeOffset now)
    {
        lock (gate)
        {
            // By the clock, so that a number does not come back when the folder has been empty.
            var segment = SpoolSegment.Create(Path, Math.Max(now.ToUnixTimeMilliseconds(), end.Segment + 1));
            segments.Add(segment.Number, segment);
            end = new SpoolPosition(segment.Number, segment.Length);
            return segment;
        }
    }

    /// <summary>Tells readers that there is more.</summary>
    /// <param name="ofCalls">Whether any of it is about calls; what only says that others are settled need not be kept.</param>
    public void Advance(SpoolSegment active, bool ofCalls)
    {
        lock (gate)
        {
            end = new SpoolPosition(active.Number, active.Length);
            if (ofCalls)
                active.Needed = active.Length;
        }
    }

    /// <summary>A call's body is in this segment until it is settled.</summary>
    public void Pin(long number)
    {
        lock (gate)
        {
            if (segments.TryGetValue(number, out var segment))
                segment.Pins++;
        }
    }

    /// <summary>Up to here all is in the database, and so are calls that were accepted in these segments.</summary>
    public void Settle(SpoolPosition position, IEnumerable<long> unpinned)
    {
        lock (gate)
        {
            if (position > settled)
                settled = position;

            foreach (var number in unpinned)
            {
                if (segments.TryGetValue(number, out var segment))
                    segment.Pins--;
            }
        }
    }

    /// <summary>Deletes the segments that are needed for nothing any more.</summary>
    /// <exception cref="IOException">One could not be deleted; it is still there, and may be the next time.</exception>
    public void DeleteSettled()
    {
        lock (gate)
        {
            foreach (var segment in segments.Values.Where(IsDone).ToList())
            {
                segment.Delete();
                segments.Remove(segment.Number);
            }
        }
    }

    /// <summary>Deletes everything that no open call needs. For when all is settled and nothing more is written.</summary>
    public void Clear()
    {
        lock (gate)
        {
            foreach (var segment in segments.Values.Where(segment => segment.Pins <= 0).ToList())
            {
                segment.Delete();
                segments.Remove(segment.Number);
            }
        }
    }

    public void Dispose()
    {
        foreach (var segment in segments.Values)
            segment.Dispose();
    }

    // The one that is written to stays.
    private bool IsDone(SpoolSegment segment) =>
        segment.Pins <= 0 && segment.Number < end.Segment && new SpoolPosition(segment.Number, segment.Needed) <= settled;
}
