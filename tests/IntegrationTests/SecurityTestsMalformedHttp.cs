using System.Text.Json;
using CleanGateway.IntegrationTests.Clients;
using CleanGateway.IntegrationTests.Fixtures;

namespace CleanGateway.IntegrationTests;

/// <summary>HTTP as nobody should speak it, byte for byte, and as some do to make two readers disagree.</summary>
public class SecurityTestsMalformedHttp(GatewayFixture gateway) : GatewayTest(gateway)
{
    private const string Authorized = "Host: gateway\r\nAuthorization: Bearer " + Key + "\r\n";
    private const string Get = "GET /v1/models HTTP/1.1\r\n" + Authorized;
    private const string Post = "POST /v1/chat/completions HTTP/1.1\r\n" + Authorized + "Content-Type: application/json\r\n";
    private const string Health = "GET /health HTTP/1.1\r\nHost: gateway\r\n\r\n";
    private const string Chat = """{"model":"echo","messages":[{"role":"user","content":"Hi"}]}""";

    private static readonly string Length = $"Content-Length: {Chat.Length}\r\n";
    private static readonly string Chunk = $"{Chat.Length:x}\r\n{Chat}\r\n";

    /// <summary>
    /// Of those that are refused by the server itself, before the gateway sees them, the answer has no body; 0 is none at
    /// all. A name in brackets and a method in small letters are more than HTTP allows, and lead nowhere else.
    /// </summary>
    private static readonly Case[] Cases =
    [
        // Two lengths, or one that is none.
        new("Content-Length and Transfer-Encoding", $"{Post}{Length}Transfer-Encoding: chunked\r\n\r\n{Chunk}0\r\n\r\n", 400, By.Gateway, Closed: true),
        new("Transfer-Encoding and Content-Length", $"{Post}Transfer-Encoding: chunked\r\n{Length}\r\n{Chunk}0\r\n\r\n", 400, By.Gateway, Closed: true),
        new("the length Kestrel moves, forged", $"{Post}Transfer-Encoding: chunked\r\nX-Content-Length: 5\r\n\r\n{Chunk}0\r\n\r\n", 400, By.Gateway, Closed: true),
        new("two lengths that differ", $"{Post}{Length}Content-Length: 1\r\n\r\n{Chat}", 400, By.Server, Closed: true),
        new("two lengths that agree", $"{Post}{Length}{Length}\r\n{Chat}", 400, By.Server, Closed: true),
        new("a list of lengths", $"{Post}Content-Length: 5, 5\r\n\r\nHello", 400, By.Server, Closed: true),
        new("a negative length", $"{Post}Content-Length: -1\r\n\r\n", 400, By.Server, Closed: true),
        new("a hexadecimal length", $"{Post}Content-Length: 0x5\r\n\r\nHello", 400, By.Server, Closed: true),
        new("a length beyond 64 bits", $"{Post}Content-Length: 99999999999999999999\r\n\r\n", 400, By.Server, Closed: true),
        new("an empty length", $"{Post}Content-Length:\r\n\r\n", 400, By.Server, Closed: true),

        // RFC 9110 has digits only; Kestrel reads it as 5 and does not show it to the gateway. Nothing of it goes upstream.
        new("a length with a plus", $"{Post}Content-Length: +5\r\n\r\nHello", 400, By.Gateway),
        new("another coding", $"{Post}Transfer-Encoding: xchunked\r\n\r\n{Chunk}0\r\n\r\n", 400, By.Server, Closed: true),
        new("chunked not last", $"{Post}Transfer-Encoding: chunked, identity\r\n\r\n{Chunk}0\r\n\r\n", 400, By.Server, Closed: true),
        new("compressed chunks", $"{Post}Transfer-Encoding: gzip, chunked\r\n\r\n{Chunk}0\r\n\r\n", 400, By.Gateway, Closed: true),
        new("chunked twice", $"{Post}Transfer-Encoding: chunked, chunked\r\n\r\n{Chunk}0\r\n\r\n", 400, By.Gateway, Closed: true),
        new("chunked in two headers", $"{Post}Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n{Chunk}0\r\n\r\n", 400, By.Gateway, Closed: true),
        new("chunked with a tab", $"{Post}Transfer-Encoding:\tchunked\r\n\r\n{Chunk}0\r\n\r\n", 200, By.Gateway),
        new("chunks in HTTP/1.0", $"{Post.Replace("1.1", "1.0", StringComparison.Ordinal)}Transfer-Encoding: chunked\r\n\r\n{Chunk}0\r\n\r\n", 400, By.Gateway, Closed: true),

        // Chunks.
        new("chunks as they should be", $"{Post}Transfer-Encoding: chunked\r\n\r\n{Chunk}0\r\n\r\n", 200, By.Gateway),
        new("a chunk extension", $"{Post}Transfer-Encoding: chunked\r\n\r\n{Chat.Length:x};a=b\r\n{Chat}\r\n0\r\n\r\n", 200, By.Gateway),
        new("a line feed in an extension", $"{Post}Transfer-Encoding: chunked\r\n\r\n{Chat.Length:x};\n{Chat}\r\n0\r\n\r\n", 400, By.Gateway, Closed: true),
        new("a carriage return in an extension", $"{Post}Transfer-Encoding: chunked\r\n\r\n{Chat.Length:x};\ra\r\n{Chat}\r\n0\r\n\r\n", 400, By.Gateway, Closed: true),
        new("a chunk's size without a carriage return", $"{Post}Transfer-Encoding: chunked\r\n\r\n{Chat.Length:x}\n{Chat}\r\n0\r\n\r\n", 400, By.Gateway, Closed: true),
        new("a chunk's size that is none", $"{Post}Transfer-Encoding: chunked\r\n\r\nz\r\n{Chat}\r\n0\r\n\r\n", 400, By.Gateway, Closed: true),
        new("a negative chunk", $"{Post}Transfer-Encoding: chunked\r\n\r\n-1\r\n{Chat}\r\n0\r\n\r\n", 400, By.Gateway, Closed: true),
        new("a chunk beyond 32 bits", $"{Post}Transfer-Encoding: chunked\r\n\r\nfffffffff\r\n{Chat}\r\n0\r\n\r\n", 400, By.Gateway, Closed: true),
        new("a chunk longer than it says", $"{Post}Transfer-Encoding: chunked\r\n\r\n2\r\n{Chat}\r\n0\r\n\r\n", 400, By.Gateway, Closed: true),
        new("a key in a trailer", $"{Post.Replace("Bearer", "None", StringComparison.Ordinal)}Transfer-Encoding: chunked\r\n\r\n{Chunk}0\r\nAuthorization: Bearer {Key}\r\n\r\n", 401, By.Gateway),

        // Lines.
        new("lines that end in line feeds", Health.Replace("\r\n", "\n", StringComparison.Ordinal), 400, By.Server, Closed: true),
        new("one line that ends in a line feed", "GET /health HTTP/1.1\r\nX-A: b\nHost: gateway\r\n\r\n", 400, By.Server, Closed: true),
        new("a carriage return in a value", "GET /health HTTP/1.1\r\nHost: gateway\r\nX-A: b\rX-C: d\r\n\r\n", 400, By.Server, Closed: true),
        new("a NUL in a value", "GET /health HTTP/1.1\r\nHost: gateway\r\nX-A: b\0c\r\n\r\n", 400, By.Server, Closed: true),
        new("a NUL in a name", "GET /health HTTP/1.1\r\nHost: gateway\r\nX\0A: b\r\n\r\n", 400, By.Server, Closed: true),
        new("a space before the colon", "GET /health HTTP/1.1\r\nHost: gateway\r\nX-A : b\r\n\r\n", 400, By.Server, Closed: true),
        new("a folded value", "GET /health HTTP/1.1\r\nHost: gateway\r\nX-A: b\r\n c\r\n\r\n", 400, By.Server, Closed: true),
        new("a folded first line", "GET /health HTTP/1.1\r\n Host: gateway\r\n\r\n", 400, By.Server, Closed: true),
        new("a name in brackets", "GET /health HTTP/1.1\r\nHost: gateway\r\n(X): b\r\n\r\n", 200, By.Gateway),
        new("a header without a colon", "GET /health HTTP/1.1\r\nHost: gateway\r\nX-A\r\n\r\n", 400, By.Server, Closed: true),
        new("more headers than allowed", $"GET /health HTTP/1.1\r\nHost: gateway\r\n{string.Concat(Enumerable.Repeat("X-A: b\r\n", 64))}\r\n", 431, By.Server, Closed: true),
        new("larger headers than allowed", $"GET /health HTTP/1.1\r\nHost: gateway\r\nX-A: {new string('a', 40_000)}\r\n\r\n", 431, By.Server, Closed: true),
        new("a longer first line than allowed", $"GET /health?{new string('a', 9_000)} HTTP/1.1\r\nHost: gateway\r\n\r\n", 414, By.Server, Closed: true),

        // First lines.
        new("no version", "GET /health\r\n\r\n", 400, By.Server, Closed: true),
        new("a version to come", "GET /health HTTP/3.0\r\nHost: gateway\r\n\r\n", 505, By.Server, Closed: true),
        new("HTTP/2 from the start", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 0, By.Server, Closed: true),
        new("TLS", "\u0016\u0003\u0001\u0002\0\u0001\0\r\n\r\n", 400, By.Server, Closed: true),
        new("no target", "GET HTTP/1.1\r\nHost: gateway\r\n\r\n", 400, By.Server, Closed: true),
        new("a method in brackets", "(GET) /health HTTP/1.1\r\nHost: gateway\r\n\r\n", 400, By.Server, Closed: true),
        new("a method nobody knows", "BREW /health HTTP/1.1\r\nHost: gateway\r\n\r\n", 405, By.Gateway),
        new("a method in small letters", "get /health HTTP/1.1\r\nHost: gateway\r\n\r\n", 200, By.Gateway),
        new("TRACE", "TRACE /health HTTP/1.1\r\nHost: gateway\r\nX-A: b\r\n\r\n", 405, By.Gateway),
        new("CONNECT", "CONNECT 169.254.169.254:80 HTTP/1.1\r\nHost: 169.254.169.254:80\r\n\r\n", 404, By.Gateway),
        new("CONNECT to a path", "CONNECT /health HTTP/1.1\r\nHost: gateway\r\n\r\n", 405, By.Gateway),
        new("OPTIONS of everything", "OPTIONS * HTTP/1.1\r\nHost: gateway\r\n\r\n", 404, By.Gateway),
        new("OPTIONS from another origin", "OPTIONS /v1/chat/completions HTTP/1.1\r\n" + Authorized + "Origin: https://evil.example\r\nAccess-Control-Request-Method: POST\r\n\r\n", 405, By.Gateway),
        new("another method in a header", $"{Get}X-HTTP-Method-Override: DELETE\r\nX-Method-Override: DELETE\r\n\r\n", 200, By.Gateway),

        // Hosts and paths.
        new("no host", "GET /health HTTP/1.1\r\n\r\n", 400, By.Server, Closed: true),
        new("two hosts", "GET /health HTTP/1.1\r\nHost: gateway\r\nHost: other\r\n\r\n", 400, By.Server, Closed: true),
        new("a host with a path", "GET /health HTTP/1.1\r\nHost: gateway/admin?\r\n\r\n", 400, By.Server, Closed: true),
        new("a host with a user", "GET /health HTTP/1.1\r\nHost: user@gateway\r\n\r\n", 400, By.Server, Closed: true),
        new("a whole URL of another host", "GET http://other/health HTTP/1.1\r\nHost: gateway\r\n\r\n", 400, By.Server, Closed: true),
        new("a whole URL of the same host", "GET http://gateway/health HTTP/1.1\r\nHost: gateway\r\n\r\n", 200, By.Gateway),
        new("a way around to the admin API", "GET /v1/%2e%2e/admin/projects HTTP/1.1\r\n" + Authorized + "\r\n", 404, By.Gateway),
        new("another way around", "GET /v1/../admin/projects HTTP/1.1\r\n" + Authorized + "\r\n", 404, By.Gateway),
        new("a way with encoded slashes", "GET /v1/%2e%2e/admin/..%2fprojects HTTP/1.1\r\n" + Authorized + "\r\n", 404, By.Gateway),
        new("slashes twice", "GET //admin//projects HTTP/1.1\r\n" + Authorized + "\r\n", 404, By.Gateway),
        new("capital letters", "GET /ADMIN/projects HTTP/1.1\r\n" + Authorized + "\r\n", 404, By.Gateway),
        new("a NUL in the path", "GET /health%00 HTTP/1.1\r\n" + Authorized + "\r\n", 400, By.Server, Closed: true),
        new("bytes that are no text in the path", "GET /%ff%fe HTTP/1.1\r\n" + Authorized + "\r\n", 404, By.Gateway),
        new("a fragment", "GET /health#x HTTP/1.1\r\nHost: gateway\r\n\r\n", 404, By.Gateway),

        // What belongs to one connection.
        new("an expectation", $"{Post}Expect: 100-continue\r\n{Length}\r\n{Chat}", 200, By.Gateway),
        new("a strange expectation", $"{Post}Expect: y 100-continue\r\n{Length}\r\n{Chat}", 200, By.Gateway),
        new("a way to HTTP/2", $"{Get}Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAARAAAAAAAIAAAAA\r\n\r\n", 200, By.Gateway),
        new("a way to a web socket", $"{Get}Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n", 200, By.Gateway),
        new("the key as a header of the connection", $"{Get}Connection: Authorization, X-Request-Id\r\n\r\n", 200, By.Gateway),
        new("a request within a GET's body", $"GET /health HTTP/1.1\r\nHost: gateway\r\nContent-Length: {Health.Length}\r\n\r\n{Health}", 200, By.Gateway),
    ];

