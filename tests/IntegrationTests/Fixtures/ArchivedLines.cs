using System.IO.Compression;
using System.Text;
using System.Text.Json;

namespace CleanGateway.IntegrationTests.Fixtures;

/// <summary>Reads archived files back, as the documentation says: in the order of their names, the last line of an id counts.</summary>
internal static class ArchivedLines
{
    public static IReadOnlyList<string> All(IEnumerable<KeyValuePair<string, byte[]>> files) =>
        [.. files.OrderBy(file => file.Key, StringComparer.Ordinal).SelectMany(file => Lines(file.Value))];

    public static IReadOnlyDictionary<string, JsonElement> ById(IEnumerable<KeyValuePair<string, byte[]>> files)
    {
        var lines = new Dictionary<string, JsonElement>(StringComparer.Ordinal);
        foreach (var line in All(files))
        {
            var json = JsonDocument.Parse(line, new JsonDocumentOptions { AllowDuplicateProperties = true, MaxDepth = 1000 }).RootElement;
            lines[json.GetProperty("request_id").GetString()!] = json;
        }

        return lines;
    }

    public static IEnumerable<KeyValuePair<string, byte[]>> In(string folder) => Directory.Exists(folder)
        ? Directory.EnumerateFiles(folder, "*.jsonl.gz", SearchOption.AllDirectories)
            .Select(file => KeyValuePair.Create(Path.GetRelativePath(folder, file), File.ReadAllBytes(file)))
        : [];

    public static IEnumerable<string> Lines(byte[] compressed)
    {
        using var gzip = new GZipStream(new MemoryStream(compressed), CompressionMode.Decompress);
        using var reader = new StreamReader(gzip, new UTF8Encoding(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true));
        var text = reader.ReadToEnd();
        text.Should().EndWith("\n", "every line is whole");
        return text[..^1].Split('\n');
    }
}
