using System.Text.Json;
using Anthropic;
using Anthropic.Models.Messages;
using CleanGateway.IntegrationTests.Clients;
using CleanGateway.IntegrationTests.Fixtures;
using CleanGateway.IntegrationTests.Providers;

namespace CleanGateway.IntegrationTests;

/// <summary>The fake of Anthropic's API by itself, called by Anthropic's library for Node.js.</summary>
public class ClientTestsFakeAnthropicByNode(GatewayFixture gateway) : NodeClientTest(gateway)
{
    [Theory]
    [InlineData(null)]
    [InlineData("x-api-key")]
    public async Task Its_answer_is_one(string? way)
    {
        await using var anthropic = new FakeAnthropic();

        var seen = await AskAsync(anthropic, "messages", new NodeOptions(Way: way));

        seen.GetProperty("message").GetProperty("content")[0].GetProperty("text").GetString().Should().Be(Told.Hello);
        seen.GetProperty("message").GetProperty("usage").GetProperty("input_tokens").GetInt32().Should().Be(20);
        seen.GetProperty("message").GetProperty("stop_reason").GetString().Should().Be("end_turn");
        seen.GetProperty("requestId").GetString().Should().Be(FakeAnthropic.RequestId);
    }

    [Fact]
    public async Task Its_count_is_one()
    {
        await using var anthropic = new FakeAnthropic();

        (await AskAsync(
            anthropic, "messages", new NodeOptions(Way: "count"))).GetProperty("count").GetProperty("input_tokens").GetInt32().Should().Be(5);
    }

    [Theory]
    [InlineData(null)]
    [InlineData(1)]
    public async Task Its_stream_is_one(int? pieceSize)
    {
        await using var anthropic = new FakeAnthropic();
        var usage = new ModelUsage(Input: 3, CachedRead: 100, CacheWrite: 10, Output: 9);
        anthropic.Next(new ModelScript(new Think("Hm, hm."), new Say("Hello", " there"), new Finish(FinishReason.MaxTokens))
        {
            Usage = usage, PieceSize = pieceSize,
        });

        var seen = await AskAsync(anthropic, "messages-stream", new NodeOptions(Chat: Thinking));

        seen.GetProperty("text").GetString().Should().Be(Told.Hello);
        seen.GetProperty("thinking").GetString().Should().Be("Hm, hm.");
        var message = seen.GetProperty("message");
        message.GetProperty("content")[0].GetProperty("signature").GetString().Should().Be(Think.SignatureOf("Hm, hm."));
        message.GetProperty("stop_reason").GetString().Should().Be("max_tokens");
        message.GetProperty("usage").GetProperty("output_tokens").GetInt32().Should().Be(9);
        message.GetProperty("usage").GetProperty("cache_read_input_tokens").GetInt32().Should().Be(100);
        message.GetProperty("usage").GetProperty("cache_creation_input_tokens").GetInt32().Should().Be(10);
    }

    [Theory]
    [InlineData(false, false)]
    [InlineData(true, false)]
    [InlineData(true, true)]
    public async Task Its_tool_calls_are_some(bool stream, bool thinking)
    {
        await using var anthropic = new FakeAnthropic();

        var seen = await AskAsync(anthropic, "messages-tools", new NodeOptions(Stream: stream, Chat: thinking ? Thinking : null));

        seen.GetProperty("stopReason").GetString().Should().Be("tool_use");
        seen.GetProperty("calls").EnumerateArray().Select(call => call.GetProperty("input").GetRawText())
            .Should().Equal("""{"city":"Paris"}""", """{"city":"Rome"}""", "{}");
        seen.GetProperty("content").GetString().Should().Be(Told.Weather);
    }

    [Fact]
    public async Task It_sees_pictures_and_keeps_to_schemas()
    {
        await using var anthropic = new FakeAnthropic();
        var picture = new { type = "image", source = new { type = "base64", media_type = "image/png", data = Told.Png } };

        var seen = await AskAsync(
            anthropic, "messages", new NodeOptions(Chat: new { messages = new[] { new { role = "user", content = new[] { picture } } } }));
        seen.GetProperty("message").GetProperty("content")[0].GetProperty("text").GetString().Should().Be(Told.Picture);

        seen = await AskAsync(
            anthropic,
            "messages",
            new NodeOptions(Chat: new { output_config = new { format = new { type = "json_schema", schema = Told.Schema } } }));
        seen.GetProperty("message").GetProperty("content")[0].GetProperty("text").GetString().Should().Be(Told.Json);
    }

