using System.Globalization;
using System.Net.Sockets;
using System.Text;

namespace CleanGateway.IntegrationTests.Clients;

/// <summary>A connection that sends recorded bytes and reads answers as a plain HTTP/1.1 client does.</summary>
internal sealed class RawConnection(TcpClient client) : IDisposable
{
    private readonly NetworkStream stream = client.GetStream();

    public static async Task<RawConnection> OpenAsync(Uri url, CancellationToken stop)
    {
        var client = new TcpClient { NoDelay = true };
        await client.ConnectAsync(url.Host, url.Port, stop);
        return new RawConnection(client);
    }

    /// <param name="request">With plain line feeds, as text files have them; the last one is the file's.</param>
    public async Task SendAsync(string request, CancellationToken stop)
    {
        var parts = request.Split("\n\n", 2);
        var head = parts[0].Replace("\n", "\r\n", StringComparison.Ordinal);
        await stream.WriteAsync(Encoding.UTF8.GetBytes($"{head}\r\n\r\n{parts[1].TrimEnd('\n')}"), stop);
    }

    /// <summary>Sends exactly this.</summary>
    public async Task SendRawAsync(string bytes, CancellationToken stop) => await stream.WriteAsync(Encoding.UTF8.GetBytes(bytes), stop);

    public async Task<RawResponse> ReadAsync(CancellationToken stop)
    {
        var lines = new List<string>();
        while (await LineAsync(stop) is { Length: > 0 } line)
            lines.Add(line);

        var headers = lines.Skip(1).Select(line => line.Split(": ", 2))
            .ToDictionary(pair => pair[0], pair => pair[1], StringComparer.OrdinalIgnoreCase);
        var body = headers.ContainsKey("Transfer-Encoding")
            ? await ChunksAsync(stop)
            : await BytesAsync(Number(headers["Content-Length"]), stop);
        return new RawResponse(lines[0], headers, Encoding.UTF8.GetString(body));
    }

    /// <summary>Reads no further than to this; what comes then is left where it is.</summary>
    public async Task ReadUntilAsync(string text, CancellationToken stop)
    {
        var read = new StringBuilder();
        while (!read.ToString().EndsWith(text, StringComparison.Ordinal))
            read.Append((char)(await BytesAsync(1, stop))[0]);
    }

    /// <summary>Nothing more comes: the other side has hung up.</summary>
    public async Task<bool> EndsAsync(CancellationToken stop)
    {
        try
        {
            return await stream.ReadAsync(new byte[1], stop) == 0;
        }
        catch (IOException)
        {
            return true;   // with a reset, because something was unread
        }
    }

    /// <summary>Hangs up; where something is unread, with a reset.</summary>
    public void Dispose() => client.Dispose();

    private async Task<byte[]> ChunksAsync(CancellationToken stop)
    {
        var body = new MemoryStream();
        while (int.Parse(await LineAsync(stop), NumberStyles.HexNumber, CultureInfo.InvariantCulture) is > 0 and var size)
        {
            body.Write(await BytesAsync(size, stop));
            await LineAsync(stop);
        }

        await LineAsync(stop);
        return body.ToArray();
    }

    private async Task<byte[]> BytesAsync(int count, CancellationToken stop)
    {
        var bytes = new byte[count];
        await stream.ReadExactlyAsync(bytes, stop);
        return bytes;
    }

    /// <summary>The next line, without its end.</summary>
    public async Task<string> LineAsync(CancellationToken stop)
    {
        var line = new StringBuilder();
        while ((await BytesAsync(1, stop))[0] is not (byte)'\n' and var next)
            line.Append((char)next);

        return line.ToString().TrimEnd('\r');
    }

    private static int Number(string text) => int.Parse(text, CultureInfo.InvariantCulture);
}

internal sealed record RawResponse(string StatusLine, IReadOnlyDictionary<string, string> Headers, string Body);
