using System.Text.Json;
using CleanGateway.IntegrationTests.Clients;
using CleanGateway.IntegrationTests.Fixtures;
using CleanGateway.IntegrationTests.Providers;
using CleanGateway.UnitTests;

namespace CleanGateway.IntegrationTests;

/// <summary>The fake of Bedrock by itself, called by AWS's library, which signs what it sends and checks every frame.</summary>
public class ClientTestsFakeBedrock(GatewayFixture gateway) : NodeClientTest(gateway)
{
    private const string Profile = "arn:aws:bedrock:us-east-1:123456789012:inference-profile/us.anthropic.claude-sonnet-4-6";
    private static readonly object Credentials = new { accessKeyId = FakeBedrock.Id, secretAccessKey = FakeBedrock.Secret };

    [Theory]
    [InlineData(null, false)]
    [InlineData(Profile, false)]
    [InlineData(null, true)]
    public async Task Its_answer_is_one(string? model, bool byKey)
    {
        await using var bedrock = new FakeBedrock();

        var seen = await NodeAsync(
            "bedrock", new NodeOptions(Way: "chat", Model: model, Account: byKey ? null : Credentials), FakeBedrock.ApiKey, bedrock.Url);

        seen.GetProperty("content")[0].GetProperty("text").GetString().Should().Be(Told.Hello);
        seen.GetProperty("stopReason").GetString().Should().Be("end_turn");
        seen.GetProperty("usage").GetProperty("totalTokens").GetInt32().Should().Be(27);
    }

