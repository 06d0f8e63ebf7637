using System.Diagnostics.CodeAnalysis;
using System.Globalization;

namespace CleanGateway.Infrastructure.Archive;

/// <summary>
/// A file of lines on their way into the archive. Its name says everything: the hour, the replica, and a part that no other
/// file has, so that whoever finds it sends it to the same place, and never on top of another.
/// </summary>
/// <param name="Hour">UTC, of writing.</param>
/// <param name="Part">A UUIDv7 of the file's beginning: parts of a replica sort by time.</param>
internal sealed record StagedFile(string Folder, DateTimeOffset Hour, string Replica, Guid Part)
{
    public const string Extension = ".jsonl";

    /// <summary>The compressed form, while it is being sent.</summary>
    public const string CompressedExtension = ".gz";

    private const string HourForm = "yyyyMMddHH";
    private const int LongestReplica = 63;

    public string Path => System.IO.Path.Combine(Folder, $"{Hour.ToString(HourForm, CultureInfo.InvariantCulture)}-{Last}{Extension}");

    public string CompressedPath => Path + CompressedExtension;

    /// <summary>What it is called in the archive.</summary>
    public string Name => $"{Hour.ToString("yyyy'/'MM'/'dd'/'HH", CultureInfo.InvariantCulture)}/{Last}{Extension}{CompressedExtension}";

    public DateTimeOffset Begun => DateTimeOffset.FromUnixTimeMilliseconds(
        long.Parse(Part.ToString("N").AsSpan(0, 12), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture));

    private string Last => $"{Replica}-{Part:N}";

    public static StagedFile New(string folder, string replica, DateTimeOffset now) => new(folder, HourOf(now), replica, Guid.CreateVersion7(now));

    public static DateTimeOffset HourOf(DateTimeOffset moment)
    {
        var utc = moment.UtcDateTime;
        return new DateTimeOffset(utc.Date.AddHours(utc.Hour), TimeSpan.Zero);
    }

    public static bool TryParse(string path, [MaybeNullWhen(false)] out StagedFile file)
    {
        file = null;
        var name = System.IO.Path.GetFileNameWithoutExtension(path);
        var (first, last) = (name.IndexOf('-', StringComparison.Ordinal), name.LastIndexOf('-'));
        if (first < 0 || last <= first
            || !DateTimeOffset.TryParseExact(name[..first], HourForm, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var hour)
            || !Guid.TryParseExact(name.AsSpan(last + 1), "N", out var part))
        {
            return false;
        }

        file = new StagedFile(System.IO.Path.GetDirectoryName(path)!, hour, name[(first + 1)..last], part);
        return true;
    }

    /// <summary>A machine's name as a part of a file's and an object's.</summary>
    public static string ReplicaOf(string machine)
    {
        var plain = string.Concat(machine.Take(LongestReplica).Select(letter => char.IsAsciiLetterOrDigit(letter) || letter is '.' or '-' ? letter : '-'))
            .Trim('.', '-');
        return plain.Length == 0 ? "gateway" : plain;
    }
}
