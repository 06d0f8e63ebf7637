using System.Net;
using CleanGateway.IntegrationTests.Fixtures;

namespace CleanGateway.IntegrationTests;

/// <summary>What becomes of a whole answer's bytes, both ways.</summary>
public class ChatTestsPassThrough(GatewayFixture gateway) : ChatTest(gateway)
{
    private const string Messages = """ "messages":[{"role":"user","content":"Say hello!"}] """;

    public static TheoryData<string> Requests =>
    [
        Hello,
        // Fields nobody knows, in no order, at every level; what the gateway owns only where it owns it.
        """{"zeta":{"model":"other","stream":true,"b":[[],{}]},"messages":[{"x":1,"role":"user","content":null,"model":"m"}],"model":"gpt-4","Model":1}""",
        // Spellings of numbers that a parser would change.
        $$"""{"seed":12345678901234567890,"temperature":1.0,"top_p":1e3,"a":-0.0,"b":0.10,"c":1E-400,"d":1e999,"max_tokens":16,"model":"gpt-4",{{Messages}}}""",
        // Escapes that a writer would choose otherwise, a character beyond the first plane, half of one, and a zero.
        """{"model":"gpt-4","messages":[{"role":"user","content":"\u0048i\/\"\\\n\t\b \ud83d\ude00 \ud800 \u0000 ä€😀<&'"}],"\u0061\u002f":"\u003c"}""",
        "\r\n\t { \"model\"\t:\n\"gpt-4\" ,\r\n  \"messages\" : [ { \"role\" : \"user\" , \"content\" : \"Hi\" } ] , \"stream\" : false }\n\n ",
        // Options of a stream that is none are the upstream's to refuse.
        $$"""{"model":"gpt-4","stream":null,"stream_options":{"include_usage":false},{{Messages}}}""",
    ];

    [Theory]
    [MemberData(nameof(Requests))]
    public async Task A_request_reaches_the_upstream_and_the_books_as_it_was_written(string body)
    {
        await ServeToAKeyAsync();

        using var response = await PostAsync(body);

        response.StatusCode.Should().Be(HttpStatusCode.OK);
        Upstream.Request.Body.Should().Be(body);
        (await LoggedAsync()).Should().Match<LoggedExchange>(logged => logged.Body == body && logged.BodyForm == "json");
    }

    [Theory]
    [InlineData("\"my-gpt4\"")]
    [InlineData("\"my\\u002dgpt4\"")]
    [InlineData("\n \"my-gpt4\"\t")]
    public async Task An_alias_becomes_the_models_name_and_nothing_else_changes(string spelled)
    {
        await ServeToAKeyAsync();
        await AddAliasAsync("my-gpt4");
        var before = """{ "a" : 1.0, "metadata":{"model":"my-gpt4"},"model":""";
        var after = """ ,"messages":[{"role":"user","content":"my-gpt4"}], "z":1e3 }""";

        using var response = await PostAsync(before + spelled + after);

        response.StatusCode.Should().Be(HttpStatusCode.OK);
        Upstream.Request.Body.Should().Be(before + spelled.Replace(spelled.Trim(), "\"gpt-4\"", StringComparison.Ordinal) + after);
        (await LoggedAsync()).Should().Match<LoggedExchange>(logged => logged.Model == "my-gpt4" && logged.Body == before + spelled + after);
    }

    [Fact]
    public async Task A_byte_order_mark_is_not_passed_on()
    {
        await ServeToAKeyAsync();

        using var response = await PostAsync("\uFEFF" + Hello);

        response.StatusCode.Should().Be(HttpStatusCode.OK);
        Upstream.Request.Body.Should().Be(Hello);
        (await LoggedAsync()).Body.Should().Be(Hello);
    }

    [Theory]
    [InlineData("application/json")]
    [InlineData("application/json; charset=utf-8")]
    [InlineData("text/plain")]
    public async Task An_answer_reaches_the_caller_and_the_books_as_it_was_written(string contentType)
    {
        const string Answer =
            """
             { "x_new" : {"n":1.0,"m":1e3,"i":12345678901234567890} , "model":"gpt-x-2026", "id":"chatcmpl-1","object":"chat.completion",
              "choices":[{"index":0,"logprobs":null,"finish_reason":"stop","message":{"content":"\u0048\/ \ud800 \u0000 ä😀","role":"assistant","audio":[]}}],
              "usage":{"total_tokens":12.0,"completion_tokens":3,"prompt_tokens":9,"queue_time":0.10},"system_fingerprint":null }
            """;
        await ServeToAKeyAsync();
        Upstream.Answer = call => call.RespondAsync(200, Answer, contentType);

        using var response = await ChatAsync();

        (await TextAsync(response)).Should().Be(Answer);
        response.Content.Headers.ContentType!.ToString().Should().Be("application/json");
        (await LoggedAsync()).Should().Match<LoggedExchange>(logged =>
            logged.ResponseBody == Answer && logged.ResponseBodyForm == "json" && logged.PromptTokens == 9 && logged.CompletionTokens == 3);
        (await ScalarAsync<string>("SELECT response_model FROM responses")).Should().Be("gpt-x-2026", "the provider says so");
    }

    [Fact]
    public async Task The_upstreams_headers_stay_behind()
    {
        await ServeToAKeyAsync();
        Upstream.Answer = call => call.RespondAsync(
            200, """{"choices":[]}""", headers: ["Set-Cookie: a=b", "openai-organization: org-secret", "Server: upstream", "X-Request-ID: theirs"]);

        using var response = await ChatAsync();

        response.Headers.Select(header => header.Key).Should().BeEquivalentTo(
            "Date", "X-Request-ID", "X-DB-Overhead", "X-Total-Latency", "Cache-Control", "Content-Security-Policy", "X-Content-Type-Options");
        response.Headers.GetValues("X-Request-ID").Should().Equal((await LoggedAsync()).RequestId);
        response.Content.Headers.Select(header => header.Key).Should().BeEquivalentTo("Content-Type", "Content-Length");
    }
}
