using System.Net.Sockets;
using System.Text;
using System.Text.Json;

namespace CleanGateway.IntegrationTests.Fixtures;

/// <summary>One request on the upstream's side of the socket, to be answered well or badly.</summary>
internal sealed class UpstreamCall(TcpClient client, NetworkStream stream, UpstreamRequest request, CancellationToken stopping)
{
    public UpstreamRequest Request => request;
    public bool IsClosed { get; private set; }

    /// <summary>Most bytes that are written at a time; null: as they come.</summary>
    public int? PieceSize { get; set; }

    /// <summary>Bytes, exactly these.</summary>
    public Task SendAsync(string text) => SendAsync(Encoding.UTF8.GetBytes(text));

    public async Task SendAsync(ReadOnlyMemory<byte> bytes)
    {
        var size = PieceSize ?? int.MaxValue;
        while (bytes.Length > size)
        {
            await stream.WriteAsync(bytes[..size], stopping);
            bytes = bytes[size..];
        }

        await stream.WriteAsync(bytes, stopping);
        await stream.FlushAsync(stopping);
    }

    public Task RespondAsync(int status, string body, string contentType = "application/json", params string[] headers)
    {
        var more = string.Concat(headers.Select(header => header + "\r\n"));
        return SendAsync($"HTTP/1.1 {status} Whatever\r\nContent-Type: {contentType}\r\nContent-Length: {Encoding.UTF8.GetByteCount(body)}\r\n{more}\r\n{body}");
    }

    /// <summary>A whole answer with this text; 9 tokens in, 3 out.</summary>
    public Task CompleteAsync(string text, string finishReason = "stop") => RespondAsync(
        200,
        $$$"""
        {"id":"chatcmpl-1","object":"chat.completion","created":1763683200,"model":"gpt-x-2026",
         "choices":[{"index":0,"finish_reason":"{{{finishReason}}}","message":{"role":"assistant","content":{{{JsonSerializer.Serialize(text)}}},"refusal":null}}],
         "usage":{"prompt_tokens":9,"completion_tokens":3,"total_tokens":12}}
        """);

    public async Task StreamAsync(params string[] words)
    {
        await BeginStreamAsync();
        await SayRoleAsync();
        foreach (var word in words)
            await SayWordAsync(word);

        await SayFinishAsync();
        if (request.Json.TryGetProperty("stream_options", out var options) && options.ValueKind == JsonValueKind.Object
            && options.TryGetProperty("include_usage", out var usage) && usage.ValueKind == JsonValueKind.True)
        {
            await SayUsageAsync();
        }

        await SayAsync("[DONE]");
        await EndAsync();
    }

    /// <param name="headers">Lines of the head besides.</param>
    public Task BeginStreamAsync(string contentType = "text/event-stream", params string[] headers) =>
        SendAsync($"HTTP/1.1 200 OK\r\nContent-Type: {contentType}\r\nTransfer-Encoding: chunked\r\n{string.Concat(headers.Select(header => header + "\r\n"))}\r\n");

    public Task SayAsync(string data) => SendChunkAsync($"data: {data}\n\n");

    public Task SayRoleAsync() => SayAsync(Chunk("""{"role":"assistant","content":""}"""));

    public Task SayWordAsync(string word) => SayAsync(Chunk($$"""{"content":{{JsonSerializer.Serialize(word)}}}"""));

    public Task SayFinishAsync(string reason = "stop") => SayAsync(Chunk("{}", $"\"{reason}\""));

    public Task SayUsageAsync() => SayAsync(
        """{"id":"c1","object":"chat.completion.chunk","created":1763683200,"model":"gpt-x-2026","choices":[],"usage":{"prompt_tokens":9,"completion_tokens":3,"total_tokens":12}}""");

    /// <summary>A piece of a chunked body, whatever it holds.</summary>
    public Task SendChunkAsync(string text) => SendAsync($"{Encoding.UTF8.GetByteCount(text):x}\r\n{text}\r\n");

    public async Task SendChunkAsync(ReadOnlyMemory<byte> bytes)
    {
        await SendAsync($"{bytes.Length:x}\r\n");
        await SendAsync(bytes);
        await SendAsync("\r\n");
    }

    /// <summary>The end of a chunked body, as it should be.</summary>
    public Task EndAsync() => SendAsync("0\r\n\r\n");

    /// <summary>Closes in order: no more bytes, no reset.</summary>
    public void Close()
    {
        IsClosed = true;
        client.Client.Shutdown(SocketShutdown.Both);
    }

    /// <summary>Tears the connection down with a TCP reset.</summary>
    public void Reset()
    {
        IsClosed = true;
        client.Client.LingerState = new LingerOption(enable: true, seconds: 0);
        client.Client.Close();
    }

    /// <summary>Completes when the gateway has hung up.</summary>
    public async Task HungUpAsync()
    {
        try
        {
            while (await stream.ReadAsync(new byte[1024], stopping) > 0)
            {
            }
        }
        catch (IOException)
        {
            // By a reset: that is hanging up too.
        }
    }

    private static string Chunk(string delta, string finishReason = "null") =>
        $$"""{"id":"c1","object":"chat.completion.chunk","created":1763683200,"model":"gpt-x-2026","choices":[{"index":0,"delta":{{delta}},"finish_reason":{{finishReason}}}],"usage":null}""";
}
