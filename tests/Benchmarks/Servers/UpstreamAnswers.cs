using System.Globalization;
using System.Text;

namespace CleanGateway.Benchmarks.Servers;

/// <summary>The bytes of the upstream's answers, made once.</summary>
internal static class UpstreamAnswers
{
    private const string Id = "\"id\":\"chatcmpl-Bench0000000000000000000001\"";
    private const string Made = "\"created\":1700000000,\"model\":\"bench\"";
    private const string Usage = "\"usage\":{\"prompt_tokens\":20,\"completion_tokens\":10,\"total_tokens\":30}";
    private const string Chunk = "{" + Id + ",\"object\":\"chat.completion.chunk\"," + Made + ",\"choices\":";

    public static readonly byte[] Whole = WithHead(
        "application/json",
        "{" + Id + ",\"object\":\"chat.completion\"," + Made + ",\"choices\":[{\"index\":0,\"message\":{\"role\":\"assistant\",\"content\":\""
        + string.Concat(Enumerable.Repeat("All is said that there is to say. ", 8)) + "\"},\"finish_reason\":\"stop\"}]," + Usage + "}");

    public static readonly byte[] StreamHead =
        Encoding.ASCII.GetBytes("HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n");

    public static readonly byte[] First = HttpChunk(Event(Delta("{\"role\":\"assistant\",\"content\":\"Word\"}", "null")));
    public static readonly byte[] Next = HttpChunk(Event(Delta("{\"content\":\" word\"}", "null")));

    private static readonly string Finish = Event(Delta("{}", "\"stop\""));

    public static readonly byte[] End = [.. HttpChunk(Finish + Event("[DONE]")), .. "0\r\n\r\n"u8];
    public static readonly byte[] EndWithUsage = [.. HttpChunk(Finish + Event(Chunk + "[]," + Usage + "}") + Event("[DONE]")), .. "0\r\n\r\n"u8];

    private static string Delta(string delta, string finish) => Chunk + "[{\"index\":0,\"delta\":" + delta + ",\"finish_reason\":" + finish + "}]}";

    private static string Event(string data) => $"data: {data}\n\n";

    private static byte[] HttpChunk(string text) =>
        Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{text.Length:x}\r\n{text}\r\n"));

    private static byte[] WithHead(string type, string body) =>
        Encoding.ASCII.GetBytes(string.Create(
            CultureInfo.InvariantCulture, $"HTTP/1.1 200 OK\r\nContent-Type: {type}\r\nContent-Length: {body.Length}\r\n\r\n{body}"));
}
