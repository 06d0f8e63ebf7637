using System.Net;
using System.Text;
using CleanGateway.IntegrationTests.Clients;
using CleanGateway.IntegrationTests.Fixtures;

namespace CleanGateway.IntegrationTests;

/// <summary>Callers who do not wait for the end: the upstream is paid by the word, so it is hung up on.</summary>
public class ChatTestsCallersLeave(GatewayFixture gateway) : ChatTestOfStreams(gateway)
{
    private readonly TaskCompletionSource asked = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource hungUp = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>What the upstream has sent by then.</summary>
    [Theory]
    [InlineData(false, "")]
    [InlineData(false, "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{\"choices\":[")]
    [InlineData(true, "")]
    [InlineData(true, "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n: ping\n\ndata: {\"choi")]
    public async Task Whoever_leaves_before_the_answer_is_in_the_books_as_gone(bool stream, string sent)
    {
        await ServeToAKeyAsync();
        Upstream.Answer = async call =>
        {
            await call.SendAsync(sent);
            asked.SetResult();
            await WaitForHangUpAsync(call);
        };
        using var leaving = CancellationTokenSource.CreateLinkedTokenSource(Stop);
        using var request = new HttpRequestMessage(HttpMethod.Post, "/v1/chat/completions") { Content = JsonBody(stream ? HelloStream : Hello) };

        var asking = Client().SendAsync(request, leaving.Token);
        await asked.Task.WaitAsync(TimeSpan.FromSeconds(10), Stop);
        await leaving.CancelAsync();

        await asking.Awaiting(task => task).Should().ThrowAsync<OperationCanceledException>();
        await hungUp.Task.WaitAsync(TimeSpan.FromSeconds(10), Stop);
        (await LoggedAsync()).Should().Match<LoggedExchange>(logged =>
            logged.Outcome == "client_closed" && logged.ErrorCode == "client_closed" && logged.Status == 499 && logged.ResponseBody == null
            && logged.PromptTokens == 4 && logged.CompletionTokens == 0 && logged.Cost == 0.00012m && logged.LedgerLines == 1);
    }

    [Fact]
    public async Task Whoever_leaves_in_the_middle_is_in_the_books_with_what_was_said()
    {
        await ServeToAKeyAsync();
        Upstream.Answer = Stream([Events(Role, Word("Hel"))], WaitForHangUpAsync);

        await ReadAndLeaveAsync(Word("Hel"));

        (await LoggedAsync()).Should().Match<LoggedExchange>(logged =>
            logged.Outcome == "client_closed" && logged.ErrorCode == "client_closed" && logged.Status == 200
            && logged.ResponseBody == Assembled("Hel", "null", null) && logged.ResponseBodyForm == "assembled" && logged.PromptTokens == 4
            && logged.CompletionTokens == 2 && logged.Cost == 0.00024m && logged.LedgerLines == 1);
    }

    [Fact]
    public async Task What_was_counted_before_the_caller_left_is_billed()
    {
        await ServeToAKeyAsync();
        Upstream.Answer = Stream(
            [Events("""{"choices":[{"index":0,"delta":{"content":"Hel"},"finish_reason":null}],"usage":{"prompt_tokens":9,"completion_tokens":3}}""")],
            WaitForHangUpAsync);

        await ReadAndLeaveAsync("Hel");

        (await LoggedAsync()).Should().Match<LoggedExchange>(logged =>
            logged.Outcome == "client_closed" && logged.PromptTokens == 9 && logged.CompletionTokens == 3
            && logged.Cost == 0.00045m && logged.UnpricedReason == null);
    }

    [Fact]
    public async Task A_flood_is_read_no_faster_than_the_caller_does()
    {
        // More than the sockets between here and there take in.
        var word = Events(Word(new string('x', 256 * 1024)));
        await ServeToAKeyAsync();
        Upstream.Answer = Stream([Events(Role)], async call =>
        {
            try
            {
                for (var words = 0; words < 256; words++)
                    await call.SendChunkAsync(word);
            }
            catch (IOException)
            {
                // Where the gateway had taken all of it in, there would be no one to miss.
                hungUp.SetResult();
            }
        });

        await ReadAndLeaveAsync("assistant");

        (await LoggedAsync()).Outcome.Should().Be("client_closed");
    }

    [Fact]
    public async Task The_gateway_goes_on_for_the_others()
    {
        await ServeToAKeyAsync();
        Upstream.Answer = Stream([Events(Role, Word("Hel"))], WaitForHangUpAsync);
        await ReadAndLeaveAsync(Word("Hel"));
        await LoggedAsync();
        Upstream.Answer = FakeUpstream.AnswerHelloAsync;

        using var response = await ChatAsync();

        response.StatusCode.Should().Be(HttpStatusCode.OK);
    }

    private async Task WaitForHangUpAsync(UpstreamCall call)
    {
        await call.HungUpAsync();
        hungUp.SetResult();
    }

    private async Task ReadAndLeaveAsync(string until)
    {
        using (var connection = await RawConnection.OpenAsync(Gateway.Url, Stop))
        {
            await connection.SendRawAsync(
                "POST /v1/chat/completions HTTP/1.1\r\nHost: localhost\r\n"
                + $"Authorization: Bearer {Key}\r\nContent-Length: {HelloStream.Length}\r\n\r\n{HelloStream}",
                Stop);
            await connection.ReadUntilAsync(until, Stop);
        }

        await hungUp.Task.WaitAsync(TimeSpan.FromSeconds(10), Stop);
    }

    private static StringContent JsonBody(string json) => new(json, Encoding.UTF8, "application/json");
}
