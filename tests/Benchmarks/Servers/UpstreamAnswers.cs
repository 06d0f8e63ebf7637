using System.Globalization;
using System.Text;

namespace CleanGateway.Benchmarks.Servers;

/// <summary>The bytes of the upstream's answers, made once.</summary>
internal static class UpstreamAnswers
{
    private const string Usage = "\"usage\":{\"prompt_tokens\":20,\"completion_tokens\":10,\"total_tokens\":30}";
    private const string Chunk = "{\"id\":\"chatcmpl-Bench0000000000000000000001\",\"object\":\"chat.completion.chunk\",\"created\":1700000000,\"model\":\"bench\",\"choices\":";

    public static readonly byte[] Whole = WithHead(
        "application/json",
        "{\"id\":\"chatcmpl-Bench0000000000000000000001\",\"object\":\"chat.completion\",\"created\":1700000000,\"model\":\"bench\","
        + "\"choices\":[{\"index\":0,\"message\":{\"role\":\"assistant\",\"content\":\"" + string.Concat(Enumerable.Repeat("All is said that there is to say. ", 8))
        + "\"},\"finish_reason\":\"stop\"}]," + Usage + "}");

    public static readonly byte[] StreamHead =
        Encoding.ASCII.GetBytes("HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nCache-Control: no-cache\r\nTransfer-Encoding: chunked\r\n\r\n");

    public static readonly byte[] First = HttpChunk(Event(Chunk + "[{\"index\":0,\"delta\":{\"role\":\"assistant\",\"content\":\"Word\"},\"finish_reason\":null}]}"));
    public static readonly byte[] Next = HttpChunk(Event(Chunk + "[{\"index\":0,\"delta\":{\"content\":\" word\"},\"finish_reason\":null}]}"));

    private static readonly string Finish = Event(Chunk + "[{\"index\":0,\"delta\":{},\"finish_reason\":\"stop\"}]}");

    public static readonly byte[] End = [.. HttpChunk(Finish + Event("[DONE]")), .. "0\r\n\r\n"u8];
    public static readonly byte[] EndWithUsage = [.. HttpChunk(Finish + Event(Chunk + "[]," + Usage + "}") + Event("[DONE]")), .. "0\r\n\r\n"u8];

    private static string Event(string data) => $"data: {data}\n\n";

    private static byte[] HttpChunk(string text) =>
        Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{text.Length:x}\r\n{text}\r\n"));

    private static byte[] WithHead(string type, string body) =>
        Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"HTTP/1.1 200 OK\r\nContent-Type: {type}\r\nContent-Length: {body.Length}\r\n\r\n{body}"));
}
