using System.ClientModel;
using CleanGateway.IntegrationTests.Clients;
using CleanGateway.IntegrationTests.Fixtures;

namespace CleanGateway.IntegrationTests;

public class ClientTestsDotNetErrors(GatewayFixture gateway) : DotNetClientTest(gateway)
{
    private const string RateLimited = """{"error":{"message":"Rate limit reached.","type":"requests","param":null,"code":"rate_limit_exceeded"}}""";

    [Fact]
    public async Task A_model_nobody_serves_is_a_400()
    {
        await IssueKeyAsync();

        var error = await ErrorAsync(() => Chat("gpt-99").CompleteChatAsync(Hello, cancellationToken: Stop));

        error.Status.Should().Be(400);
        error.Message.Should().Contain("unknown model: gpt-99");
        error.GetRawResponse()!.Headers.TryGetValue("X-Request-ID", out var id).Should().BeTrue();
        id.Should().Be((await LoggedAsync()).RequestId);
    }

    [Fact]
    public async Task A_wrong_key_is_a_401()
    {
        var error = await ErrorAsync(() => Chat(key: "invalid-key").CompleteChatAsync(Hello, cancellationToken: Stop));

        error.Status.Should().Be(401);
        error.Message.Should().Contain("invalid API key");
    }

    [Fact]
    public async Task A_model_the_key_may_not_call_is_a_403()
    {
        await ServeAsync();
        await IssueKeyAsync(models: ["echo"]);

        var error = await ErrorAsync(() => Chat().CompleteChatAsync(Hello, cancellationToken: Stop));

        error.Status.Should().Be(403);
        error.Message.Should().Contain("model_not_allowed");
    }

    [Fact]
    public async Task A_model_that_is_not_there_is_a_404()
    {
        await IssueKeyAsync();

        var error = await ErrorAsync(async () => (await OpenAi().GetOpenAIModelClient().GetModelAsync("gpt-99", Stop)));

        error.Status.Should().Be(404);
        error.Message.Should().Contain("model_not_found");
    }

    [Fact]
    public async Task A_body_over_the_limit_is_a_413()
    {
        await ServeToAKeyAsync();

        var error = await ErrorAsync(() => Chat().CompleteChatAsync(
            [new OpenAI.Chat.UserChatMessage(new string('x', 11 * 1024 * 1024))], cancellationToken: Stop));

        error.Status.Should().Be(413);
        error.Message.Should().Contain("request_too_large");
    }

    [Theory]
    [InlineData(404, 404, "model_not_found")]
    [InlineData(413, 413, "request_too_large")]
    [InlineData(401, 502, "upstream_authentication_error")]
    [InlineData(500, 502, "upstream_error")]
    [InlineData(503, 503, "upstream_overloaded")]
    [InlineData(504, 504, "upstream_timeout")]
    public async Task What_the_upstream_refuses_fails_streams_before_they_begin(int upstreamStatus, int status, string code)
    {
        await ServeToAKeyAsync();
        Upstream.Answer = call => call.RespondAsync(upstreamStatus, """{"error":{"message":"No.","type":"x","param":null,"code":null}}""");

        var error = await ErrorAsync(async () => await ReadAsync(Chat().CompleteChatStreamingAsync(Hello, cancellationToken: Stop)));

        error.Status.Should().Be(status);
        error.Message.Should().Contain(code);
        Attempts.Should().Be(1);
    }

    [Fact]
    public async Task An_upstream_that_never_answers_is_a_504()
    {
        await ServeToAKeyAsync();
        Upstream.Answer = call => call.HungUpAsync();

        var error = await ErrorAsync(() => Chat().CompleteChatAsync(Hello, cancellationToken: Stop));

        error.Status.Should().Be(504);
        (await LoggedAsync()).Should().Match<LoggedExchange>(logged => logged.Outcome == "upstream_error" && logged.ErrorCode == "upstream_timeout");
    }

    [Fact]
    public async Task A_rate_limit_says_when_to_come_back()
    {
        await ServeToAKeyAsync();
        Upstream.Answer = call => call.RespondAsync(429, RateLimited, headers: "Retry-After: 7");

        var error = await ErrorAsync(() => Chat().CompleteChatAsync(Hello, cancellationToken: Stop));

        error.Status.Should().Be(429);
        error.GetRawResponse()!.Headers.TryGetValue("Retry-After", out var seconds).Should().BeTrue();
        seconds.Should().Be("7");
    }

    [Theory]
    [InlineData(429, RateLimited)]
    [InlineData(500, "")]
    public async Task What_may_pass_is_tried_again(int upstreamStatus, string body)
    {
        await ServeToAKeyAsync();
        Upstream.Answer = Scripts.RefuseOnce(upstreamStatus, body, "Retry-After: 0");

        var completion = (await Chat(retrying: true).CompleteChatAsync(Hello, cancellationToken: Stop)).Value;

        completion.Content[0].Text.Should().Be("Hello there");
        Attempts.Should().Be(2);
        (await ScalarAsync<long>("SELECT count(*) FROM responses")).Should().Be(2, "each attempt is a call of its own");
    }

    [Fact]
    public async Task A_bad_request_is_not_tried_again()
    {
        await IssueKeyAsync();

        (await ErrorAsync(() => Chat("gpt-99", retrying: true).CompleteChatAsync(Hello, cancellationToken: Stop))).Status.Should().Be(400);

        Attempts.Should().Be(1);
    }

    [Fact]
    public async Task A_wrong_key_is_not_tried_again()
    {
        (await ErrorAsync(() => Chat(key: "invalid-key", retrying: true).CompleteChatAsync(Hello, cancellationToken: Stop))).Status.Should().Be(401);

        Attempts.Should().Be(1);
    }

    private static async Task<ClientResultException> ErrorAsync<T>(Func<Task<T>> call) =>
        (await call.Should().ThrowAsync<ClientResultException>()).Which;
}
