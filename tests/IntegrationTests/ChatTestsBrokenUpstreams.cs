using CleanGateway.IntegrationTests.Fixtures;

namespace CleanGateway.IntegrationTests;

/// <summary>Upstreams that do not even get as far as refusing.</summary>
public class ChatTestsBrokenUpstreams(GatewayFixture gateway) : ChatTestOfFailures(gateway)
{
    private const string Begun = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n";

    /// <summary>What it sends, exactly, before it closes or resets the connection.</summary>
    public static TheoryData<string, Failure> Beginnings => new()
    {
        { "", Failure.Disconnected },
        { "HTTP/1.1 200 OK\r\nContent-Ty", Failure.Disconnected },
        { $"{Begun}Content-Length: 100\r\n\r\n", Failure.Disconnected },
        { Begun + "Content-Length: 100\r\n\r\n{\"choices\":[", Failure.Disconnected },
        { Begun + "Transfer-Encoding: chunked\r\n\r\nc\r\n{\"choices\":[\r\n", Failure.Disconnected },
        { Begun + "Transfer-Encoding: chunked\r\n\r\nff\r\n{\"choices\":[", Failure.Disconnected },
    };

    [Theory]
    [MemberData(nameof(Beginnings))]
    public async Task One_that_goes_away_is_a_bad_gateway(string sent, Failure failure)
    {
        foreach (var leave in new Action<UpstreamCall>[] { call => call.Close(), call => call.Reset() })
        {
            await ForgetAsync();
            Upstream.Answer = async call =>
            {
                if (sent.Length > 0)
                    await call.SendAsync(sent);

                leave(call);
            };

            using var response = await ChatAsync();

            await ShouldFailAsync(response, failure);
            Upstream.Requests.Should().HaveCount(1, "it may have been worked on, and be billed");
        }
    }

    [Theory]
    [InlineData("SSH-2.0-OpenSSH_9.6\r\n\r\n")]
    [InlineData("HTTP/1.1 two hundred\r\n\r\n")]
    [InlineData("HTTP/1.1 200 OK\r\nno colon\r\n\r\n")]
    [InlineData(Begun + "Transfer-Encoding: chunked\r\n\r\nxyz\r\n")]
    [InlineData(Begun + "Transfer-Encoding: chunked\r\n\r\n2\r\n{}}\r\n0\r\n\r\n")]
    [InlineData("HTTP/1.1 204 No Content\r\n\r\n")]
    [InlineData(Begun + "Content-Length: 0\r\n\r\n")]
    public async Task One_that_does_not_speak_http_is_not_understood(string sent)
    {
        await ServeToAKeyAsync();
        Upstream.Answer = call => call.SendAsync(sent);

        using var response = await ChatAsync();

        await ShouldFailAsync(response, Failure.BadResponse);
    }

    [Fact]
    public async Task Headers_without_end_are_not_read_to_it()
    {
        await ServeToAKeyAsync();
        var headers = string.Concat(Enumerable.Range(0, 100).Select(n => $"X-{n}: {new string('x', 1024)}\r\n"));
        Upstream.Answer = call => call.SendAsync($"HTTP/1.1 200 OK\r\n{headers}\r\n");

        using var response = await ChatAsync();

        await ShouldFailAsync(response, Failure.BadResponse);
    }

    [Theory]
    [InlineData("<html>Welcome to the proxy</html>")]
    [InlineData("Hello")]
    [InlineData("""{"choices":[{"index":0,"message":{"content":"Hel""")]
    [InlineData("""{"choices":[]} trailing""")]
    [InlineData("null")]
    [InlineData("[]")]
    [InlineData("{}")]
    [InlineData("""{"choices":null}""")]
    [InlineData("""{"choices":{}}""")]
    [InlineData("""{"id":"x","object":"chat.completion"}""")]
    [InlineData("data: {\"choices\":[]}\n\n")]
    public async Task A_success_that_is_no_completion_is_not_passed_on(string body)
    {
        await ServeToAKeyAsync();
        Upstream.Answer = call => call.RespondAsync(200, body);

        using var response = await ChatAsync();

        await ShouldFailAsync(response, Failure.BadResponse);
    }