    [Fact]
    public async Task Its_errors_are_some()
    {
        await using var anthropic = new FakeAnthropic();

        var strange = await NodeAsync("messages", key: "sk-ant-nobody", url: anthropic.Url);
        strange.GetProperty("error").GetProperty("class").GetString().Should().Be("AuthenticationError");

        var extra = await AskAsync(anthropic, "messages", new NodeOptions(Chat: new { frequency_penalty = 1 }));
        extra.GetProperty("error").GetProperty("class").GetString().Should().Be("BadRequestError");
        extra.GetProperty("error").GetProperty("message").GetString().Should().Contain("frequency_penalty: Extra inputs are not permitted");

        anthropic.Next(new ModelScript(new Fail(ModelFailure.RateLimited)));
        var limited = await AskAsync(anthropic, "messages", new NodeOptions());
        limited.GetProperty("error").GetProperty("status").GetInt32().Should().Be(429);
        limited.GetProperty("error").GetProperty("retryAfter").GetString().Should().Be("7");
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task It_fails_within_a_stream(bool after)
    {
        await using var anthropic = new FakeAnthropic();
        anthropic.Next(new ModelScript([.. after ? (ModelStep[])[new Say("Hel")] : [], new Fail(ModelFailure.Overloaded)]));

        var seen = await AskAsync(anthropic, "messages-stream", new NodeOptions());

        seen.GetProperty("text").GetString().Should().Be(after ? "Hel" : "");
        seen.GetProperty("error").GetProperty("type").GetString().Should().Be("overloaded_error");
    }

    internal static object Thinking { get; } = new { thinking = new { type = "enabled", budget_tokens = 1024 } };

    private Task<JsonElement> AskAsync(
        FakeAnthropic anthropic, string script, NodeOptions options) => NodeAsync(script, options, FakeAnthropic.Key, anthropic.Url);
}

/// <summary>The same, called by Anthropic's library for .NET.</summary>
public class ClientTestsFakeAnthropicByDotNet(GatewayFixture gateway) : GatewayTest(gateway)
{
    private static readonly MessageCreateParams Hello =
        new() { Model = "claude-sonnet-4-6", MaxTokens = 100, Messages = [new UserMessageParam("Say hello!")] };

    [Fact]
    public async Task Its_answer_is_one()
    {
        await using var anthropic = new FakeAnthropic();

        var message = await Connect(anthropic).Messages.Create(Hello, Stop);

        message.Content[0].TryPickText(out var text).Should().BeTrue();
        text!.Text.Should().Be(Told.Hello);
        message.Usage.OutputTokens.Should().Be(7);
    }

    [Fact]
    public async Task Its_stream_is_one()
    {
        await using var anthropic = new FakeAnthropic();
        var said = "";

        await foreach (var next in Connect(anthropic).Messages.CreateStreaming(Hello, Stop))
        {
            if (next.TryPickContentBlockDelta(out var delta) && delta.Delta.TryPickText(out var text))
                said += text.Text;
        }

        said.Should().Be(Told.Hello);
    }

    [Fact]
    public async Task Its_tool_calls_are_some()
    {
        await using var anthropic = new FakeAnthropic();
        var city = new Dictionary<string, JsonElement> { ["city"] = JsonSerializer.SerializeToElement(new { type = "string" }) };
        var request = Hello with { Tools = [new Tool { Name = "get_weather", InputSchema = new InputSchema { Properties = city } }] };

        var first = await Connect(anthropic).Messages.Create(request, Stop);
        var calls = first.Content.Select(block => block.TryPickToolUse(out var call) ? call : null).OfType<ToolUseBlock>().ToList();
        calls.Select(call => call.Input["city"].GetString()).Should().Equal("Paris", "Rome");

        var second = await Connect(anthropic).Messages.Create(
            request with
            {
                Messages =
                [
                    .. request.Messages,
                    new AssistantMessageParam(calls
                        .Select(call => (ContentBlockParam)new ToolUseBlockParam { ID = call.ID, Name = call.Name, Input = call.Input }).ToList()),
                    new UserMessageParam(calls.Select(call => (ContentBlockParam)new ToolResultBlockParam { ToolUseID = call.ID, Content = "18C" })
                        .ToList()),
                ],
            },
            Stop);
        second.Content[0].TryPickText(out var text).Should().BeTrue();
        text!.Text.Should().Be("It is 18C in Paris and 18C in Rome.");
    }

    private static AnthropicClient Connect(FakeAnthropic anthropic) =>
        new() { BaseUrl = anthropic.Url.AbsoluteUri, ApiKey = FakeAnthropic.Key, MaxRetries = 0 };
}
