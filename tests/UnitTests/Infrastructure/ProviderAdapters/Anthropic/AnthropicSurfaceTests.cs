using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using CleanGateway.Application.Inference;
using CleanGateway.Application.Messages;
using CleanGateway.Infrastructure.ProviderAdapters.Dialects;
using CleanGateway.Infrastructure.ProviderAdapters.Dialects.Anthropic;
using CleanGateway.Infrastructure.ProviderAdapters.Framing;

namespace CleanGateway.UnitTests.Infrastructure.ProviderAdapters.Anthropic;

public sealed class AnthropicSurfaceTests : IDisposable
{
    private const string Message = """{ "max_tokens":100, "model" : "alias" ,"messages":[{"role":"user","content":"H\u00fc"}],"x":1e2}""";
    private const int Seed = 20261121;
    private const int Rounds = 500;

    private static readonly AnthropicSurface Direct =
        AnthropicSurface.Direct(new Uri("https://api.anthropic.com/"), "2023-06-01", "one-2025, two-2025");
    private static readonly AnthropicSurface Vertex =
        AnthropicSurface.Vertex(new Uri("https://eu.example.com/"), "a-project", "europe-west1", "one-2025");
    private static readonly AnthropicSurface Bedrock = AnthropicSurface.Bedrock(new Uri("https://bedrock.example.com/"), "one");

    private readonly List<AnthropicSetup> setups = [];

    [Theory]
    [InlineData("https://api.anthropic.com/", "https://api.anthropic.com/v1/messages")]
    [InlineData("https://api.anthropic.com/v1/", "https://api.anthropic.com/v1/messages")]
    [InlineData("http://127.0.0.1:8000/claude/", "http://127.0.0.1:8000/claude/v1/messages")]
    public void The_base_URL_may_have_its_version_or_not(string baseUrl, string url) =>
        AnthropicSurface.Direct(new Uri(baseUrl), "2023-06-01", null).UrlFor("m", stream: true).AbsoluteUri.Should().Be(url);

    [Fact]
    public void A_chat_at_Anthropic_says_version_and_betas_in_headers()
    {
        var message = On(Direct).WriteWith("claude-sonnet-4-5", """ "stream":true """).Message!;

        message.Url.AbsoluteUri.Should().Be("https://api.anthropic.com/v1/messages");
        Headers(message).Should().Equal("anthropic-version: 2023-06-01", "anthropic-beta: one-2025,two-2025");
        Text(message).Should().StartWith("""{"model":"claude-sonnet-4-5","max_tokens":3000,"stream":true,""");
    }

    [Fact]
    public void A_chat_at_Vertex_says_the_model_in_the_URL()
    {
        var message = On(Vertex).WriteWith("claude-opus-4-1@20250805", """ "stream":true,"service_tier":"default" """).Message!;

        message.Url.OriginalString.Should().Be(
            "https://eu.example.com/v1/projects/a-project/locations/europe-west1/publishers/anthropic/models/"
            + "claude-opus-4-1@20250805:streamRawPredict");
        Headers(message).Should().Equal("anthropic-beta: one-2025");
        Text(message).Should().StartWith("""{"anthropic_version":"vertex-2023-10-16","max_tokens":3000,"stream":true,"messages":""");
    }

    [Fact]
    public void A_chat_at_Bedrock_says_the_betas_in_the_body_and_the_stream_in_the_URL()
    {
        var message = On(Bedrock).WriteWith("us.anthropic.claude-sonnet-4-20250514-v1:0", """ "stream":true """).Message!;

        message.Url.AbsoluteUri.Should().Be(
            "https://bedrock.example.com/model/us.anthropic.claude-sonnet-4-20250514-v1%3A0/invoke-with-response-stream");
        Headers(message).Should().BeEmpty();
        Text(message).Should().StartWith("""{"anthropic_version":"bedrock-2023-05-31","anthropic_beta":["one"],"max_tokens":3000,"messages":""");
    }

    [Fact]
    public void Clouds_fetch_no_pictures()
    {
        const string Chat = """
            {"model":"claude-sonnet-4-5",
             "messages":[{"role":"user","content":[{"type":"image_url","image_url":{"url":"https://example.com/a.png"}}]}]}
            """;

        On(Direct).Write(Chat).Error.Should().BeNull();
        On(Vertex).Write(Chat).Error!.Param.Should().Be("messages[0].content[0]");
        On(Bedrock).Write(Chat).Error!.Param.Should().Be("messages[0].content[0]");
    }

    [Fact]
    public void The_newest_version_has_no_sampling_whatever_the_model()
    {
        var newest = AnthropicSurface.Direct(new Uri("https://api.anthropic.com/"), "2026-10-21", null);

        On(newest).WriteWith("claude-sonnet-4-5", """ "temperature":0.5 """).Error!.Param.Should().Be("temperature");
    }

