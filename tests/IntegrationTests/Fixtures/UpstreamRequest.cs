using System.Globalization;
using System.Text;
using System.Text.Json;

namespace CleanGateway.IntegrationTests.Fixtures;

/// <summary>What the gateway sent.</summary>
internal sealed record UpstreamRequest(string Method, string Path, IReadOnlyDictionary<string, string> Headers, string Body)
{
    /// <summary>The body as it arrived, without its framing.</summary>
    public ReadOnlyMemory<byte> Bytes { get; private init; }

    public JsonElement Json => JsonDocument.Parse(Body).RootElement;

    public bool WantsStream => Body.Length > 0 && Json.TryGetProperty("stream", out var stream) && stream.ValueKind == JsonValueKind.True;

    /// <returns>Null when the connection ends before another request.</returns>
    public static async Task<UpstreamRequest?> ReadAsync(Stream stream, CancellationToken cancellationToken)
    {
        var head = await ReadHeadAsync(stream, cancellationToken);
        if (head is null)
            return null;

        var lines = head.Split("\r\n", StringSplitOptions.RemoveEmptyEntries);
        var headers = lines.Skip(1).Select(line => line.Split(':', 2)).ToLookup(pair => pair[0], pair => pair[1].Trim(), StringComparer.OrdinalIgnoreCase)
            .ToDictionary(values => values.Key, values => string.Join(", ", values), StringComparer.OrdinalIgnoreCase);
        var body = headers.GetValueOrDefault("Transfer-Encoding") == "chunked"
            ? await ReadChunksAsync(stream, cancellationToken)
            : await ReadExactlyAsync(stream, int.Parse(headers.GetValueOrDefault("Content-Length", "0"), CultureInfo.InvariantCulture), cancellationToken);

        var requestLine = lines[0].Split(' ');
        return new UpstreamRequest(requestLine[0], requestLine[1], headers, Encoding.UTF8.GetString(body)) { Bytes = body };
    }

    private static async Task<byte[]> ReadExactlyAsync(Stream stream, int length, CancellationToken cancellationToken)
    {
        var body = new byte[length];
        await stream.ReadExactlyAsync(body, cancellationToken);
        return body;
    }

    private static async Task<byte[]> ReadChunksAsync(Stream stream, CancellationToken cancellationToken)
    {
        var body = new MemoryStream();
        while (true)
        {
            var size = int.Parse(await ReadLineAsync(stream, cancellationToken), NumberStyles.HexNumber, CultureInfo.InvariantCulture);
            body.Write(await ReadExactlyAsync(stream, size, cancellationToken));
            await ReadLineAsync(stream, cancellationToken);
            if (size == 0)
                return body.ToArray();
        }
    }

    private static async Task<string> ReadLineAsync(Stream stream, CancellationToken cancellationToken)
    {
        var line = new List<byte>();
        while (!(line.Count >= 2 && line[^1] == '\n'))
            line.Add((await ReadExactlyAsync(stream, 1, cancellationToken))[0]);

        return Encoding.ASCII.GetString([.. line]).TrimEnd();
    }

    private static async Task<string?> ReadHeadAsync(Stream stream, CancellationToken cancellationToken)
    {
        var head = new List<byte>();
        var next = new byte[1];
        while (!(head.Count >= 4 && head[^1] == '\n' && head[^3] == '\n'))
        {
            if (await stream.ReadAsync(next, cancellationToken) == 0)
                return null;

            head.Add(next[0]);
        }

        return Encoding.ASCII.GetString([.. head]);
    }
}
