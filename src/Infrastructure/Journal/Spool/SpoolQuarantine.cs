namespace CleanGateway.Infrastructure.Journal.Spool;

/// <summary>Keeps copies of what cannot be used, for someone to look at: nothing is thrown away unseen.</summary>
internal static class SpoolQuarantine
{
    public const string Name = "quarantine";

    /// <returns>Where the copy is. Found again at the next start, the same damage is the same file.</returns>
    public static string Keep(SpoolFolder folder, SpoolSegment segment, long from, long length)
    {
        var path = Path.Combine(Folder(folder), FormattableString.Invariant($"{segment.Number:x16}-{from}.bin"));
        using var copy = new FileStream(path, FileMode.Create, FileAccess.Write, FileShare.None);
        var buffer = new byte[64 * 1024];
        while (length > 0 && segment.Read(buffer.AsSpan(0, (int)Math.Min(buffer.Length, length)), from) is var read and > 0)
        {
            copy.Write(buffer, 0, read);
            (from, length) = (from + read, length - read);
        }

        return path;
    }

    /// <summary>A whole exchange that the database will not take.</summary>
    public static string Keep(SpoolFolder folder, ExchangeRow refused)
    {
        var path = Path.Combine(Folder(folder), refused.Request.RequestId + ".rec");
        using var file = new FileStream(path, FileMode.Create, FileAccess.Write, FileShare.None);
        foreach (var piece in SpoolRecord.Complete(refused, accepted: null).Pieces)
            file.Write(piece.Span);

        return path;
    }

    /// <summary>How many pieces there are.</summary>
    public static int Count(SpoolFolder folder)
    {
        var path = Path.Combine(folder.Path, Name);
        return Directory.Exists(path) ? Directory.EnumerateFiles(path).Count() : 0;
    }

    private static string Folder(SpoolFolder folder) => Directory.CreateDirectory(Path.Combine(folder.Path, Name), SpoolFolder.OwnerOnly).FullName;
}
