using System.Text;
using CleanGateway.IntegrationTests.Clients;
using CleanGateway.IntegrationTests.Fixtures;

namespace CleanGateway.IntegrationTests;

public class ClientTestsDotNetBrokenStreams(GatewayFixture gateway) : DotNetClientTest(gateway)
{
    [Theory]
    [MemberData(nameof(Scripts.WaysToDie), MemberType = typeof(Scripts))]
    public async Task An_upstream_that_dies_in_mid_stream_is_an_exception_and_its_text_not_taken_as_complete(string way)
    {
        await ServeToAKeyAsync();
        Upstream.Answer = Scripts.DieInMidStream(way);
        var heard = new StringBuilder();

        var reading = async () =>
        {
            await foreach (var update in Chat(retrying: true).CompleteChatStreamingAsync(Hello, cancellationToken: Stop))
                heard.Append(string.Concat(update.ContentUpdate.Select(part => part.Text)));
        };

        // A clean end, with or without an error event before it, would be success to this client.
        await reading.Should().ThrowAsync<IOException>();
        heard.ToString().Should().Be("Hel");
        Attempts.Should().Be(1, "what has begun cannot be tried again");
        (await LoggedAsync()).Should().Match<LoggedExchange>(logged => logged.Outcome == "upstream_error" && logged.ResponseBody!.Contains("Hel"));
    }

    [Fact]
    public async Task A_caller_who_cancels_a_stream_is_in_the_books_as_gone()
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
        using var leaving = CancellationTokenSource.CreateLinkedTokenSource(Stop);
        await using var updates = Chat().CompleteChatStreamingAsync(Hello, cancellationToken: leaving.Token).GetAsyncEnumerator(leaving.Token);
        await updates.MoveNextAsync();

        // In the middle of a wait: between two, this client reads on for two seconds before it hangs up.
        var next = updates.MoveNextAsync().AsTask();
        await leaving.CancelAsync();

        await next.Awaiting(task => task).Should().ThrowAsync<OperationCanceledException>();
        await hungUp.Task.WaitAsync(TimeSpan.FromSeconds(10), Stop);
        (await LoggedAsync()).Outcome.Should().Be("client_closed");
    }

    [Fact]
    public async Task A_caller_whose_patience_ends_is_in_the_books_as_gone()
    {
        await ServeToAKeyAsync();
        Upstream.Answer = call => call.HungUpAsync();

        var asking = () => Chat(timeout: TimeSpan.FromMilliseconds(200)).CompleteChatAsync(Hello, cancellationToken: Stop);

        await asking.Should().ThrowAsync<OperationCanceledException>();
        (await LoggedAsync()).Should().Match<LoggedExchange>(logged => logged.Outcome == "client_closed" && logged.Status == 499);
    }
}
