using System.Net;
using CleanGateway.IntegrationTests.Clients;
using CleanGateway.IntegrationTests.Fixtures;

namespace CleanGateway.IntegrationTests;

/// <summary>What is valid and still unusual, and what is not valid in ways that others let pass.</summary>
public class ChatTestsOddities(GatewayFixture gateway) : GatewayTest(gateway)
{
    [Fact]
    public async Task Half_a_surrogate_in_a_name_is_the_providers_business()
    {
        await ServeToAKeyAsync();

        using var answer = await PostAsync("""{"model":"gpt-4","\ud800":1,"messages":[{"role":"user","content":"Hi","\udc00":"\ud800"}]}""");

        answer.StatusCode.Should().Be(HttpStatusCode.OK);
        Upstream.Request.Body.Should().Contain("\\ud800\":1");
        (await LoggedAsync()).Outcome.Should().Be("ok");
    }

    [Fact]
    public async Task Half_a_surrogate_in_what_the_provider_says_breaks_nothing()
    {
        await ServeToAKeyAsync();
        Upstream.Answer = async call =>
        {
            await call.BeginStreamAsync();
            await call.SayAsync("""{"\ud800":1,"choices":[{"index":0,"delta":{"content":"Hi"},"finish_reason":"stop"}]}""");
            await call.SayUsageAsync();
            await call.SayAsync("[DONE]");
            await call.EndAsync();
        };

        using var answer = await ChatAsync(stream: true);

        (await ReadToEndAsync(answer)).Text.Should().Contain("\\ud800").And.EndWith("data: [DONE]\n\n");
        (await LoggedAsync()).Should().Match<LoggedExchange>(exchange => exchange.Outcome == "ok" && exchange.PromptTokens == 9);
    }

    [Fact]
    public async Task A_provider_that_says_it_is_working_is_waited_for_longer_than_one_that_says_nothing()
    {
        await ServeToAKeyAsync();
        Upstream.Answer = async call =>
        {
            // The first byte may take 2 s here, and silence after it 1 s: this takes 3 s, and is never silent for long.
            await call.BeginStreamAsync();
            using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(300));
            for (var comment = 0; comment < 10; comment++)
            {
                await call.SendChunkAsync(": PROCESSING\n\n");
                await timer.WaitForNextTickAsync(Stop);
            }

            await call.SayWordAsync("Hello there");
            await call.SayFinishAsync();
            await call.SayUsageAsync();
            await call.SayAsync("[DONE]");
            await call.EndAsync();
        };

        using var answer = await ChatAsync(stream: true);

        answer.StatusCode.Should().Be(HttpStatusCode.OK);
        (await ReadToEndAsync(answer)).Text.Should().Contain("Hello there").And.EndWith("data: [DONE]\n\n");
    }

    [Fact]
    public async Task The_echo_model_says_one_word_after_the_other()
    {
        await IssueKeyAsync();
        using var connection = await RawConnection.OpenAsync(Gateway.Url, Stop);
        var body = $$"""{"model":"echo","stream":true,"messages":[{"role":"user","content":"{{string.Join(' ', Enumerable.Repeat("word", 200_000))}}"}]}""";
        await connection.SendRawAsync(
            $"POST /v1/chat/completions HTTP/1.1\r\nHost: gateway\r\nAuthorization: Bearer {Key}\r\nContent-Type: application/json\r\n"
            + $"Content-Length: {body.Length}\r\n\r\n{body}",
            Stop);
        await connection.ReadUntilAsync("word", Stop);

        // Whoever leaves now leaves in the middle: it has not been said all at once.
        connection.Dispose();

        (await LoggedAsync()).Should().Match<LoggedExchange>(exchange => exchange.Outcome == "client_closed" && exchange.Status == 200);
    }

    [Fact]
    public async Task A_caller_who_hangs_up_in_the_middle_of_the_question_has_left()
    {
        await ServeToAKeyAsync();
        using (var connection = await RawConnection.OpenAsync(Gateway.Url, Stop))
        {
            await connection.SendRawAsync(
                $"POST /v1/chat/completions HTTP/1.1\r\nHost: gateway\r\nAuthorization: Bearer {Key}\r\nContent-Type: application/json\r\n"
                + "Content-Length: 500\r\nExpect: 100-continue\r\n\r\n",
                Stop);
            await connection.ReadUntilAsync("100 Continue\r\n\r\n", Stop);   // it knows who calls, and reads the body
            await connection.SendRawAsync("{\"model\":\"gpt-4\",", Stop);
        }

        (await LoggedAsync()).Should().Match<LoggedExchange>(exchange =>
            exchange.Status == 499 && exchange.Outcome == "client_closed" && exchange.BodyForm == "omitted" && exchange.LedgerLines == 0);
        Upstream.Requests.Should().BeEmpty();
    }

    [Theory]
    [InlineData("Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n")]
    [InlineData("Transfer-Encoding: chunked\r\nContent-Length: 2\r\n\r\n2\r\n{}\r\n0\r\n\r\n")]
    public async Task A_length_that_is_given_twice_is_refused_and_the_connection_closed(string rest)
    {
        await ServeToAKeyAsync();
        using var connection = await RawConnection.OpenAsync(Gateway.Url, Stop);

        await connection.SendRawAsync($"POST /v1/chat/completions HTTP/1.1\r\nHost: gateway\r\nAuthorization: Bearer {Key}\r\n{rest}", Stop);

        var answer = await connection.ReadAsync(Stop);
        answer.StatusLine.Should().StartWith("HTTP/1.1 400");
        answer.Body.Should().Contain("both Content-Length and Transfer-Encoding");
        answer.Headers["Connection"].Should().Be("close");
        Upstream.Requests.Should().BeEmpty();
    }
}
