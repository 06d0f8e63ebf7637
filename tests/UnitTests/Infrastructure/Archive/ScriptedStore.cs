using System.Collections.Concurrent;
using System.IO.Compression;
using System.Text.Json;
using CleanGateway.Infrastructure.Archive;

namespace CleanGateway.UnitTests.Infrastructure.Archive;

/// <summary>A store in memory that does what a test says.</summary>
internal sealed class ScriptedStore : IArchiveStore
{
    private int attempts;

    /// <summary>Runs before a file is kept.</summary>
    public Func<int, CancellationToken, Task> Before { get; set; } = (_, _) => Task.CompletedTask;

    public int Attempts => Volatile.Read(ref attempts);

    public ConcurrentDictionary<string, byte[]> Files { get; } = new(StringComparer.Ordinal);

    /// <summary>The ids of all lines, in the order of files and lines.</summary>
    public IReadOnlyList<string> Ids =>
    [
        .. Files.OrderBy(file => file.Key, StringComparer.Ordinal).SelectMany(file => Lines(file.Value))
            .Select(line => JsonDocument.Parse(line).RootElement.GetProperty("request_id").GetString()!),
    ];

    public async Task PutAsync(string name, string file, CancellationToken cancellationToken)
    {
        await Before(Interlocked.Increment(ref attempts), cancellationToken);
        Files[name] = await File.ReadAllBytesAsync(file, cancellationToken);
    }

    public static ArchiveStoreException Refusal() => new("S3 answered 503 SlowDown", new IOException());

    private static string[] Lines(byte[] compressed)
    {
        using var gzip = new GZipStream(new MemoryStream(compressed), CompressionMode.Decompress);
        using var reader = new StreamReader(gzip);
        return reader.ReadToEnd().Split('\n', StringSplitOptions.RemoveEmptyEntries);
    }
}