    private enum By
    {
        Gateway,
        Server,
    }

    [Fact]
    public async Task Each_gets_its_answer_and_the_gateway_goes_on()
    {
        await IssueKeyAsync();
        var wrong = new List<string>();
        foreach (var one in Cases)
        {
            var expected = new Outcome(one.Status, one.Refuses == By.Gateway, one.Closed);
            var outcome = await OutcomeAsync(one);
            if (outcome != expected)
                wrong.Add($"{one.Name}: {outcome} and not {expected}");
        }

        wrong.Should().BeEmpty();
        using var chat = await ChatAsync("echo");
        ((int)chat.StatusCode).Should().Be(200);
        Upstream.Requests.Should().BeEmpty();
    }

    [Fact]
    public async Task A_hundred_requests_sent_at_once_get_their_answers_in_order()
    {
        await IssueKeyAsync();
        using var connection = await RawConnection.OpenAsync(Gateway.Url, Stop);

        var requests = Enumerable.Range(0, 100).Select(number => $"{Get}X-Client-Request-Id: number-{number}\r\n\r\n");
        await connection.SendRawAsync(string.Concat(requests), Stop);

        for (var number = 0; number < 100; number++)
        {
            var answer = await connection.ReadAsync(Stop);
            (answer.StatusLine, answer.Headers["X-Client-Request-ID"]).Should().Be(("HTTP/1.1 200 OK", $"number-{number}"));
        }
    }

