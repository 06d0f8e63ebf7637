using System.Text.Json;
using CleanGateway.IntegrationTests.Clients;
using CleanGateway.IntegrationTests.Fixtures;
using CleanGateway.IntegrationTests.Providers;

namespace CleanGateway.IntegrationTests;

/// <summary>The fake of the Gemini API by itself, called by Google's library.</summary>
public class ClientTestsFakeGemini(GatewayFixture gateway) : NodeClientTest(gateway)
{
    [Theory]
    [InlineData("chat")]
    [InlineData("stream")]
    public async Task Its_answer_is_one(string way)
    {
        await using var gemini = new FakeGemini();

        var seen = await AskAsync(gemini, new NodeOptions(Way: way));

        seen.GetProperty("text").GetString().Should().Be(Told.Hello);
        seen.GetProperty("finishReason").GetString().Should().Be("STOP");
        seen.GetProperty("usage").GetProperty("totalTokenCount").GetInt32().Should().Be(27);
    }

    [Fact]
    public async Task It_thinks_and_counts_what_it_thought_apart()
    {
        await using var gemini = new FakeGemini();

        var seen = await AskAsync(
            gemini, new NodeOptions(Way: "stream", Chat: new { config = new { thinkingConfig = new { includeThoughts = true } } }));

        seen.GetProperty("thinking").GetString().Should().Be(DefaultModel.Thought);
        seen.GetProperty("usage").GetProperty("thoughtsTokenCount").GetInt32().Should().Be(4);
        seen.GetProperty("usage").GetProperty("candidatesTokenCount").GetInt32().Should().Be(3);
    }

    [Theory]
    [InlineData("gemini-2.5-flash", false)]
    [InlineData("gemini-2.5-flash", true)]
    [InlineData("gemini-3-pro", false)]
    [InlineData("gemini-3-pro", true)]
    public async Task Its_tool_calls_are_some(string model, bool stream)
    {
        await using var gemini = new FakeGemini();

        var seen = await AskAsync(gemini, new NodeOptions(Way: "tools", Model: model, Stream: stream));

        seen.GetProperty("calls").GetArrayLength().Should().Be(3);
        seen.GetProperty("content").GetString().Should().Be(Told.Weather);
    }

    [Fact]
    public async Task It_counts_and_embeds()
    {
        await using var gemini = new FakeGemini();

        (await AskAsync(gemini, new NodeOptions(Way: "count"))).GetProperty("count").GetProperty("totalTokens").GetInt32().Should().Be(5);
        var embedded = await AskAsync(
            gemini, new NodeOptions(Way: "embed", Model: "gemini-embedding-001", Chat: new { contents = new[] { "a", "b" } }));
        embedded.GetProperty("embeddings").EnumerateArray().Select(vector => vector.GetProperty("values").Deserialize<float[]>()!)
            .Should().BeEquivalentTo([Embedding.Of("a"), Embedding.Of("b")], options => options.WithStrictOrdering());
    }

    [Fact]
    public async Task It_sees_pictures_and_keeps_to_schemas()
    {
        await using var gemini = new FakeGemini();
        var picture = new { role = "user", parts = new[] { new { inlineData = new { mimeType = "image/png", data = Told.Png } } } };

        (await AskAsync(
            gemini,
            new NodeOptions(Way: "chat", Chat: new { contents = new[] { picture } }))).GetProperty("text").GetString().Should().Be(Told.Picture);
        var config = new { responseMimeType = "application/json", responseJsonSchema = Told.Schema };
        (await AskAsync(gemini, new NodeOptions(Way: "chat", Chat: new { config }))).GetProperty("text").GetString().Should().Be(Told.Json);
    }

    [Theory]
    [InlineData("chat")]
    [InlineData("stream")]
    public async Task Its_errors_are_some(string way)
    {
        await using var gemini = new FakeGemini();

        gemini.Next(new ModelScript(new Fail(ModelFailure.Overloaded)));
        var failed = await AskAsync(gemini, new NodeOptions(Way: way));
        failed.GetProperty("error").GetProperty("status").GetInt32().Should().Be(503);

        var strange = await NodeAsync("gemini", new NodeOptions(Way: way), "AIzaNobody", gemini.Url);
        strange.GetProperty("error").GetProperty("message").GetString().Should().Contain("API_KEY_INVALID");
    }

