using CleanGateway.IntegrationTests.Clients;
using CleanGateway.IntegrationTests.Fixtures;
using OpenAI.Chat;

namespace CleanGateway.IntegrationTests;

/// <summary>The fake upstream by itself: an error in it would hide one in the gateway.</summary>
public class ClientTestsFakeUpstreamByNode(GatewayFixture gateway) : NodeClientTest(gateway)
{
    [Fact]
    public async Task Its_answer_is_one()
    {
        var seen = await NodeAsync("chat", url: Upstream.Url);

        seen.GetProperty("completion").GetProperty("choices")[0].GetProperty("message").GetProperty("content").GetString().Should().Be("Hello there");
        seen.GetProperty("completion").GetProperty("usage").GetProperty("total_tokens").GetInt32().Should().Be(12);
    }

    [Theory]
    [InlineData("stream", "text")]
    [InlineData("stream-helper", "content")]
    public async Task Its_stream_is_one(string script, string member)
    {
        var seen = await NodeAsync(script, new NodeOptions(Chat: new { stream_options = new { include_usage = true } }), url: Upstream.Url);

        seen.GetProperty(member).GetString().Should().Be("Hello there");
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Its_tool_calls_are_some(bool stream)
    {
        Upstream.Answer = Scripts.CallToolsAsync;

        var seen = await NodeAsync("run-tools", new NodeOptions(Stream: stream), url: Upstream.Url);

        seen.GetProperty("cities").GetArrayLength().Should().Be(2);
        seen.GetProperty("content").GetString().Should().Be("Hello there");
    }
}

/// <inheritdoc cref="ClientTestsFakeUpstreamByNode"/>
public class ClientTestsFakeUpstreamByDotNet(GatewayFixture gateway) : DotNetClientTest(gateway)
{
    [Fact]
    public async Task Its_answer_is_one()
    {
        var completion = (await Chat(url: Upstream.Url).CompleteChatAsync(Hello, cancellationToken: Stop)).Value;

        completion.Content[0].Text.Should().Be("Hello there");
        completion.FinishReason.Should().Be(ChatFinishReason.Stop);
        completion.Usage.TotalTokenCount.Should().Be(12);
    }

    [Fact]
    public async Task Its_stream_is_one()
    {
        var (text, updates) = await ReadAsync(Chat(url: Upstream.Url).CompleteChatStreamingAsync(Hello, cancellationToken: Stop));

        text.Should().Be("Hello there");
        updates[^1].Usage.TotalTokenCount.Should().Be(12);
    }
}
