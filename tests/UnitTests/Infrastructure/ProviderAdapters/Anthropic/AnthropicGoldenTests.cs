using System.Text;
using System.Text.Json.Nodes;
using CleanGateway.Application.ChatCompletions;
using CleanGateway.Infrastructure.ProviderAdapters.Dialects.Anthropic;
using CleanGateway.Infrastructure.ProviderAdapters.Framing;
using CleanGateway.UnitTests.Golden;

namespace CleanGateway.UnitTests.Infrastructure.ProviderAdapters.Anthropic;

public sealed class AnthropicGoldenTests : IDisposable
{
    private const string Folder = "Anthropic";
    private const int Seed = 20261121;
    private const int Rounds = 60;

    private readonly AnthropicSetup setup = new();

    public static TheoryData<string> Requests() => GoldenFiles.Names(Folder, ".request.json");

    public static TheoryData<string> Answers() => GoldenFiles.Names(Folder, ".answer.json");

    public static TheoryData<string> Chunks() => GoldenFiles.Names(Folder, ".chunks.txt");

    [Theory]
    [MemberData(nameof(Requests))]
    public void A_chat_becomes_a_message(string name)
    {
        var (message, error) = setup.Write(GoldenFiles.Read(Folder, $"{name}.request.json"));

        error.Should().BeNull();
        ShouldEqual(Chats.Text(message!.Body), GoldenFiles.Read(Folder, $"{name}.upstream.json"));
    }

    [Theory]
    [MemberData(nameof(Answers))]
    public void A_message_becomes_a_completion(string name)
    {
        var chat = Reader(name).ReadWhole(Encoding.UTF8.GetBytes(GoldenFiles.Read(Folder, $"{name}.answer.json")), out var failure);

        failure.Should().BeNull();
        ShouldEqual(Chats.Text(chat), GoldenFiles.Read(Folder, $"{name}.chat.json"));
    }

    [Theory]
    [MemberData(nameof(Answers))]
    public async Task A_stream_comes_to_the_same_however_it_is_cut(string name)
    {
        var bytes = Encoding.UTF8.GetBytes(GoldenFiles.Read(Folder, $"{name}.events.txt"));
        var (whole, end) = await AnthropicSetup.StreamAsync(Reader(name), new ServerSentEvents(), [bytes]);
        end.Terminated.Should().BeTrue();

        ShouldEqual(Together(whole), GoldenFiles.Read(Folder, $"{name}.chat.json"));
        for (var round = 0; round < Rounds; round++)
        {
            var pieces = Pieces.Cut(bytes, new Random(Seed + round));
            var (cut, _) = await AnthropicSetup.StreamAsync(Reader(name), new ServerSentEvents(), pieces);
            cut.Should().Equal(whole, "seed {0}", Seed + round);
        }
    }

    [Theory]
    [MemberData(nameof(Chunks))]
    public async Task Events_become_chunks(string name)
    {
        var bytes = Encoding.UTF8.GetBytes(GoldenFiles.Read(Folder, $"{name}.events.txt"));

        var (events, _) = await AnthropicSetup.StreamAsync(Reader(name), new ServerSentEvents(), [bytes]);

        events.Select(chunk => chunk.Json).Should().Equal(GoldenFiles.Read(Folder, $"{name}.chunks.txt").TrimEnd().Split('\n'));
    }

    public void Dispose() => setup.Dispose();

    private AnthropicChat Reader(string name) => new(
        new AnthropicBlocks(Chats.Owner("m"), setup.Thoughts, name == "answer-tool" ? "json" : null), new ManualClock(AnthropicSetup.Now));

    private static string Together(IEnumerable<(string Json, string? Name)> chunks)
    {
        var transcript = new ChatTranscript();
        foreach (var (json, _) in chunks)
            transcript.Add(Encoding.UTF8.GetBytes(json));

        // What only one of the two forms has: indexes of calls, and members that are null.
        var root = JsonNode.Parse(transcript.ToJson().Span)!;
        foreach (var choice in root["choices"]!.AsArray())
        {
            var message = choice!["message"]!.AsObject();
            message.TryAdd("refusal", null);
            foreach (var call in message["tool_calls"]?.AsArray() ?? [])
                call!.AsObject().Remove("index");
        }

        return root.ToJsonString();
    }

    private static void ShouldEqual(string json, string expected) =>
        JsonNode.DeepEquals(JsonNode.Parse(json), JsonNode.Parse(expected)).Should().BeTrue("{0} should be {1}", json, expected);
}
