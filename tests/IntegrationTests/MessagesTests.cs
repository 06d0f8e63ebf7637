using System.Net;
using System.Text.Json;
using CleanGateway.IntegrationTests.Fixtures;

namespace CleanGateway.IntegrationTests;

/// <summary>Anthropic's API in front of a provider that knows only OpenAI's.</summary>
public class MessagesTests(GatewayFixture gateway) : MessagesTest(gateway)
{
    [Fact]
    public async Task A_message_is_answered_and_in_the_books_as_what_it_was()
    {
        await ServeToAKeyAsync();

        using var response = await SayAsync(path: "/v1/messages?beta=true", headers: ("anthropic-beta", "a,b"));

        var body = await TextAsync(response);
        response.StatusCode.Should().Be(HttpStatusCode.OK, body);
        body.Should().Be(
            """{"id":"msg_1","type":"message","role":"assistant","model":"gpt-x-2026","content":[{"type":"text","text":"Hello there"}],"stop_reason":"end_turn","stop_sequence":null,"usage":{"input_tokens":9,"cache_creation_input_tokens":0,"cache_read_input_tokens":0,"output_tokens":3}}""");
        response.Headers.GetValues("request-id").Should().Equal(response.Headers.GetValues("X-Request-ID"));
        Upstream.Request.Path.Should().Be("/v1/chat/completions");
        Upstream.Request.Body.Should().Be("""{"max_completion_tokens":50,"model":"gpt-4","messages":[{"role":"user","content":"Say hello!"}]}""");
        var logged = await LoggedAsync();
        (logged.Model, logged.Status, logged.Outcome, logged.PromptTokens, logged.CompletionTokens, logged.Cost, logged.LedgerLines)
            .Should().Be(("gpt-4", 200, "ok", 9L, 3L, 0.00045m, 1L));
        (logged.Body, logged.ResponseBody, logged.Url).Should().Be((HelloMessage, body, "/v1/messages?beta=true"));
        logged.Headers.Should().Contain("\"anthropic-version\":\"2023-06-01\"").And.Contain("\"anthropic-beta\":\"a,b\"").And.NotContain(Key);
    }

