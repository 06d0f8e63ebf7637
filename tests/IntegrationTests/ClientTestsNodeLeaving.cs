using CleanGateway.IntegrationTests.Clients;
using CleanGateway.IntegrationTests.Fixtures;

namespace CleanGateway.IntegrationTests;

public class ClientTestsNodeLeaving(GatewayFixture gateway) : NodeClientTest(gateway)
{
    [Theory]
    [InlineData("signal")]
    [InlineData("controller")]
    [InlineData("break")]
    [InlineData("helper")]
    public async Task A_caller_who_leaves_a_stream_is_in_the_books_as_gone_and_the_upstream_is_hung_up_on(string way)
    {
        await ServeToAKeyAsync();
        var hungUp = new TaskCompletionSource();
        Upstream.Answer = async call =>
        {
            await call.BeginStreamAsync();
            await call.SayWordAsync("Hel");
            await call.HungUpAsync();
            hungUp.SetResult();
        };

        await NodeAsync("leave", new NodeOptions(Way: way));

        await hungUp.Task.WaitAsync(TimeSpan.FromSeconds(10), Stop);
        (await LoggedAsync()).Should().Match<LoggedExchange>(logged =>
            logged.Outcome == "client_closed" && logged.ErrorCode == "client_closed" && logged.ResponseBody!.Contains("Hel"));
    }

    [Fact]
    public async Task A_caller_who_leaves_before_the_answer_is_in_the_books_as_gone()
    {
        await ServeToAKeyAsync();
        var asked = new TaskCompletionSource();
        var hungUp = new TaskCompletionSource();
        Upstream.Answer = async call =>
        {
            asked.SetResult();
            await call.HungUpAsync();
            hungUp.SetResult();
        };

        var seen = await NodeAsync("leave", new NodeOptions(Way: "waiting"), leaveWhen: asked.Task);

        seen.GetProperty("error").GetProperty("class").GetString().Should().Be("APIUserAbortError");
        await hungUp.Task.WaitAsync(TimeSpan.FromSeconds(10), Stop);
        (await LoggedAsync()).Should().Match<LoggedExchange>(logged => logged.Outcome == "client_closed" && logged.Status == 499);
    }

    [Fact]
    public async Task A_caller_whose_patience_ends_is_in_the_books_as_gone()
    {
        await ServeToAKeyAsync();
        Upstream.Answer = call => call.HungUpAsync();

        var seen = await NodeAsync("chat", new NodeOptions(Timeout: 300));

        seen.GetProperty("error").GetProperty("class").GetString().Should().Be("APIConnectionTimeoutError");
        (await LoggedAsync()).Outcome.Should().Be("client_closed");
    }
}
