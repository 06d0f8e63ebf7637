using System.Net;
using System.Text;
using CleanGateway.IntegrationTests.Clients;
using CleanGateway.IntegrationTests.Fixtures;

namespace CleanGateway.IntegrationTests;

/// <summary>What goes wrong behind Anthropic's API is told in Anthropic's words.</summary>
public class MessagesTestsErrors(GatewayFixture gateway) : MessagesTest(gateway)
{
    [Theory]
    [InlineData("/v1/messages")]
    [InlineData("/v1/messages/count_tokens")]
    [InlineData("/v1/messages/batches")]
    public async Task Without_a_key_that_is_one_nothing_is_answered(string path)
    {
        await IssueKeyAsync();

        using (var missing = await SayAsync(key: null, path: path))
            (await WrongAsync(missing)).Should().Be((401, "authentication_error", "missing or invalid Authorization header"));
        using (var wrong = await SayAsync(key: "wrong", path: path, headers: ("Authorization", $"Bearer {Key}")))
            (await WrongAsync(wrong)).Should().Be((401, "authentication_error", "invalid API key"));
        (await ScalarAsync<long>("SELECT count(*) FROM requests")).Should().Be(0);
    }

    [Fact]
    public async Task Either_way_of_saying_the_key_is_good()
    {
        await ServeToAKeyAsync();

        using (var bearer = await SayAsync(key: null, headers: ("Authorization", $"Bearer {Key}")))
            bearer.StatusCode.Should().Be(HttpStatusCode.OK);
        using var both = await SayAsync(headers: ("Authorization", "Bearer wrong"));
        both.StatusCode.Should().Be(HttpStatusCode.OK, "x-api-key is the one that counts");
    }

    [Fact]
    public async Task Elsewhere_its_header_opens_nothing()
    {
        await ServeToAKeyAsync();

        using var response = await SayAsync(Hello, path: "/v1/chat/completions");

        response.StatusCode.Should().Be(HttpStatusCode.Unauthorized);
    }

    [Theory]
    [InlineData("{", 400, "invalid_request_error", "invalid_json")]
    [InlineData("""{"model":"gpt-4","messages":[{}]}""", 400, "invalid_request_error", "missing_required_parameter")]
    [InlineData("""{"model":"gpt-99","max_tokens":1,"messages":[{}]}""", 400, "invalid_request_error", "unknown_model")]
    [InlineData("""{"model":"forbidden","max_tokens":1,"messages":[{}]}""", 403, "permission_error", "model_not_allowed")]
    [InlineData("""{"model":"gpt-4","max_tokens":1,"messages":[{"role":"user","content":"Hi"}],"mcp_servers":[{}]}""", 400, "invalid_request_error", "unsupported_parameter")]
    [InlineData("""{"model":"gpt-4","max_tokens":0,"messages":[{"role":"user","content":"Hi"}]}""", 400, "invalid_request_error", "unsupported_value")]
    public async Task A_wrong_request_is_told_in_Anthropics_shape(string body, int status, string type, string code)
    {
        await IssueKeyAsync(models: ["gpt-4", "gpt-99"]);
        await ServeAsync();

        using var response = await SayAsync(body);

        var wrong = await WrongAsync(response);
        (wrong.Status, wrong.Type).Should().Be((status, type));
        var logged = await LoggedAsync();
        (logged.Status, logged.ErrorCode, logged.LedgerLines == 0 || code.StartsWith("unsupported", StringComparison.Ordinal)).Should().Be((status, code, true));
        logged.ResponseBody.Should().Be(await TextAsync(response));
    }

    [Fact]
    public async Task A_body_that_is_none_is_told_in_Anthropics_shape()
    {
        await IssueKeyAsync();
        using var request = new HttpRequestMessage(HttpMethod.Post, "/v1/messages") { Content = new StringContent("x", Encoding.UTF8, "text/plain") };

        using var response = await Client().SendAsync(request, Stop);

        (await WrongAsync(response)).Type.Should().Be("invalid_request_error");
        response.StatusCode.Should().Be(HttpStatusCode.UnsupportedMediaType);
    }