    [Fact]
    public void A_message_passes_with_only_its_model_replaced()
    {
        var request = AnthropicSetup.Messages(Message, "2026-10-21", "two-2025,three-2026");

        var message = On(Direct).Dialect.Write(request, AnthropicSetup.Target("claude-opus-4-8")).Message!;

        Text(message).Should().Be(Message.Replace("\"alias\"", "\"claude-opus-4-8\"", StringComparison.Ordinal));
        Headers(message).Should().Equal("anthropic-version: 2026-10-21", "anthropic-beta: two-2025,three-2026,one-2025");
        On(Direct).Dialect.Write(request, AnthropicSetup.Target("alias")).Message!.Body.Should().Be(request.Body);
    }

    [Fact]
    public void A_lowered_cap_takes_the_budget_to_think_with_it()
    {
        const string Thinking = """
            {"model":"m","max_tokens":9000,"thinking":{"type":"enabled","budget_tokens":8000},"messages":[{"role":"user","content":"Hi"}]}
            """;
        var request = AnthropicSetup.Messages(Thinking);
        var target = AnthropicSetup.Target("m");

        Text(On(Direct).Dialect.Write(request.Capped(5000), target).Message!).Should().Be(
            Thinking.Replace("9000", "5000", StringComparison.Ordinal).Replace("8000", "4999", StringComparison.Ordinal));
        Text(On(Direct).Dialect.Write(request.Capped(8500), target).Message!).Should().Be(Thinking.Replace("9000", "8500", StringComparison.Ordinal));
    }

    [Fact]
    public void A_cap_without_room_for_the_least_budget_takes_thinking_with_it()
    {
        var request = AnthropicSetup.Messages("""
            {"model":"m","max_tokens":9000,"thinking":{"type":"enabled","budget_tokens":8000},"messages":[{"role":"user","content":"Hi"}]}
            """);

        var message = On(Direct).Dialect.Write(request.Capped(1024), AnthropicSetup.Target("m")).Message!;

        Text(message).Should().Be("""{"model":"m","max_tokens":1024,"messages":[{"role":"user","content":"Hi"}]}""");
        message.DroppedParams.Should().Equal("thinking");
        On(Direct).Dialect.Write(request.Capped(1025), AnthropicSetup.Target("m")).Message!.DroppedParams.Should().BeEmpty();
    }

    [Theory]
    [InlineData(
        """{"model":"m","stream":true,"max_tokens":1,"messages":[{"role":"user","content":"x"}]}""",
        """{"anthropic_version":"vertex-2023-10-16","stream":true,"max_tokens":1,"messages":[{"role":"user","content":"x"}]}""",
        """{"anthropic_version":"bedrock-2023-05-31","anthropic_beta":["b","one"],"max_tokens":1,"messages":[{"role":"user","content":"x"}]}""")]
    [InlineData(
        """{ "max_tokens":1,"messages":[{"role":"user","content":"x"}] , "stream" : false , "model":"m" }""",
        """{ "anthropic_version":"vertex-2023-10-16","max_tokens":1,"messages":[{"role":"user","content":"x"}] , "stream" : false }""",
        """{ "anthropic_version":"bedrock-2023-05-31","anthropic_beta":["b","one"],"max_tokens":1,"messages":[{"role":"user","content":"x"}] }""")]
    public void A_message_at_a_cloud_loses_what_stands_elsewhere(string json, string atVertex, string atBedrock)
    {
        var request = AnthropicSetup.Messages(json, beta: "b");

        Text(On(Vertex).Dialect.Write(request, AnthropicSetup.Target("up")).Message!).Should().Be(atVertex);
        Text(On(Bedrock).Dialect.Write(request, AnthropicSetup.Target("up")).Message!).Should().Be(atBedrock);
    }

    [Fact]
    public void Whatever_a_message_is_made_of_only_the_places_members_change()
    {
        for (var round = 0; round < Rounds; round++)
        {
            var random = new RandomJson(Seed + round);
            var members = new List<(string, string)>
            {
                ("max_tokens", "7"), (random.Spelled("messages"), """[{"role":"user","content":"Hi"}]"""), (random.Spelled("model"), "\"m\""),
            };
            if (random.Random.Next(2) == 0)
                members.Add((random.Spelled("stream"), "false"));
            if (random.Random.Next(3) == 0)
                members.Add(("anthropic_version", "\"mine\""));
            for (var more = random.Random.Next(4); more > 0; more--)
            {
                // Half a surrogate pair cannot be compared.
                members.Add(($"x{more}", random.Value().Replace("\\ud800", "\\u0800", StringComparison.Ordinal)));
            }

            var json = random.Object(random.Shuffled(members));
            var request = AnthropicSetup.Messages(json);

            foreach (var (surface, version) in new[] { (Vertex, "vertex-2023-10-16"), (Bedrock, "bedrock-2023-05-31") })
            {
                var sent = Text(On(surface).Dialect.Write(request, AnthropicSetup.Target("up")).Message!);

                var expected = JsonNode.Parse(json)!.AsObject();
                expected.Remove("model");
                expected["anthropic_version"] = version;
                if (surface == Bedrock)
                {
                    expected.Remove("stream");
                    expected["anthropic_beta"] = new JsonArray("one");
                }

                JsonNode.DeepEquals(JsonNode.Parse(sent), expected).Should().BeTrue("seed {0}: {1} became {2}", Seed + round, json, sent);
            }
        }
    }

