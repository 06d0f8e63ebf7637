using System.Buffers.Binary;
using System.Text.Json;
using CleanGateway.IntegrationTests.Clients;
using CleanGateway.IntegrationTests.Fixtures;

namespace CleanGateway.IntegrationTests;

/// <summary>Responses and embeddings with the <c>openai</c> package of npm, which asks for vectors as base64 unless it is told otherwise.</summary>
public class ClientTestsNodeInference(GatewayFixture gateway) : NodeClientTest(gateway)
{
    private const string Message = """{"id":"msg_1","type":"message","role":"assistant","status":"completed","content":[{"type":"output_text","text":"Hello there","annotations":[]}]}""";
    private const string Response =
        $$"""{"id":"resp_1","object":"response","created_at":1763683200,"status":"completed","error":null,"model":"gpt-x","output":[{{Message}}],"usage":{"input_tokens":9,"output_tokens":3,"total_tokens":12} }""";

    [Fact]
    public async Task Vectors_come_as_base64_when_the_library_asks_for_them()
    {
        await ServeEmbeddingsAsync();
        Upstream.Answer = AnswerVectorsAsync;

        var seen = await NodeAsync("embed");

        Upstream.Request.Json.GetProperty("encoding_format").GetString().Should().Be("base64");
        Vectors(seen).Should().BeEquivalentTo(new float[][] { [0.5f, -1.25f], [2f, 3f] }, options => options.WithStrictOrdering());
        (await LoggedAsync()).Should().Match<LoggedExchange>(logged => logged.Outcome == "ok" && logged.PromptTokens == 8 && logged.CompletionTokens == 0);
    }

    [Fact]
    public async Task Vectors_come_as_numbers_when_those_are_asked_for()
    {
        await ServeEmbeddingsAsync();
        Upstream.Answer = AnswerVectorsAsync;

        var seen = await NodeAsync("embed", new NodeOptions(Chat: new { encoding_format = "float" }));

        Vectors(seen).Should().BeEquivalentTo(new float[][] { [0.5f, -1.25f], [2f, 3f] }, options => options.WithStrictOrdering());
    }

    [Fact]
    public async Task A_response_is_read()
    {
        await ServeToAKeyAsync();
        Upstream.Answer = call => call.RespondAsync(200, Response);

        var seen = await NodeAsync("respond");

        (seen.GetProperty("text").GetString(), seen.GetProperty("status").GetString()).Should().Be(("Hello there", "completed"));
        seen.GetProperty("usage").GetProperty("total_tokens").GetInt32().Should().Be(12);
    }

    [Fact]
    public async Task A_streamed_response_is_read_event_by_event()
    {
        await ServeToAKeyAsync();
        Upstream.Answer = StreamAsync;

        var seen = await NodeAsync("respond", new NodeOptions(Stream: true));

        seen.GetProperty("ended").GetBoolean().Should().BeTrue();
        seen.GetProperty("text").GetString().Should().Be("Hello there");
        seen.GetProperty("types").EnumerateArray().Select(type => type.GetString()).Should().Equal(
            "response.created", "response.output_item.added", "response.content_part.added", "response.output_text.delta", "response.output_text.delta",
            "response.output_item.done", "response.completed");
    }

    [Fact]
    public async Task The_stream_helper_puts_a_response_together()
    {
        await ServeToAKeyAsync();
        Upstream.Answer = StreamAsync;

        var seen = await NodeAsync("respond-helper");

        (seen.GetProperty("text").GetString(), seen.GetProperty("status").GetString()).Should().Be(("Hello there", "completed"));
    }

    [Fact]
    public async Task A_stream_that_breaks_off_is_an_error()
    {
        await ServeToAKeyAsync();
        Upstream.Answer = async call =>
        {
            await call.BeginStreamAsync();
            await call.SendChunkAsync(Events(before: 4));
            await call.EndAsync();
        };

        var seen = await NodeAsync("respond", new NodeOptions(Stream: true));

        seen.TryGetProperty("ended", out _).Should().BeFalse();
        seen.GetProperty("error").GetProperty("class").GetString().Should().NotBeNull();
    }

    private async Task ServeEmbeddingsAsync()
    {
        await ServeToAKeyAsync();
        await SqlAsync("INSERT INTO models (model_name, litellm_provider, mode, input_cost_per_token) VALUES ('embed-x', 'openai', 'embedding', 0.00002)");
        await Gateway.SettledAsync();
    }

    private static Task AnswerVectorsAsync(UpstreamCall call)
    {
        var asBase64 = call.Request.Json.TryGetProperty("encoding_format", out var format) && format.GetString() == "base64";
        var items = new float[][] { [0.5f, -1.25f], [2f, 3f] }.Select((vector, index) => new
        {
            @object = "embedding",
            index,
            embedding = asBase64 ? (object)Convert.ToBase64String([.. vector.SelectMany(Bytes)]) : vector,
        });
        return call.RespondAsync(200, JsonSerializer.Serialize(new { @object = "list", data = items, model = "embed-x", usage = new { prompt_tokens = 8, total_tokens = 8 } }));
    }

    private static byte[] Bytes(float number)
    {
        var bytes = new byte[4];
        BinaryPrimitives.WriteSingleLittleEndian(bytes, number);
        return bytes;
    }

    private static List<float[]> Vectors(JsonElement seen) =>
        [.. seen.GetProperty("vectors").EnumerateArray().Select(vector => vector.EnumerateArray().Select(number => number.GetSingle()).ToArray())];

    private static async Task StreamAsync(UpstreamCall call)
    {
        await call.BeginStreamAsync();
        await call.SendChunkAsync(Events(before: 7));
        await call.EndAsync();
    }

    private static string Events(int before) => string.Concat(new[]
    {
        ("response.created", """ "response":{"id":"resp_1","object":"response","status":"in_progress","model":"gpt-x","output":[]}"""),
        ("response.output_item.added", """ "output_index":0,"item":{"id":"msg_1","type":"message","role":"assistant","status":"in_progress","content":[]}"""),
        ("response.content_part.added", """ "item_id":"msg_1","output_index":0,"content_index":0,"part":{"type":"output_text","text":"","annotations":[]}"""),
        ("response.output_text.delta", """ "item_id":"msg_1","output_index":0,"content_index":0,"delta":"Hello" """),
        ("response.output_text.delta", """ "item_id":"msg_1","output_index":0,"content_index":0,"delta":" there" """),
        ("response.output_item.done", $$""" "output_index":0,"item":{{Message}}"""),
        ("response.completed", $$""" "response":{{Response}}"""),
    }.Take(before).Select((item, number) => $"event: {item.Item1}\ndata: {{\"type\":\"{item.Item1}\",\"sequence_number\":{number},{item.Item2}}}\n\n"));
}