    [Fact]
    public async Task A_stream_is_events_with_names_and_the_books_have_the_message()
    {
        await ServeToAKeyAsync();

        using var response = await SayAsync(HelloMessageStream);

        response.Content.Headers.ContentType!.MediaType.Should().Be("text/event-stream");
        var events = EventsIn(await TextAsync(response));
        events.Select(one => one.GetProperty("type").GetString()).Should().Equal(
            "message_start", "content_block_start", "content_block_delta", "content_block_delta", "content_block_stop", "message_delta", "message_stop");
        events[0].GetProperty("message").GetProperty("usage").GetProperty("input_tokens").GetInt64().Should().Be(0);
        events[5].GetProperty("usage").GetProperty("input_tokens").GetInt64().Should().Be(9);
        Upstream.Request.Json.GetProperty("stream_options").GetProperty("include_usage").GetBoolean().Should().BeTrue();
        var logged = await LoggedAsync();
        (logged.Status, logged.Outcome, logged.PromptTokens, logged.CompletionTokens, logged.Cost, logged.ResponseBodyForm, logged.LedgerLines)
            .Should().Be((200, "ok", 9L, 3L, 0.00045m, "assembled", 1L));
        JsonDocument.Parse(logged.ResponseBody!).RootElement.GetProperty("content")[0].GetProperty("text").GetString().Should().Be("Hello there");
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_tool_is_called_and_its_result_brought_back(bool stream)
    {
        const string Tools = """ "tools":[{"name":"w","input_schema":{"type":"object"}}]""";
        await ServeToAKeyAsync();
        Upstream.Answer = call => call.Request.Body.Contains("tool_call_id", StringComparison.Ordinal) ? FakeUpstream.AnswerHelloAsync(call) : CallToolAsync(call);
        var asks = stream ? ",\"stream\":true" : "";

        using var first = await SayAsync($$"""{"model":"gpt-4","max_tokens":50,"messages":[{"role":"user","content":"?"}],{{Tools}}{{asks}}}""");
        var called = await CallInAsync(first, stream);
        called.Should().Be("""{"type":"tool_use","id":"c1","name":"w","input":{"city":"Paris"}}""");
        using var second = await SayAsync(
            """{"model":"gpt-4","max_tokens":50,"messages":[{"role":"user","content":"?"},{"role":"assistant","content":[""" + called
            + """]},{"role":"user","content":[{"type":"tool_result","tool_use_id":"c1","content":"18"}]}],""" + Tools + asks + "}");

        (await TextAsync(second)).Should().Contain("Hello");
        Upstream.Requests[1].Json.GetProperty("messages").GetRawText().Should().Be(
            """[{"role":"user","content":"?"},{"role":"assistant","content":null,"tool_calls":[{"id":"c1","type":"function","function":{"name":"w","arguments":"{\"city\":\"Paris\"}"}}]},{"role":"tool","tool_call_id":"c1","content":"18"}]""");
        (await ScalarAsync<long>("SELECT count(*) FROM usage_records")).Should().Be(2);
    }

    [Fact]
    public async Task A_picture_reaches_the_provider()
    {
        await ServeToAKeyAsync();

        using var response = await SayAsync(
            """{"model":"gpt-4","max_tokens":5,"messages":[{"role":"user","content":[{"type":"image","source":{"type":"base64","media_type":"image/png","data":"iVBORw0KGgo="}}]}]}""");

        response.StatusCode.Should().Be(HttpStatusCode.OK);
        Upstream.Request.Json.GetProperty("messages")[0].GetProperty("content")[0].GetProperty("image_url").GetProperty("url").GetString()
            .Should().Be("data:image/png;base64,iVBORw0KGgo=");
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task The_echo_model_answers(bool stream)
    {
        await IssueKeyAsync();

        using var response = await SayAsync((stream ? HelloMessageStream : HelloMessage).Replace("gpt-4", "echo", StringComparison.Ordinal));

        (await TextAsync(response)).Should().Contain("Say").And.Contain("hello!");
        (await LoggedAsync()).Should().Match<LoggedExchange>(logged => logged.Outcome == "ok" && logged.PromptTokens == 2 && logged.CompletionTokens == 2);
    }

    [Fact]
    public async Task What_is_left_out_is_told()
    {
        await ServeToAKeyAsync();
        await SqlAsync("UPDATE api_keys SET drop_params = true");
        await Gateway.SettledAsync();

        using var response = await SayAsync("""{"model":"gpt-4","max_tokens":5,"messages":[{"role":"user","content":"Hi"}],"container":"c"}""");

        response.StatusCode.Should().Be(HttpStatusCode.OK);
        response.Headers.GetValues("x-gateway-dropped-params").Should().Equal("container");
    }

    [Fact]
    public async Task Tokens_are_counted_for_nothing()
    {
        await ServeToAKeyAsync();

        using var response = await SayAsync(
            """{"model":"gpt-4","messages":[{"role":"user","content":"Say hello!"}]}""", path: "/v1/messages/count_tokens?beta=true");

        (await TextAsync(response)).Should().Be("""{"input_tokens":3}""");
        Upstream.Requests.Should().BeEmpty();
        var logged = await LoggedAsync();
        (logged.Model, logged.Status, logged.Outcome, logged.PromptTokens, logged.Cost, logged.LedgerLines).Should().Be(("gpt-4", 200, "ok", null, 0m, 0L));
    }

    private static async Task CallToolAsync(UpstreamCall call)
    {
        const string Call = """{"tool_calls":[{"index":0,"id":"c1","type":"function","function":{"name":"w","arguments":"{\"city\":\"Paris\"}"}}]}""";
        if (!call.Request.WantsStream)
        {
            await call.RespondAsync(200, $$"""{"id":"c1","choices":[{"index":0,"message":{{Call}},"finish_reason":"tool_calls"}]}""");
            return;
        }

        await call.BeginStreamAsync();
        await call.SayRoleAsync();
        await call.SayAsync($$"""{"id":"c1","choices":[{"index":0,"delta":{{Call}},"finish_reason":null}]}""");
        await call.SayFinishAsync("tool_calls");
        await call.SayAsync("[DONE]");
        await call.EndAsync();
    }

    private async Task<string> CallInAsync(HttpResponseMessage response, bool stream)
    {
        var text = await TextAsync(response);
        if (!stream)
        {
            var message = JsonDocument.Parse(text).RootElement;
            message.GetProperty("stop_reason").GetString().Should().Be("tool_use");
            return message.GetProperty("content")[0].GetRawText();
        }

        var events = EventsIn(text);
        var begun = events.Single(one => one.GetProperty("type").GetString() == "content_block_start").GetProperty("content_block").GetRawText();
        var input = string.Concat(events.Where(one => one.GetProperty("type").GetString() == "content_block_delta")
            .Select(one => one.GetProperty("delta").GetProperty("partial_json").GetString()));
        return begun.Replace("\"input\":{}", $"\"input\":{input}", StringComparison.Ordinal);
    }
}
