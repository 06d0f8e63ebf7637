using System.Text.Json;
using CleanGateway.IntegrationTests.Clients;
using CleanGateway.IntegrationTests.Fixtures;

namespace CleanGateway.IntegrationTests;

public class ClientTestsNodeErrors(GatewayFixture gateway) : NodeClientTest(gateway)
{
    private const string RateLimited = """{"error":{"message":"Rate limit reached.","type":"requests","param":null,"code":"rate_limit_exceeded"}}""";

    [Theory]
    [InlineData("chat")]
    [InlineData("stream")]
    public async Task A_model_nobody_serves_is_a_bad_request(string script)
    {
        await IssueKeyAsync();

        var error = await ErrorAsync(script, new NodeOptions(Chat: new { model = "gpt-99" }));

        ShouldBe(error, "BadRequestError", 400, "invalid_request_error");
        error.GetProperty("code").GetInt32().Should().Be(400);
        error.GetProperty("message").GetString().Should().Be("400 unknown model: gpt-99");
        error.GetProperty("requestId").GetString().Should().Be((await LoggedAsync()).RequestId);
    }

    [Fact]
    public async Task A_request_that_is_wrong_in_itself_names_the_parameter()
    {
        await ServeToAKeyAsync();

        var error = await ErrorAsync("chat", new NodeOptions(Chat: new { messages = "Hello" }));

        ShouldBe(error, "BadRequestError", 400, "invalid_request_error");
        error.GetProperty("param").GetString().Should().Be("messages");
    }

    [Fact]
    public async Task A_wrong_key_is_an_authentication_error()
    {
        var error = await ErrorAsync("chat", key: "invalid-key");

        ShouldBe(error, "AuthenticationError", 401, "invalid_request_error");
        error.GetProperty("message").GetString().Should().Be("401 invalid API key");
        error.GetProperty("requestId").GetString().Should().StartWith("req_");
    }

    [Fact]
    public async Task A_model_the_key_may_not_call_is_a_permission_error()
    {
        await ServeAsync();
        await IssueKeyAsync(models: ["echo"]);

        var error = await ErrorAsync("chat");

        ShouldBe(error, "PermissionDeniedError", 403, "permission_error");
        error.GetProperty("code").GetString().Should().Be("model_not_allowed");
        Upstream.Requests.Should().BeEmpty();
    }

    [Fact]
    public async Task A_model_that_is_not_there_is_not_found()
    {
        await IssueKeyAsync();

        var error = await ErrorAsync("models", new NodeOptions(Model: "gpt-99"));

        ShouldBe(error, "NotFoundError", 404, "invalid_request_error");
        error.GetProperty("code").GetString().Should().Be("model_not_found");
    }

    [Fact]
    public async Task A_body_over_the_limit_is_too_large()
    {
        await ServeToAKeyAsync();

        var error = await ErrorAsync("chat", new NodeOptions(Padding: 11 * 1024 * 1024));

        ShouldBe(error, "APIError", 413, "invalid_request_error");
        error.GetProperty("code").GetString().Should().Be("request_too_large");
        Upstream.Requests.Should().BeEmpty();
    }

    [Theory]
    [InlineData("chat", 404, "NotFoundError", 404, "invalid_request_error", "model_not_found")]
    [InlineData("chat", 413, "APIError", 413, "invalid_request_error", "request_too_large")]
    [InlineData("chat", 401, "InternalServerError", 502, "upstream_error", "upstream_authentication_error")]
    [InlineData("stream", 500, "InternalServerError", 502, "server_error", "upstream_error")]
    [InlineData("chat", 503, "InternalServerError", 503, "server_error", "upstream_overloaded")]
    [InlineData("stream", 504, "InternalServerError", 504, "server_error", "upstream_timeout")]
    public async Task What_the_upstream_refuses_has_the_class_of_its_status(
        string script, int upstreamStatus, string errorClass, int status, string type, string code)
    {
        await ServeToAKeyAsync();
        Upstream.Answer = call => call.RespondAsync(
            upstreamStatus, """{"error":{"message":"No: sk-upstream-secret","type":"x","param":null,"code":null}}""");

        var error = await ErrorAsync(script);

        ShouldBe(error, errorClass, status, type);
        error.GetProperty("code").GetString().Should().Be(code);
        error.GetProperty("message").GetString().Should().NotContain("sk-upstream-secret");
        (await LoggedAsync()).Should().Match<LoggedExchange>(logged => logged.Outcome == "upstream_error" && logged.Status == status);
    }

