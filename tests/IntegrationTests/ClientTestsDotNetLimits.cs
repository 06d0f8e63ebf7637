using System.ClientModel;
using CleanGateway.Domain.Common;
using CleanGateway.IntegrationTests.Clients;
using CleanGateway.IntegrationTests.Fixtures;
using OpenAI.Chat;

namespace CleanGateway.IntegrationTests;

/// <summary>What OpenAI's .NET library makes of limits and budgets.</summary>
public class ClientTestsDotNetLimits(GatewayFixture gateway) : DotNetClientTest(gateway)
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_limit_that_is_reached_is_a_429_that_says_when_to_come_back(bool stream)
    {
        await ServeAsync();
        await LimitAsync("rate_limit = 1");
        await CallAsync(Chat(), stream);

        var error = await ErrorAsync(() => CallAsync(Chat(), stream));

        error.Status.Should().Be(429);
        error.Message.Should().Contain("rate limit exceeded");
        error.GetRawResponse()!.Headers.TryGetValue("Retry-After", out var seconds).Should().BeTrue();
        seconds.Should().MatchRegex("^[1-9][0-9]?$");
    }

    /// <summary>It waits as long as it is told, which is a second here, and the place is free by then.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_call_that_finds_no_place_is_tried_again_when_it_was_told_to(bool stream)
    {
        await ServeAsync();
        await LimitAsync("max_concurrent = 1");
        var asked = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var go = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        Upstream.Answer = Scripts.WorkUntil(go.Task, asked, SayHelloAsync, Stop);
        var first = CallAsync(Chat(), stream: true);
        await asked.Task.WaitAsync(Stop);
        Upstream.Answer = FakeUpstream.AnswerHelloAsync;

        var second = CallAsync(Chat(retrying: true), stream);
        await Eventually.IsTrueAsync(
            async () => await ScalarAsync<long>("SELECT count(*) FROM responses WHERE error_code = 'concurrency_limit_exceeded'") > 0,
            "it is refused");
        go.SetResult();

        (await second).Should().Be("Hello there");
        (await first).Should().Be("Hello there");
        Attempts.Should().BeGreaterThanOrEqualTo(3);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_spent_budget_is_a_402_that_is_not_tried_again(bool stream)
    {
        await ServeAsync();
        await LimitAsync("monthly_budget = 0");

        var error = await ErrorAsync(() => CallAsync(Chat(retrying: true), stream));

        error.Status.Should().Be(402);
        error.Message.Should().Contain("monthly budget exceeded");
        Attempts.Should().Be(1);
    }

    private static async Task SayHelloAsync(UpstreamCall call)
    {
        await call.SayWordAsync("Hello there");
        await call.SayFinishAsync();
        await call.SayAsync("[DONE]");
        await call.EndAsync();
    }

    private async Task LimitAsync(string limits)
    {
        await SqlAsync("INSERT INTO api_keys (name, key_hash) VALUES ('Limited', $1)", Secret.Hash(Key));
        await SqlAsync($"UPDATE api_keys SET {limits}");
        await Gateway.SettledAsync();
    }

    private async Task<string> CallAsync(ChatClient chat, bool stream) => stream
        ? (await ReadAsync(chat.CompleteChatStreamingAsync(Hello, cancellationToken: Stop))).Text
        : (await chat.CompleteChatAsync(Hello, cancellationToken: Stop)).Value.Content[0].Text;

    private static async Task<ClientResultException> ErrorAsync(Func<Task> call) =>
        (await call.Should().ThrowAsync<ClientResultException>()).Which;
}
