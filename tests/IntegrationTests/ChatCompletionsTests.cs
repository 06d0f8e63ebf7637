using System.Net;
using CleanGateway.IntegrationTests.Fixtures;

namespace CleanGateway.IntegrationTests;

public class ChatCompletionsTests(GatewayFixture gateway) : GatewayTest(gateway)
{
    [Fact]
    public async Task A_whole_answer_comes_back_as_the_provider_gave_it_and_is_in_the_books()
    {
        await ServeToAKeyAsync();

        using var response = await ChatAsync();

        response.StatusCode.Should().Be(HttpStatusCode.OK);
        (await JsonAsync(response)).GetProperty("choices")[0].GetProperty("message").GetProperty("content").GetString().Should().Be("Hello there");
        var logged = await LoggedAsync();
        logged.Should().Match<LoggedExchange>(exchange =>
            exchange.Model == "gpt-4" && exchange.Status == 200 && exchange.Outcome == "ok" && exchange.PromptTokens == 9 && exchange.CompletionTokens == 3
            && exchange.Cost == 0.00045m && exchange.LedgerLines == 1);
        logged.RequestId.Should().Be(response.Headers.GetValues("X-Request-ID").Single());
    }

    [Fact]
    public async Task The_first_event_arrives_while_the_upstream_is_still_thinking()
    {
        await ServeToAKeyAsync();
        var callerHasFirst = new TaskCompletionSource();
        Upstream.Answer = async call =>
        {
            await call.BeginStreamAsync();
            await call.SayWordAsync("Hel");
            await callerHasFirst.Task.WaitAsync(TimeSpan.FromSeconds(5), Stop);
            await call.SayFinishAsync();
            await call.SayUsageAsync();
            await call.SayAsync("[DONE]");
            await call.EndAsync();
        };

        using var response = await ChatAsync(stream: true);
        using var lines = new StreamReader(await response.Content.ReadAsStreamAsync(Stop));
        (await lines.ReadLineAsync(Stop)).Should().Contain("Hel");
        callerHasFirst.SetResult();

        (await lines.ReadToEndAsync(Stop)).Should().EndWith("data: [DONE]\n\n").And.NotContain("usage");
        (await LoggedAsync()).Should().Match<LoggedExchange>(exchange => exchange.Outcome == "ok" && exchange.PromptTokens == 9 && exchange.Cost == 0.00045m);
    }
}