    // Whether the connection is still good is known by asking for something else on it.
    private async Task<Outcome> OutcomeAsync(Case one)
    {
        using var connection = await RawConnection.OpenAsync(Gateway.Url, Stop);
        await connection.SendRawAsync(one.Bytes, Stop);
        if (await AnswerAsync(connection) is not { } answer)
            return new Outcome(0, IsOurs: false, Closed: true);

        var status = int.Parse(answer.StatusLine.Split(' ')[1], System.Globalization.CultureInfo.InvariantCulture);
        var isOurs = answer.Headers.ContainsKey("X-Request-ID");
        if (isOurs && status >= 400)
            MessageOf(JsonDocument.Parse(answer.Body).RootElement).Should().NotBeEmpty(one.Name);

        answer.Headers.Keys.Should().NotContain(["Server", "Access-Control-Allow-Origin", "Upgrade"]);
        if (answer.Headers.GetValueOrDefault("Connection") == "close")
            return new Outcome(status, isOurs, await connection.EndsAsync(Stop));

        return new Outcome(status, isOurs, Closed: !await GoesOnAsync(connection));
    }

    // Under /admin errors are problem details.
    private static string? MessageOf(JsonElement answer) =>
        (answer.TryGetProperty("error", out var error) ? error.GetProperty("message") : answer.GetProperty("detail")).GetString();

    private async Task<bool> GoesOnAsync(RawConnection connection)
    {
        try
        {
            await connection.SendRawAsync(Health, Stop);
            return (await connection.ReadAsync(Stop)).Body == "OK";
        }
        catch (IOException)
        {
            return false;
        }
    }

    /// <returns>Null: the connection ended without one.</returns>
    private async Task<RawResponse?> AnswerAsync(RawConnection connection)
    {
        try
        {
            return await connection.ReadAsync(Stop);
        }
        catch (IOException)
        {
            return null;
        }
    }

    private sealed record Case(string Name, string Bytes, int Status, By Refuses, bool Closed = false);

    private sealed record Outcome(int Status, bool IsOurs, bool Closed);
}