    public static TheoryData<string, Failure> ErrorsInside => new()
    {
        { """{"error":{"message":"Boom at 10.0.0.1","code":"boom"}}""", new(502, "The provider failed.", "server_error", null, "upstream_error") },
        { """{"error":"Boom"}""", new(502, "The provider failed.", "server_error", null, "upstream_error") },
        {
            """{"error":{"message":"Slow down.","code":429},"choices":[]}""",
            new(429, "Slow down.", "rate_limit_error", null, "rate_limit_exceeded", Billed: false)
        },
        { """{"error":{"message":"Bad.","code":400}}""", new(400, "Bad.", "invalid_request_error", null, "400", Billed: false) },
        {
            """{"error":{"message":"No key sk-upstream-secret","code":401}}""",
            new(502, "The provider does not accept the gateway's credentials.", "upstream_error", null, "upstream_authentication_error", Billed: false)
        },
    };

    [Theory]
    [MemberData(nameof(ErrorsInside))]
    public async Task An_error_in_a_success_is_an_error(string body, Failure failure)
    {
        await ServeToAKeyAsync();
        Upstream.Answer = call => call.RespondAsync(200, body);

        using var response = await ChatAsync();

        await ShouldFailAsync(response, failure);
    }

    [Theory]
    [InlineData("")]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Ty")]
    [InlineData(Begun + "Content-Length: 100\r\n\r\n")]
    [InlineData(Begun + "Content-Length: 100\r\n\r\n{\"choices\":[]}")]
    [InlineData("HTTP/1.1 100 Continue\r\n\r\n")]
    public async Task One_that_falls_silent_is_hung_up_on(string sent)
    {
        var hungUp = new TaskCompletionSource();
        await ServeToAKeyAsync();
        Upstream.Answer = async call =>
        {
            await call.SendAsync(sent);
            await call.HungUpAsync();
            hungUp.SetResult();
        };

        using var response = await ChatAsync();

        await ShouldFailAsync(response, Failure.TimedOut);
        await hungUp.Task.WaitAsync(TimeSpan.FromSeconds(10), Stop);
    }

    [Fact]
    public async Task An_error_whose_body_does_not_come_is_still_that_error()
    {
        await ServeToAKeyAsync();
        Upstream.Answer = async call =>
        {
            await call.SendAsync("HTTP/1.1 401 Unauthorized\r\nContent-Length: 100\r\n\r\n{");
            call.Reset();
        };

        using var response = await ChatAsync();

        await ShouldFailAsync(response, new(
            502, "The provider does not accept the gateway's credentials.", "upstream_error", null, "upstream_authentication_error", Billed: false));
    }

    [Fact]
    public async Task What_was_not_asked_to_be_compressed_is_not_unpacked()
    {
        await ServeToAKeyAsync();
        Upstream.Answer = call => call.RespondAsync(200, """{"choices":[]}""", headers: "Content-Encoding: gzip");

        using var response = await ChatAsync();

        await ShouldFailAsync(response, Failure.BadResponse);
    }

    [Fact]
    public async Task An_answer_beyond_any_honest_size_is_not_read()
    {
        var hungUp = new TaskCompletionSource();
        await ServeToAKeyAsync();
        Upstream.Answer = async call =>
        {
            await call.SendAsync($"{Begun}Content-Length: {64 * 1024 * 1024 + 1}\r\n\r\n" + "{");
            await call.HungUpAsync();
            hungUp.SetResult();
        };

        using var response = await ChatAsync();

        await ShouldFailAsync(response, Failure.BadResponse);
        await hungUp.Task.WaitAsync(TimeSpan.FromSeconds(10), Stop);
    }
}
