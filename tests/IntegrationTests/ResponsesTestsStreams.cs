using CleanGateway.IntegrationTests.Clients;
using CleanGateway.IntegrationTests.Fixtures;

namespace CleanGateway.IntegrationTests;

/// <summary>Streamed responses, with a good end and without one.</summary>
public class ResponsesTestsStreams(GatewayFixture gateway) : InferenceTest(gateway)
{
    private const string Streamed = ",\"stream\":true";
    private const string SoFar =
        """{"id":"resp_1","object":"response","status":"in_progress","model":"gpt-x-2026","usage":null,"output":[{"id":"msg_1","type":"message","role":"assistant","status":"in_progress","content":[{"type":"output_text","text":"Hel"}]}]}""";

    [Fact]
    public async Task Events_pass_with_their_names_and_the_log_has_the_whole_response()
    {
        var events = Named(Created, ItemAdded, Text("Hello"), Text(" there"), Completed);
        await ServeToAKeyAsync();
        Upstream.Answer = Stream(events);

        using var response = await RespondAsync(Streamed);

        (await TextAsync(response)).Should().Be(events);
        response.Content.Headers.ContentType!.ToString().Should().Be("text/event-stream; charset=utf-8");
        Upstream.Request.Body.Should().Be("""{"model":"gpt-4","input":"Say hello!","stream":true}""");
        var logged = await LoggedAsync();
        (logged.Outcome, logged.ResponseBody, logged.ResponseBodyForm).Should().Be(("ok", Response, "assembled"));
        (logged.PromptTokens, logged.CompletionTokens, logged.Cost, logged.LedgerLines).Should().Be((9, 3, 0.00045m, 1));
    }

    /// <summary>Nothing that follows the last event changes anything, nor that nothing does.</summary>
    [Theory]
    [InlineData("data: [DONE]\n\n", "ended")]
    [InlineData("", "reset")]
    [InlineData("", "silent")]
    public async Task The_last_event_is_the_end(string more, string way)
    {
        var events = Named(Created, Text("Hello"), Completed);
        await ServeToAKeyAsync();
        Upstream.Answer = Stream(events + more, EndBy(way));

        using var response = await RespondAsync(Streamed);

        (await ReadToEndAsync(response)).Should().Be((events, false));
        (await LoggedAsync()).Outcome.Should().Be("ok");
    }

    [Fact]
    public async Task Events_without_names_are_passed_on_without()
    {
        await ServeToAKeyAsync();
        Upstream.Answer = Stream($"data: {Created}\n\ndata: {Text("Hel")}\n\ndata: {Completed}\n\n");

        using var response = await RespondAsync(Streamed);

        (await TextAsync(response)).Should().Be($"data: {Created}\n\ndata: {Text("Hel")}\n\ndata: {Completed}\n\n");
    }

    [Theory]
    [InlineData("reset", "upstream_error", 502)]
    [InlineData("ended", "upstream_truncated", 502)]
    [InlineData("silent", "upstream_stalled", 504)]
    public async Task What_breaks_off_ends_with_an_error_event_and_is_in_the_books_as_far_as_it_came(string way, string code, int status)
    {
        var seen = Named(Created, ItemAdded, Text("Hel"));
        await ServeToAKeyAsync();
        Upstream.Answer = Stream(seen, EndBy(way));

        using var response = await RespondAsync(Streamed);

        var (text, broke) = await ReadToEndAsync(response);
        text.Should().StartWith(seen + "event: error\ndata: {\"type\":\"error\",\"sequence_number\":3,\"code\":\"" + code + "\"");
        broke.Should().BeTrue("a clean end would look like success");
        status.Should().BeGreaterThan(500);
        var logged = await LoggedAsync();
        (logged.Outcome, logged.ErrorCode, logged.ResponseBody).Should().Be(("upstream_error", code, SoFar));
        (logged.PromptTokens, logged.CompletionTokens, logged.LedgerLines).Should().Be((3, 1, 1));
    }