    [Theory]
    [InlineData("GET", "/v1/messages", 405, "invalid_request_error")]
    [InlineData("POST", "/v1/messages/batches", 404, "not_found_error")]
    public async Task What_is_not_there_is_told_in_Anthropics_shape(string method, string path, int status, string type)
    {
        await IssueKeyAsync();
        using var request = new HttpRequestMessage(new HttpMethod(method), path);

        using var response = await Client().SendAsync(request, Stop);

        var wrong = await WrongAsync(response);
        (wrong.Status, wrong.Type).Should().Be((status, type));
    }

    [Theory]
    [InlineData(400, """{"error":{"message":"Bad field","code":"bad_field","type":"invalid_request_error"}}""", 400, "invalid_request_error")]
    [InlineData(401, "{}", 502, "api_error")]
    [InlineData(404, "{}", 404, "not_found_error")]
    [InlineData(429, """{"error":{"message":"Slow down"}}""", 429, "rate_limit_error")]
    [InlineData(500, "{}", 502, "api_error")]
    [InlineData(503, "{}", 503, "overloaded_error")]
    [InlineData(529, "{}", 503, "overloaded_error")]
    public async Task What_the_provider_says_is_told_in_Anthropics_shape(int upstream, string body, int status, string type)
    {
        await ServeToAKeyAsync();
        Upstream.Answer = call => call.RespondAsync(upstream, body);

        foreach (var asked in new[] { HelloMessage, HelloMessageStream })
        {
            using var response = await SayAsync(asked);

            var wrong = await WrongAsync(response);
            (wrong.Status, wrong.Type).Should().Be((status, type));
            response.Headers.Contains("Retry-After").Should().Be(status == 429);
        }
    }

    [Fact]
    public async Task A_stream_that_breaks_off_says_so_and_is_cut_off()
    {
        await ServeToAKeyAsync();
        Upstream.Answer = async call =>
        {
            await call.BeginStreamAsync();
            await call.SayRoleAsync();
            await call.SayWordAsync("Hel");
            await call.EndAsync();
        };

        using var response = await SayAsync(HelloMessageStream);

        var (text, broke) = await ReadToEndAsync(response);
        broke.Should().BeTrue("a clean end would look like success");
        EventsIn(text).Select(one => one.GetProperty("type").GetString()).Should().Equal("message_start", "content_block_start", "content_block_delta", "error");
        text.Should().EndWith(
            "event: error\ndata: {\"type\":\"error\",\"error\":{\"type\":\"api_error\",\"message\":\"The provider's stream broke off before its end.\"}}\n\n");
        var logged = await LoggedAsync();
        (logged.Outcome, logged.ErrorCode, logged.PromptTokens, logged.LedgerLines).Should().Be(("upstream_error", "upstream_truncated", 3L, 1L));
        logged.ResponseBody.Should().Contain("\"text\":\"Hel\"");
    }

    [Fact]
    public async Task Whoever_leaves_in_the_middle_is_in_the_books_with_what_was_said()
    {
        var hungUp = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await ServeToAKeyAsync();
        Upstream.Answer = async call =>
        {
            await call.BeginStreamAsync();
            await call.SayRoleAsync();
            await call.SayWordAsync("Hel");
            await call.HungUpAsync();
            hungUp.SetResult();
        };

        using (var connection = await RawConnection.OpenAsync(Gateway.Url, Stop))
        {
            await connection.SendRawAsync(
                $"POST /v1/messages HTTP/1.1\r\nHost: localhost\r\nx-api-key: {Key}\r\nContent-Length: {HelloMessageStream.Length}\r\n\r\n{HelloMessageStream}", Stop);
            await connection.ReadUntilAsync("Hel", Stop);
        }

        await hungUp.Task.WaitAsync(TimeSpan.FromSeconds(10), Stop);
        (await LoggedAsync()).Should().Match<LoggedExchange>(logged =>
            logged.Outcome == "client_closed" && logged.Status == 200 && logged.PromptTokens == 3 && logged.CompletionTokens == 1 && logged.LedgerLines == 1);
    }
}
