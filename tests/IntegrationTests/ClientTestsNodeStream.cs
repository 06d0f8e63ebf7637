using System.Text.Json;
using CleanGateway.IntegrationTests.Clients;
using CleanGateway.IntegrationTests.Fixtures;

namespace CleanGateway.IntegrationTests;

public class ClientTestsNodeStream(GatewayFixture gateway) : NodeClientTest(gateway)
{
    [Theory]
    [InlineData("gpt-4", "Hello there")]
    [InlineData("echo", "Say hello!")]
    public async Task A_stream_is_read_event_by_event(string model, string text)
    {
        await ServeToAKeyAsync();

        var seen = await NodeAsync("stream", new NodeOptions(Chat: new { model }));

        seen.GetProperty("ended").GetBoolean().Should().BeTrue();
        seen.GetProperty("text").GetString().Should().Be(text);
        var chunks = Chunks(seen);
        chunks.Should().OnlyContain(chunk =>
            chunk.GetProperty("object").GetString() == "chat.completion.chunk" && chunk.GetProperty("choices").GetArrayLength() == 1);
        chunks[0].GetProperty("choices")[0].GetProperty("delta").GetProperty("role").GetString().Should().Be("assistant");
        chunks[^1].GetProperty("choices")[0].GetProperty("finish_reason").GetString().Should().Be("stop");
        seen.GetProperty("requestId").GetString().Should().Be((await LoggedAsync()).RequestId);
    }

    [Theory]
    [InlineData("gpt-4", 12)]
    [InlineData("echo", 4)]
    public async Task Usage_comes_in_one_last_chunk_when_it_is_asked_for(string model, int totalTokens)
    {
        await ServeToAKeyAsync();

        var seen = await NodeAsync("stream", new NodeOptions(Chat: new { model, stream_options = new { include_usage = true } }));

        var chunks = Chunks(seen);
        chunks[^1].GetProperty("choices").GetArrayLength().Should().Be(0);
        chunks[^1].GetProperty("usage").GetProperty("total_tokens").GetInt32().Should().Be(totalTokens);
        chunks[..^1].Should().OnlyContain(chunk => chunk.GetProperty("usage").ValueKind == JsonValueKind.Null);
    }

    [Theory]
    [InlineData("gpt-4")]
    [InlineData("echo")]
    public async Task Usage_stays_away_when_it_is_not_asked_for(string model)
    {
        await ServeToAKeyAsync();

        var seen = await NodeAsync("stream", new NodeOptions(Chat: new { model }));

        Chunks(seen).Should().NotContain(chunk => HasMember(chunk, "usage"));
        (await LoggedAsync()).PromptTokens.Should().BePositive("it is in the books all the same");
    }

    [Theory]
    [InlineData("gpt-4", "Hello there", 12)]
    [InlineData("echo", "Say hello!", 4)]
    public async Task The_stream_helper_puts_the_answer_together(string model, string text, int totalTokens)
    {
        await ServeToAKeyAsync();

        var seen = await NodeAsync("stream-helper", new NodeOptions(Chat: new { model, stream_options = new { include_usage = true } }));

        seen.GetProperty("content").GetString().Should().Be(text);
        seen.GetProperty("text").GetString().Should().Be(text);
        seen.GetProperty("choices")[0].GetProperty("finish_reason").GetString().Should().Be("stop");
        seen.GetProperty("usage").GetProperty("total_tokens").GetInt32().Should().Be(totalTokens);
    }

    [Fact]
    public async Task The_stream_helper_puts_tool_calls_together()
    {
        await ServeToAKeyAsync();
        Upstream.Answer = Scripts.CallToolsAsync;

        var seen = await NodeAsync("stream-helper");

        var choice = seen.GetProperty("choices")[0];
        choice.GetProperty("finish_reason").GetString().Should().Be("tool_calls");
        choice.GetProperty("message").GetProperty("tool_calls").EnumerateArray()
            .Select(call => (call.GetProperty("id").GetString(), call.GetProperty("function").GetProperty("arguments").GetString()))
            .Should().Equal(("call_1", """{"city":"Paris"}"""), ("call_2", """{"city":"Rome"}"""));
    }

    [Fact]
    public async Task Streamed_tool_calls_go_back_and_forth_until_there_is_an_answer()
    {
        await ServeToAKeyAsync();
        Upstream.Answer = Scripts.CallToolsAsync;

        var seen = await NodeAsync("run-tools", new NodeOptions(Stream: true));

        seen.GetProperty("cities").EnumerateArray().Select(city => city.GetString()).Should().Equal("Paris", "Rome");
        seen.GetProperty("content").GetString().Should().Be("Hello there");
    }

    [Theory]
    [MemberData(nameof(Scripts.WaysToDie), MemberType = typeof(Scripts))]
    public async Task An_upstream_that_dies_in_mid_stream_is_an_error(string way)
    {
        await ServeToAKeyAsync();
        Upstream.Answer = Scripts.DieInMidStream(way);

        var seen = await NodeAsync("stream", new NodeOptions(MaxRetries: null));

        seen.GetProperty("text").GetString().Should().Be("Hel");
        HasMember(seen, "ended").Should().BeFalse("the text is not all of it");
        seen.GetProperty("error").GetProperty("class").GetString().Should().Be("APIError");
        seen.GetProperty("error").GetProperty("type").GetString().Should().Be("server_error");
        seen.GetProperty("attempts").GetInt32().Should().Be(1, "what has begun cannot be tried again");
        (await LoggedAsync()).Outcome.Should().Be("upstream_error");
    }

    [Theory]
    [MemberData(nameof(Scripts.WaysToDie), MemberType = typeof(Scripts))]
    public async Task The_stream_helper_gives_no_content_when_the_upstream_dies(string way)
    {
        await ServeToAKeyAsync();
        Upstream.Answer = Scripts.DieInMidStream(way);

        var seen = await NodeAsync("stream-helper");

        HasMember(seen, "content").Should().BeFalse();
        seen.GetProperty("error").GetProperty("class").GetString().Should().Be("APIError");
    }

    private static bool HasMember(JsonElement element, string name) => element.TryGetProperty(name, out _);

    private static List<JsonElement> Chunks(JsonElement seen) => [.. seen.GetProperty("chunks").EnumerateArray()];
}