    [Fact]
    public void Tokens_are_counted_where_that_is_possible()
    {
        MessageTokensRequest.TryParse(
            """{"model":"m","messages":[{"role":"user","content":"Hi"}]}"""u8.ToArray(), MessagesHeaders.None, out var request, out var error);
        error.Should().BeNull();
        var target = AnthropicSetup.Target("up");

        var direct = On(Direct).Dialect.Write(request, target).Message!;
        var vertex = On(Vertex).Dialect.Write(request, target).Message!;

        direct.Url.AbsoluteUri.Should().Be("https://api.anthropic.com/v1/messages/count_tokens");
        Text(direct).Should().Be("""{"model":"up","messages":[{"role":"user","content":"Hi"}]}""");
        vertex.Url.AbsoluteUri.Should().EndWith("/publishers/anthropic/models/count-tokens:rawPredict");
        Text(vertex).Should().Be("""{"anthropic_version":"vertex-2023-10-16","model":"up","messages":[{"role":"user","content":"Hi"}]}""");
        On(Bedrock).Dialect.Speaks(ApiFormat.MessageTokens, target).Should().BeFalse();
    }

    [Fact]
    public async Task The_events_of_a_message_pass_with_their_names()
    {
        var request = AnthropicSetup.Messages("""{"model":"m","stream":true,"max_tokens":1,"messages":[{"role":"user","content":"Hi"}]}""");
        var reader = On(Direct).Dialect.Write(request, AnthropicSetup.Target("m")).Message!.Answer;
        const string Events = "event: ping\ndata: { \"type\":\"ping\"}\n\ndata: {\"x\":[1.0],\"type\":\"of_a_new_kind\"}\n\n"
            + "event: message_stop\ndata: {\"type\":\"message_stop\",\"y\":1}\n\n";

        var (events, end) = await AnthropicSetup.StreamAsync(reader, new ServerSentEvents(), [Encoding.UTF8.GetBytes(Events)]);

        events.Should().Equal(
            ("{ \"type\":\"ping\"}", "ping"), ("{\"x\":[1.0],\"type\":\"of_a_new_kind\"}", "of_a_new_kind"),
            ("{\"type\":\"message_stop\",\"y\":1}", "message_stop"));
        end.Terminated.Should().BeTrue();
    }

    [Fact]
    public void Bedrocks_chunks_are_unwrapped()
    {
        var request = AnthropicSetup.Messages("""{"model":"m","stream":true,"max_tokens":1,"messages":[{"role":"user","content":"Hi"}]}""");
        var reader = On(Bedrock).Dialect.Write(request, AnthropicSetup.Target("m")).Message!.Answer;
        var answer = new AnswerEvents();

        reader.Read(Chunk("""{"type":"ping"}"""), answer);
        reader.Read(new UpstreamEvent("""{"p":"abc"}"""u8.ToArray(), IsError: false, "chunk"), answer);
        answer.Terminated.Should().BeFalse();
        reader.Read(Chunk("""{"type":"message_stop","amazon-bedrock-invocationMetrics":{"inputTokenCount":8}}"""), answer);

        answer.TryTake(out var first, out var name).Should().BeTrue();
        (Chats.Text(first), name).Should().Be(("""{"type":"ping"}""", "ping"));
        answer.TryTake(out _, out name).Should().BeTrue();
        name.Should().Be("message_stop");
        answer.TryTake(out _, out _).Should().BeFalse();
        answer.Terminated.Should().BeTrue();
        var garbage = () => reader.Read(new UpstreamEvent("""{"bytes":"%"}"""u8.ToArray(), IsError: false), answer);
        garbage.Should().Throw<JsonException>();
    }

    public void Dispose() => setups.ForEach(setup => setup.Dispose());

    private AnthropicSetup On(AnthropicSurface surface)
    {
        setups.Add(new AnthropicSetup(surface));
        return setups[^1];
    }

    private static UpstreamEvent Chunk(string json) => new(
        Encoding.UTF8.GetBytes($$"""{"bytes":"{{Convert.ToBase64String(Encoding.UTF8.GetBytes(json))}}","p":"abcd"}"""), IsError: false, "chunk");

    private static string Text(UpstreamMessage message) => Chats.Text(message.Body);

    private static IEnumerable<string> Headers(UpstreamMessage message) => message.Headers.Select(header => $"{header.Key}: {header.Value}");
}
