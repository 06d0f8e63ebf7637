using System.Globalization;
using System.Text;
using System.Text.Json;

namespace CleanGateway.IntegrationTests.Fixtures;

/// <summary>What the gateway sent.</summary>
internal sealed record UpstreamRequest(string Method, string Path, IReadOnlyDictionary<string, string> Headers, string Body)
{
    public JsonElement Json => JsonDocument.Parse(Body).RootElement;

    public bool WantsStream => Body.Length > 0 && Json.TryGetProperty("stream", out var stream) && stream.ValueKind == JsonValueKind.True;

    /// <returns>Null when the connection ends before another request.</returns>
    public static async Task<UpstreamRequest?> ReadAsync(Stream stream, CancellationToken cancellationToken)
    {
        var head = await ReadHeadAsync(stream, cancellationToken);
        if (head is null)
            return null;

        var lines = head.Split("\r\n", StringSplitOptions.RemoveEmptyEntries);
        var headers = lines.Skip(1).Select(line => line.Split(": ", 2)).ToDictionary(pair => pair[0], pair => pair[1], StringComparer.OrdinalIgnoreCase);
        var body = new byte[int.Parse(headers.GetValueOrDefault("Content-Length", "0"), CultureInfo.InvariantCulture)];
        await stream.ReadExactlyAsync(body, cancellationToken);

        var requestLine = lines[0].Split(' ');
        return new UpstreamRequest(requestLine[0], requestLine[1], headers, Encoding.UTF8.GetString(body));
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
