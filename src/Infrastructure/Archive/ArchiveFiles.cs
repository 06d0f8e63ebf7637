using System.Buffers;
using System.Globalization;
using System.IO.Compression;
using System.IO.Pipelines;
using System.Runtime.CompilerServices;
using System.Text.RegularExpressions;
using CleanGateway.Infrastructure.Configuration;

namespace CleanGateway.Infrastructure.Archive;

/// <summary>Files of the archive on this machine: those of the store, and those that still wait to be sent there.</summary>
internal static partial class ArchiveFiles
{
    private const string Compressed = StagedFile.Extension + StagedFile.CompressedExtension;

    // A line can be hundreds of megabytes, and is looked through from its beginning with every read.
    private static readonly StreamPipeReaderOptions Buffers = new(bufferSize: 1024 * 1024);

    /// <summary>The files that are named, and all that are in the folders that are named, in the order in which they were begun, wherever they are.</summary>
    /// <param name="since">Files of hours that ended before are left out; null takes all.</param>
    /// <exception cref="StartException">There is no such file or folder.</exception>
    public static IReadOnlyList<string> Find(IEnumerable<string> paths, DateTimeOffset? since)
    {
        var from = since is { } moment ? StagedFile.HourOf(moment) : DateTimeOffset.MinValue;
        return [.. paths.SelectMany(In).Distinct(StringComparer.Ordinal)
            .Select(file => (file, hour: HourOf(file)))
            .Where(found => found.hour is not { } hour || hour >= from)
            .OrderBy(found => found.hour ?? DateTimeOffset.MinValue).ThenBy(found => PartOf(found.file), StringComparer.Ordinal)
            .ThenBy(found => found.file, StringComparer.Ordinal)
            .Select(found => found.file)];
    }

    /// <summary>The lines of a file, without their ends. What stands behind the last end is half a line, and not one.</summary>
    /// <exception cref="IOException">The file cannot be read.</exception>
    /// <exception cref="InvalidDataException">It is not compressed as it should be, or not all of it is there.</exception>
    public static async IAsyncEnumerable<ReadOnlyMemory<byte>> LinesAsync(string file, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await using var stored = File.OpenRead(file);
        await using var text = file.EndsWith(StagedFile.CompressedExtension, StringComparison.Ordinal)
            ? new GZipStream(stored, CompressionMode.Decompress)
            : (Stream)stored;
        var reader = PipeReader.Create(text, Buffers);
        while (true)
        {
            var read = await reader.ReadAsync(cancellationToken);
            var rest = read.Buffer;
            while (rest.PositionOf((byte)'\n') is { } end)
            {
                yield return rest.Slice(0, end).ToArray();
                rest = rest.Slice(rest.GetPosition(1, end));
            }

            reader.AdvanceTo(rest.Start, rest.End);
            if (read.IsCompleted)
                break;
        }

        await reader.CompleteAsync();
    }

    private static IEnumerable<string> In(string path)
    {
        if (File.Exists(path))
            return [Path.GetFullPath(path)];
        if (!Directory.Exists(path))
            throw new StartException($"{path} was not found: expected a file of the archive, or a folder with some");

        return Directory.EnumerateFiles(Path.GetFullPath(path), "*", SearchOption.AllDirectories)
            .Where(file => file.EndsWith(Compressed, StringComparison.Ordinal) || file.EndsWith(StagedFile.Extension, StringComparison.Ordinal));
    }

    // Of a file in the archive from its folders, of one that waits from its name; of one that was renamed there is none.
    private static DateTimeOffset? HourOf(string file) =>
        HourInName().Match(file) is { Success: true } match
        && DateTimeOffset.TryParseExact(
            string.Concat(match.Groups.Values.Skip(1).Select(group => group.Value)), "yyyyMMddHH", CultureInfo.InvariantCulture,
            DateTimeStyles.AssumeUniversal, out var hour)
            ? hour
            : null;

    // Parts sort by time; the name before them is the replica's, and the folder before that is the store's or the gateway's own.
    private static string PartOf(string file) => PartInName().Match(file).Groups[1].Value;

    [GeneratedRegex(@"-([0-9a-f]{32})\.jsonl(?:\.gz)?$")]
    private static partial Regex PartInName();

    [GeneratedRegex(@"/(?:(\d{4})/(\d\d)/(\d\d)/(\d\d)/|(\d{10})-)[^/]+$")]
    private static partial Regex HourInName();
}