    private Task<JsonElement> AskAsync(FakeGemini gemini, NodeOptions options) => NodeAsync("gemini", options, FakeGemini.Key, gemini.Url);
}

/// <summary>The fake of Vertex AI by itself, called by Google's library, and by Anthropic's for it; both sign in.</summary>
public sealed class ClientTestsFakeVertex(GatewayFixture gateway) : NodeClientTest(gateway), IAsyncDisposable
{
    private readonly FakeGoogleTokens tokens = new();

    async ValueTask IAsyncDisposable.DisposeAsync()
    {
        await tokens.DisposeAsync();
        await DisposeAsync();
    }

    [Theory]
    [InlineData("chat")]
    [InlineData("stream")]
    public async Task Geminis_answer_is_one(string way)
    {
        await using var vertex = new FakeVertex(tokens);

        var seen = await AskAsync(vertex, "gemini", new NodeOptions(Way: way));

        seen.GetProperty("text").GetString().Should().Be(Told.Hello);
        seen.GetProperty("usage").GetProperty("trafficType").GetString().Should().Be("ON_DEMAND");
        tokens.Minted.Should().ContainSingle();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Geminis_tool_calls_are_some(bool stream)
    {
        await using var vertex = new FakeVertex(tokens);

        var seen = await AskAsync(vertex, "gemini", new NodeOptions(Way: "tools", Model: "gemini-3-pro", Stream: stream));

        seen.GetProperty("content").GetString().Should().Be(Told.Weather);
    }

    [Fact]
    public async Task Embeddings_are_some()
    {
        await using var vertex = new FakeVertex(tokens);

        var seen = await AskAsync(
            vertex, "gemini", new NodeOptions(Way: "embed", Model: "text-embedding-005", Chat: new { contents = new[] { "a", "b" } }));

        seen.GetProperty("embeddings").EnumerateArray().Select(vector => vector.GetProperty("values").Deserialize<float[]>()!)
            .Should().BeEquivalentTo([Embedding.Of("a"), Embedding.Of("b")], options => options.WithStrictOrdering());
    }

    [Fact]
    public async Task Claudes_answer_stream_and_tool_calls_are_some()
    {
        await using var vertex = new FakeVertex(tokens);
        var model = "claude-opus-4-8@20260601";

        (await AskAsync(
            vertex, "messages", new NodeOptions(Model: model))).GetProperty("message").GetProperty("content")[0].GetProperty("text").GetString()
            .Should().Be(Told.Hello);
        (await AskAsync(vertex, "messages-stream", new NodeOptions(Model: model))).GetProperty("text").GetString().Should().Be(Told.Hello);
        (await AskAsync(
            vertex, "messages-tools", new NodeOptions(Model: model, Stream: true))).GetProperty("content").GetString().Should().Be(Told.Weather);
        (await AskAsync(
            vertex,
            "messages",
            new NodeOptions(Model: model, Way: "count"))).GetProperty("count").GetProperty("input_tokens").GetInt32().Should().Be(5);
    }

    [Fact]
    public async Task A_token_that_is_too_old_is_refused()
    {
        await using var vertex = new FakeVertex(tokens);
        tokens.Lifetime = TimeSpan.Zero;

        var seen = await AskAsync(vertex, "gemini", new NodeOptions(Way: "chat"));

        seen.GetProperty("error").GetProperty("status").GetInt32().Should().Be(401);
    }

    [Fact]
    public async Task What_another_has_signed_buys_no_token()
    {
        await using var vertex = new FakeVertex(tokens);
        await using var others = new FakeGoogleTokens();
        var account = JsonDocument.Parse(
            others.ServiceAccountJson.Replace(others.Url.AbsoluteUri, tokens.Url.AbsoluteUri, StringComparison.Ordinal)).RootElement;

        var seen = await NodeAsync("gemini", new NodeOptions(Way: "chat", Account: account), url: vertex.Url);

        seen.GetProperty("error").GetProperty("message").GetString().Should().Contain("invalid_grant");
        vertex.Requests.Should().BeEmpty();
    }

    private Task<JsonElement> AskAsync(FakeVertex vertex, string script, NodeOptions options) => NodeAsync(
        script, options with { Account = JsonDocument.Parse(tokens.ServiceAccountJson).RootElement },
        url: script == "gemini" ? vertex.Url : new Uri(vertex.Url, "/v1"));
}