    [Theory]
    [InlineData("failed", 429, "rate_limit_exceeded")]
    [InlineData("created and failed", 429, "rate_limit_exceeded")]
    [InlineData("error", 503, "upstream_overloaded")]
    public async Task What_fails_before_it_has_said_anything_has_a_status_of_its_own(string way, int status, string code)
    {
        await ServeToAKeyAsync();
        Upstream.Answer = Stream(way switch
        {
            "failed" => Named(Failed),
            "created and failed" => Named(Created, Failed),
            _ => Named(Created, """{"type":"error","sequence_number":1,"code":"server_is_overloaded","message":"x","param":null}"""),
        });

        using var response = await RespondAsync(Streamed);

        ((int)response.StatusCode).Should().Be(status);
        (await ErrorAsync(response)).GetProperty("code").GetString().Should().Be(code);
        (await LoggedAsync()).Should().Match<LoggedExchange>(logged => logged.Outcome == "upstream_error" && logged.ErrorCode == code);
    }

    [Fact]
    public async Task What_fails_later_says_so_itself_and_is_a_failure_in_the_books()
    {
        var events = Named(Created, ItemAdded, Text("Hel"), Failed);
        await ServeToAKeyAsync();
        Upstream.Answer = Stream(events);

        using var response = await RespondAsync(Streamed);

        (await ReadToEndAsync(response)).Should().Be((events, false));
        var logged = await LoggedAsync();
        (logged.Outcome, logged.ErrorCode, logged.Status, logged.LedgerLines).Should().Be(("upstream_error", "upstream_error", 200, 1));
        logged.ResponseBody.Should().Contain("\"status\":\"failed\"").And.Contain("\"text\":\"Hel\"");
    }

    [Fact]
    public async Task An_error_event_in_the_middle_is_told_in_the_gateways_words()
    {
        var seen = Named(Created, ItemAdded, Text("Hel"));
        await ServeToAKeyAsync();
        Upstream.Answer = Stream(seen + Named("""{"type":"error","sequence_number":3,"code":"server_error","message":"Shard 7, key sk-upstream-secret","param":null}"""));

        using var response = await RespondAsync(Streamed);

        (await ReadToEndAsync(response)).Should().Be(
            (seen + "event: error\ndata: {\"type\":\"error\",\"sequence_number\":3,\"code\":\"upstream_error\",\"message\":\"The provider failed.\",\"param\":null}\n\n", true));
        (await LoggedAsync()).Should().Match<LoggedExchange>(logged => logged.Outcome == "upstream_error" && logged.ResponseBody == SoFar);
    }

    [Fact]
    public async Task A_caller_who_leaves_is_in_the_books_with_what_was_said()
    {
        var hungUp = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await ServeToAKeyAsync();
        Upstream.Answer = Stream(Named(Created, ItemAdded, Text("Hel")), async call =>
        {
            await call.HungUpAsync();
            hungUp.SetResult();
        });
        var body = """{"model":"gpt-4","input":"Say hello!","stream":true}""";

        using (var connection = await RawConnection.OpenAsync(Gateway.Url, Stop))
        {
            await connection.SendRawAsync(
                $"POST /v1/responses HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {Key}\r\nContent-Length: {body.Length}\r\n\r\n{body}", Stop);
            await connection.ReadUntilAsync("Hel\"", Stop);
        }

        await hungUp.Task.WaitAsync(TimeSpan.FromSeconds(10), Stop);
        (await LoggedAsync()).Should().Match<LoggedExchange>(logged =>
            logged.Outcome == "client_closed" && logged.ResponseBody == SoFar && logged.PromptTokens == 3 && logged.CompletionTokens == 1 && logged.LedgerLines == 1);
    }

    private static Func<UpstreamCall, Task> EndBy(string way) => async call =>
    {
        switch (way)
        {
            case "reset":
                call.Reset();
                break;
            case "silent":
                await call.HungUpAsync();
                break;
            default:
                await call.EndAsync();
                break;
        }
    };
}
