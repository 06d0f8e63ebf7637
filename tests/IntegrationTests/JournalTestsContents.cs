using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using CleanGateway.IntegrationTests.Fixtures;

namespace CleanGateway.IntegrationTests;

/// <summary>Contents that a database or a JSON reader could stumble over are kept all the same.</summary>
public class JournalTestsContents(GatewayFixture gateway) : GatewayTest(gateway)
{
    [Theory]
    [InlineData(@"\u0000")]
    [InlineData(@"\ud800")]
    [InlineData(@"\udc00\ud800")]
    [InlineData(@"\uFFFF \u2028 \u001b[31m")]
    [InlineData("\u202e\U0001F600\uFFFE")]
    public async Task Strange_characters_pass_both_ways_and_are_kept_to_the_letter(string strange)
    {
        var asked = $$"""{"model":"gpt-4","metadata":{"note":"{{strange}}"},"messages":[{"role":"user","content":"{{strange}}"}]}""";
        var answered = $$$"""
            {"id":"{{{strange}}}","object":"chat.completion","model":"{{{strange}}}",
             "choices":[{"message":{"content":"{{{strange}}}"}}],"usage":{"prompt_tokens":9,"completion_tokens":3}}
            """;
        await ServeToAKeyAsync();
        Upstream.Answer = call => call.RespondAsync(200, answered);

        using var response = await PostAsync(asked);

        response.StatusCode.Should().Be(HttpStatusCode.OK);
        (await response.Content.ReadAsStringAsync(Stop)).Should().Be(answered);
        (await LoggedAsync()).Should().Match<LoggedExchange>(exchange =>
            exchange.Body == asked && exchange.BodyForm == "json" && exchange.ResponseBody == answered && exchange.ResponseBodyForm == "json"
            && exchange.Outcome == "ok" && exchange.Cost == 0.00045m);
    }

    [Theory]
    [InlineData(@"\u0000")]
    [InlineData(@"\ud800")]
    public async Task Strange_characters_in_a_stream_are_passed_on_and_kept(string strange)
    {
        var choices = $$$"""[{"index":0,"delta":{"role":"assistant","content":"{{{strange}}}"},"finish_reason":null}]""";
        var chunk = $$"""{"id":"c","object":"chat.completion.chunk","model":"m{{strange}}","choices":{{choices}}}""";
        await ServeToAKeyAsync();
        Upstream.Answer = async call =>
        {
            await call.BeginStreamAsync();
            await call.SayAsync(chunk);
            await call.SayFinishAsync();
            await call.SayUsageAsync();
            await call.SayAsync("[DONE]");
            await call.EndAsync();
        };

        using var response = await ChatAsync(stream: true);

        (await ReadToEndAsync(response)).Text.Should().StartWith($"data: {chunk}\n\n").And.EndWith("data: [DONE]\n\n");
        (await LoggedAsync()).Should().Match<LoggedExchange>(exchange =>
            exchange.Outcome == "ok" && exchange.ResponseBodyForm == "assembled" && exchange.PromptTokens == 9 && exchange.LedgerLines == 1);
    }

    [Theory]
    [InlineData(@"{""model"":""gp\u0000t"",""messages"":[{""role"":""user"",""content"":""Hi""}]}", "gp\uFFFDt")]
    [InlineData(@"{""model"":""gp\ud800t"",""messages"":[{""role"":""user"",""content"":""Hi""}]}", null)]
    [InlineData(@"{""model"":""gpt-4"",""user"":""\ud800"",""messages"":[{""role"":""user"",""content"":""Hi""}]}", null)]
    public async Task A_name_that_is_none_is_refused_and_kept(string body, string? model)
    {
        await ServeToAKeyAsync();

        using var response = await PostAsync(body);

        response.StatusCode.Should().Be(HttpStatusCode.BadRequest);
        var exchange = await LoggedAsync();
        exchange.Should().Match<LoggedExchange>(logged =>
            logged.Body == body && logged.BodyForm == "json" && logged.Outcome == "rejected" && logged.Model == model);
    }

    [Theory]
    [InlineData("""{"model":"gpt-4",""")]
    [InlineData("hello")]
    [InlineData("\u0000\u0001")]
    [InlineData("{\"model\":\"gpt-4\",\"messages\":\"\u0000\"}")]
    public async Task A_request_that_is_not_JSON_is_kept_as_text(string body)
    {
        await ServeToAKeyAsync();

        using var response = await PostAsync(body);

        response.StatusCode.Should().Be(HttpStatusCode.BadRequest);
        var exchange = await LoggedAsync();
        exchange.BodyForm.Should().Be("text");
        JsonDocument.Parse(exchange.Body!).RootElement.GetProperty("text").GetString().Should().Be(body);
    }

    [Fact]
    public async Task A_request_that_is_not_even_text_is_kept_as_base64()
    {
        byte[] bytes = [.. "{\"model\":\""u8, 0xFF, 0xC0, 0x80, .. "\"}"u8];
        await ServeToAKeyAsync();
        using var content = new ByteArrayContent(bytes);
        content.Headers.ContentType = new MediaTypeHeaderValue("application/json");

        using var response = await Client().PostAsync("/v1/chat/completions", content, Stop);

        response.StatusCode.Should().Be(HttpStatusCode.BadRequest);
        var exchange = await LoggedAsync();
        exchange.BodyForm.Should().Be("base64");
        JsonDocument.Parse(exchange.Body!).RootElement.GetProperty("base64").GetBytesFromBase64().Should().Equal(bytes);
    }

    /// <summary>What is kept is what the caller got: the gateway's own words, whatever the provider said.</summary>
    [Theory]
    [InlineData("""{"id":"c","choices":[""")]
    [InlineData("<html>Bad gateway</html>")]
    [InlineData("{\"content\":\"\u0000\"}")]
    [InlineData("")]
    public async Task An_answer_that_is_not_JSON_is_not_passed_on(string answer)
    {
        await ServeToAKeyAsync();
        Upstream.Answer = call => call.RespondAsync(200, answer);

        using var response = await ChatAsync();

        response.StatusCode.Should().Be(HttpStatusCode.BadGateway);
        var told = await response.Content.ReadAsStringAsync(Stop);
        JsonDocument.Parse(told).RootElement.GetProperty("error").GetProperty("code").GetString().Should().Be("upstream_bad_response");
        (await LoggedAsync()).Should().Match<LoggedExchange>(exchange =>
            exchange.ResponseBody == told && exchange.ResponseBodyForm == "json" && exchange.Outcome == "upstream_error"
            && exchange.ErrorCode == "upstream_bad_response" && exchange.ResponseStatus == 502);
    }

    [Fact]
    public async Task A_large_body_is_kept_whole()
    {
        var body = $$"""{"model":"gpt-4","messages":[{"role":"user","content":"{{new string('x', 5_000_000)}}"}]}""";
        await ServeToAKeyAsync();

        using var response = await PostAsync(body);

        response.StatusCode.Should().Be(HttpStatusCode.OK);
        var kept = (await LoggedAsync()).Body!;
        (kept.Length, kept == body).Should().Be((Encoding.UTF8.GetByteCount(body), true));
    }
}