    [Theory]
    [InlineData(null)]
    [InlineData(1)]
    public async Task Its_stream_is_one(int? pieceSize)
    {
        await using var bedrock = new FakeBedrock();
        var usage = new ModelUsage(Input: 3, CachedRead: 100, CacheWrite: 10, Output: 9);
        bedrock.Next(new ModelScript(new Think("Hm, hm."), new Say("Hello", " there")) { Usage = usage, PieceSize = pieceSize });

        var seen = await AskAsync(bedrock, new NodeOptions(Way: "stream", Model: Profile));

        seen.GetProperty("text").GetString().Should().Be(Told.Hello);
        seen.GetProperty("thinking").GetString().Should().Be("Hm, hm.");
        seen.GetProperty("stopReason").GetString().Should().Be("end_turn");
        seen.GetProperty("usage").GetProperty("totalTokens").GetInt32().Should().Be(122);
        seen.GetProperty("usage").GetProperty("inputTokens").GetInt32().Should().Be(3);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Its_tool_calls_are_some(bool stream)
    {
        await using var bedrock = new FakeBedrock();
        var thinking = new { additionalModelRequestFields = new { thinking = new { type = "enabled", budget_tokens = 1024 } } };

        var seen = await AskAsync(bedrock, new NodeOptions(Way: "tools", Stream: stream, Chat: thinking));

        seen.GetProperty("calls").EnumerateArray().Select(call => call.GetProperty("input").GetRawText())
            .Should().Equal("""{"city":"Paris"}""", """{"city":"Rome"}""", "{}");
        seen.GetProperty("content").GetString().Should().Be(Told.Weather);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Claude_answers_by_invoke(bool stream)
    {
        await using var bedrock = new FakeBedrock();
        var messages = new[] { new { role = "user", content = "Say hello!" } };
        var body = new { anthropic_version = FakeBedrock.AnthropicVersion, max_tokens = 100, messages };

        var seen = await AskAsync(bedrock, new NodeOptions(Way: "invoke", Chat: body, Stream: stream));

        if (stream)
        {
            var events = seen.GetProperty("events").EnumerateArray().ToList();
            string.Concat(events.Select(next => next.Get("delta").Text("text"))).Should().Be(Told.Hello);
            events[^1].GetProperty("amazon-bedrock-invocationMetrics").GetProperty("outputTokenCount").GetInt32().Should().Be(7);
        }
        else
        {
            seen.GetProperty("answer").GetProperty("content")[0].GetProperty("text").GetString().Should().Be(Told.Hello);
        }
    }

    [Fact]
    public async Task It_counts_and_embeds()
    {
        await using var bedrock = new FakeBedrock();

        (await AskAsync(bedrock, new NodeOptions(Way: "count"))).GetProperty("count").GetProperty("inputTokens").GetInt32().Should().Be(5);
        var titan = await AskAsync(bedrock, new NodeOptions(Way: "invoke", Model: "amazon.titan-embed-text-v2:0", Chat: new { inputText = "a" }));
        titan.GetProperty("answer").GetProperty("embedding").Deserialize<float[]>().Should().Equal(Embedding.Of("a"));
        var texts = new { texts = new[] { "a", "b" }, input_type = "search_document", embedding_types = new[] { "float" } };
        var cohere = await AskAsync(bedrock, new NodeOptions(Way: "invoke", Model: "cohere.embed-english-v3", Chat: texts));
        cohere.GetProperty("answer").GetProperty("embeddings").GetProperty("float")[1].Deserialize<float[]>().Should().Equal(Embedding.Of("b"));
    }

    [Fact]
    public async Task It_sees_pictures_and_keeps_to_schemas()
    {
        await using var bedrock = new FakeBedrock();
        var picture = new { image = new { format = "png", source = new { bytes = Told.Png } } };
        var jsonSchema = new { schema = JsonReading.ToJson(Told.Schema), name = "place" };
        var format = new { textFormat = new { type = "json_schema", structure = new { jsonSchema } } };

        var seen = await AskAsync(
            bedrock, new NodeOptions(Way: "chat", Chat: new { messages = new[] { new { role = "user", content = new[] { picture } } } }));
        seen.GetProperty("content")[0].GetProperty("text").GetString().Should().Be(Told.Picture);

        seen = await AskAsync(bedrock, new NodeOptions(Way: "chat", Chat: new { outputConfig = format }));
        seen.GetProperty("content")[0].GetProperty("text").GetString().Should().Be(Told.Json);
    }

    [Fact]
    public async Task Strangers_are_refused()
    {
        await using var bedrock = new FakeBedrock();

        var secret = await NodeAsync(
            "bedrock", new NodeOptions(Way: "chat", Account: new { accessKeyId = FakeBedrock.Id, secretAccessKey = "another" }), url: bedrock.Url);
        secret.GetProperty("error").GetProperty("name").GetString().Should().Be("InvalidSignatureException");
        secret.GetProperty("error").GetProperty("status").GetInt32().Should().Be(403);

        bedrock.Token = "FQoGZXIvYXdzEXAMPLETOKEN==";
        (await AskAsync(
            bedrock, new NodeOptions(Way: "chat"))).GetProperty("error").GetProperty("name").GetString().Should().Be("UnrecognizedClientException");
        var temporary = new { accessKeyId = FakeBedrock.Id, secretAccessKey = FakeBedrock.Secret, sessionToken = bedrock.Token };
        (await NodeAsync("bedrock", new NodeOptions(Way: "chat", Account: temporary), url: bedrock.Url)).TryGetProperty("error", out _).Should()
            .BeFalse();
    }

    [Theory]
    [InlineData("chat", "ServiceUnavailableException")]
    [InlineData("stream", "ServiceUnavailableException")]
    public async Task Its_errors_are_some(string way, string name)
    {
        await using var bedrock = new FakeBedrock();
        bedrock.Next(new ModelScript(new Say("Hel"), new Fail(ModelFailure.Overloaded)));

        (await AskAsync(bedrock, new NodeOptions(Way: way))).GetProperty("error").GetProperty("name").GetString().Should().Be(name);
    }

    [Fact]
    public async Task Its_frames_and_signatures_are_the_known_ones()
    {
        using var vectors = JsonDocument.Parse(await File.ReadAllTextAsync(SharedData.Find("bedrock-wire-vectors.json"), Stop));
        foreach (var frame in vectors.RootElement.GetProperty("eventstream").GetProperty("frames").EnumerateArray())
        {
            var headers = frame.GetProperty("headers").EnumerateObject().Select(header => (header.Name, header.Value.GetString()!)).ToArray();
            Convert.ToHexStringLower(EventStreamFrame.Encode(frame.GetProperty("payload").GetString()!, headers)).Should()
                .Be(frame.GetProperty("hex").GetString());
        }

        foreach (var known in vectors.RootElement.GetProperty("sigv4").EnumerateArray())
        {
            var authorization = S3Signature.Parse(known.GetProperty("authorization").GetString()!)!.Value;
            var canonical = known.GetProperty("canonicalRequest").GetString()!.Split('\n');
            var headers = canonical[3..].TakeWhile(line => line.Length > 0).Select(line => line.Split(':', 2))
                .ToDictionary(pair => pair[0], pair => pair[1]);
            var request = new UpstreamRequest("POST", known.GetProperty("wirePath").GetString()!, headers, known.GetProperty("body").GetString()!);

            var date = known.GetProperty("amzDate").GetString()!;
            BedrockSignature.Sign(request, authorization.SignedHeaders, canonical[^1], date, FakeBedrock.Region, FakeBedrock.Secret)
                .Should().Be(known.GetProperty("signature").GetString(), known.GetProperty("name").GetString());
        }
    }

    private Task<JsonElement> AskAsync(
        FakeBedrock bedrock, NodeOptions options) => NodeAsync("bedrock", options with { Account = Credentials }, url: bedrock.Url);
}
