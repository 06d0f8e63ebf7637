using System.Text.Json;
using CleanGateway.IntegrationTests.Clients;
using CleanGateway.IntegrationTests.Fixtures;

namespace CleanGateway.IntegrationTests;

/// <summary>
/// Not the Python library itself, which cannot be installed where these tests are developed: its requests, written down
/// from its source as <c>openai-python-*.http</c>, sent byte by byte over a socket, and the answers read as it reads them.
/// </summary>
public class ClientTestsPythonRecorded(GatewayFixture gateway) : GatewayTest(gateway)
{
    [Fact]
    public async Task Recorded_raw_request_of_a_chat_is_answered()
    {
        await ServeToAKeyAsync();
        using var connection = await RawConnection.OpenAsync(Gateway.Url, Stop);

        await connection.SendAsync(Recorded("openai-python-1.x-chat.http"), Stop);
        var response = await connection.ReadAsync(Stop);

        response.StatusLine.Should().Be("HTTP/1.1 200 OK");
        response.Headers["Content-Type"].Should().StartWith("application/json");
        response.Headers.Should().NotContainKey("Content-Encoding");
        JsonDocument.Parse(response.Body).RootElement.GetProperty("choices")[0].GetProperty("message").GetProperty("content").GetString()
            .Should().Be("Hello there");
        var logged = await LoggedAsync();
        logged.RequestId.Should().Be(response.Headers["X-Request-ID"]);
        logged.Headers.Should().Contain("\"x-stainless-lang\":\"python\"").And.Contain("OpenAI/Python 1.59.4");
        Upstream.Request.Body.Should().Be("""{"messages": [{"role": "user", "content": "Hello!"}], "model": "gpt-4"}""");
    }

    [Fact]
    public async Task Recorded_raw_request_of_a_stream_is_answered()
    {
        await ServeToAKeyAsync();
        using var connection = await RawConnection.OpenAsync(Gateway.Url, Stop);

        await connection.SendAsync(Recorded("openai-python-2.x-stream.http"), Stop);
        var response = await connection.ReadAsync(Stop);

        response.StatusLine.Should().Be("HTTP/1.1 200 OK");
        response.Headers["Content-Type"].Should().StartWith("text/event-stream");
        response.Headers.Should().NotContainKey("Content-Encoding", "compressed events would come late");
        var events = response.Body.Split("\n\n", StringSplitOptions.RemoveEmptyEntries);
        events.Should().OnlyContain(text => text.StartsWith("data: "));
        events[^1].Should().Be("data: [DONE]");
        var chunks = events[..^1].Select(text => JsonDocument.Parse(text["data: ".Length..]).RootElement).ToList();
        string.Concat(chunks.Where(chunk => chunk.GetProperty("choices").GetArrayLength() > 0)
            .Select(chunk => chunk.GetProperty("choices")[0].GetProperty("delta"))
            .Select(delta => delta.TryGetProperty("content", out var content) ? content.GetString() : ""))
            .Should().Be("Hello there");
        chunks[^1].GetProperty("usage").GetProperty("total_tokens").GetInt32().Should().Be(12);
    }

    [Fact]
    public async Task Recorded_raw_requests_share_one_connection()
    {
        await ServeToAKeyAsync();
        using var connection = await RawConnection.OpenAsync(Gateway.Url, Stop);
        var ids = new HashSet<string>();

        foreach (var name in new[] { "openai-python-1.x-chat.http", "openai-python-2.x-stream.http", "openai-python-1.x-chat.http" })
        {
            await connection.SendAsync(Recorded(name), Stop);
            ids.Add((await connection.ReadAsync(Stop)).Headers["X-Request-ID"]);
        }

        ids.Should().HaveCount(3);
        (await ScalarAsync<long>("SELECT count(*) FROM responses WHERE outcome = 'ok'")).Should().Be(3);
    }

    [Fact]
    public async Task Recorded_raw_request_with_a_wrong_key_is_refused_and_the_connection_goes_on()
    {
        await ServeToAKeyAsync();
        using var connection = await RawConnection.OpenAsync(Gateway.Url, Stop);

        await connection.SendAsync(Recorded("openai-python-1.x-chat.http").Replace(Key, "invalid-key", StringComparison.Ordinal), Stop);
        var refused = await connection.ReadAsync(Stop);
        await connection.SendAsync(Recorded("openai-python-1.x-chat.http"), Stop);
        var answered = await connection.ReadAsync(Stop);

        refused.StatusLine.Should().Be("HTTP/1.1 401 Unauthorized");
        refused.Body.Should().Be("""{"error":{"message":"invalid API key","type":"invalid_request_error","code":401}}""");
        answered.StatusLine.Should().Be("HTTP/1.1 200 OK");
    }

    private string Recorded(string name) =>
        File.ReadAllText(Path.Combine(Repository.Clients, name)).Replace("localhost:8080", Gateway.Url.Authority, StringComparison.Ordinal);
}