    [Fact]
    public async Task An_upstream_that_hangs_up_is_a_bad_gateway()
    {
        await ServeToAKeyAsync();
        Upstream.Answer = call =>
        {
            call.Reset();
            return Task.CompletedTask;
        };

        ShouldBe(await ErrorAsync("chat"), "InternalServerError", 502, "server_error");
    }

    [Fact]
    public async Task A_rate_limit_says_when_to_come_back()
    {
        await ServeToAKeyAsync();
        Upstream.Answer = call => call.RespondAsync(429, RateLimited, headers: "Retry-After: 7");

        var error = await ErrorAsync("chat");

        ShouldBe(error, "RateLimitError", 429, "rate_limit_error");
        error.GetProperty("retryAfter").GetString().Should().Be("7");
    }

    [Theory]
    [InlineData("Retry-After: 0")]
    [InlineData("Retry-After: 1")]
    public async Task A_rate_limit_that_soon_ends_is_waited_for(string retryAfter)
    {
        await ServeToAKeyAsync();
        Upstream.Answer = Scripts.RefuseOnce(429, RateLimited, retryAfter);

        var seen = await NodeAsync("chat", new NodeOptions(MaxRetries: null));

        seen.GetProperty("attempts").GetInt32().Should().Be(2);
        seen.GetProperty("completion").GetProperty("choices")[0].GetProperty("message").GetProperty("content").GetString().Should().Be("Hello there");
        (await RowsAsync("SELECT status_code FROM requests ORDER BY created_at")).Select(row => row[0]).Should().Equal(429, 200);
    }

    [Fact]
    public async Task An_upstream_that_fails_once_is_tried_again()
    {
        await ServeToAKeyAsync();
        Upstream.Answer = Scripts.RefuseOnce(500, "");

        var seen = await NodeAsync("stream", new NodeOptions(MaxRetries: null));

        seen.GetProperty("attempts").GetInt32().Should().Be(2);
        seen.GetProperty("text").GetString().Should().Be("Hello there");
    }

    [Fact]
    public async Task A_bad_request_is_not_tried_again()
    {
        await ServeToAKeyAsync();
        Upstream.Answer = call => call.RespondAsync(400, """{"error":{"message":"No.","type":"invalid_request_error","param":null,"code":null}}""");

        var seen = await NodeAsync("chat", new NodeOptions(MaxRetries: null));

        ShouldBe(seen.GetProperty("error"), "BadRequestError", 400, "invalid_request_error");
        seen.GetProperty("error").GetProperty("shouldRetry").GetString().Should().Be("false");
        seen.GetProperty("attempts").GetInt32().Should().Be(1);
        Upstream.Requests.Should().HaveCount(1);
    }

    [Fact]
    public async Task A_wrong_key_is_not_tried_again()
    {
        var seen = await NodeAsync("chat", new NodeOptions(MaxRetries: null), key: "invalid-key");

        seen.GetProperty("error").GetProperty("shouldRetry").GetString().Should().Be("false");
        seen.GetProperty("attempts").GetInt32().Should().Be(1);
    }

    [Fact]
    public async Task An_exhausted_quota_is_not_tried_again()
    {
        await ServeToAKeyAsync();
        Upstream.Answer = call => call.RespondAsync(
            429, """{"error":{"message":"You exceeded your current quota","type":"insufficient_quota","param":null,"code":"insufficient_quota"}}""");

        var seen = await NodeAsync("chat", new NodeOptions(MaxRetries: null));

        ShouldBe(seen.GetProperty("error"), "RateLimitError", 429, "insufficient_quota");
        seen.GetProperty("attempts").GetInt32().Should().Be(1);
    }

    private async Task<JsonElement> ErrorAsync(string script, NodeOptions? options = null, string key = Key) =>
        (await NodeAsync(script, options, key)).GetProperty("error");

    private static void ShouldBe(JsonElement error, string errorClass, int status, string type) =>
        (error.GetProperty("class").GetString(), error.GetProperty("status").GetInt32(), error.GetProperty("type").GetString())
            .Should().Be((errorClass, status, type));
}
