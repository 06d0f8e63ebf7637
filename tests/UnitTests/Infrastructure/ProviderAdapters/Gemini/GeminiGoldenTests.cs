using System.Text;
using System.Text.Json.Nodes;
using CleanGateway.Application.ChatCompletions;
using CleanGateway.UnitTests.Golden;

namespace CleanGateway.UnitTests.Infrastructure.ProviderAdapters.Gemini;

/// <summary>The examples in Golden/Gemini, each way through the dialect.</summary>
public sealed class GeminiGoldenTests : IDisposable
{
    private const string Folder = "Gemini";
    private const int Seed = 20261121;

    private readonly GeminiCalls gemini = new();

    public static TheoryData<string> Requests => GoldenFiles.Names(Folder, ".chat.json");

    public static TheoryData<string> Answers => GoldenFiles.Names(Folder, ".upstream.json");

    public static TheoryData<string> Streams => GoldenFiles.Names(Folder, ".events.txt");

    [Theory]
    [MemberData(nameof(Requests))]
    public void A_chat_is_said_in_Geminis_words(string name)
    {
        var surface = name.StartsWith("vertex", StringComparison.Ordinal) ? GeminiCalls.Vertex : null;

        gemini.Body(GoldenFiles.Read(Folder, $"{name}.chat.json"), surface, capabilities: """{"supports_gs_urls":true}""")
            .ShouldEqual(JsonNode.Parse(GoldenFiles.Read(Folder, $"{name}.request.json"))!, name);
    }

    [Theory]
    [MemberData(nameof(Answers))]
    public void An_answer_is_said_in_OpenAIs_words(string name) =>
        gemini.Whole(GoldenFiles.Read(Folder, $"{name}.upstream.json")).ShouldEqual(JsonNode.Parse(GoldenFiles.Read(Folder, $"{name}.answer.json"))!, name);

    [Theory]
    [MemberData(nameof(Streams))]
    public async Task A_stream_is_the_same_chunks_wherever_its_bytes_are_cut(string name)
    {
        var expected = JsonNode.Parse(GoldenFiles.Read(Folder, $"{name}.chunks.json"))!;
        foreach (var ending in new[] { "\n", "\r\n" })
        {
            var bytes = Encoding.UTF8.GetBytes(GoldenFiles.Read(Folder, $"{name}.events.txt").Replace("\n", ending, StringComparison.Ordinal));
            for (var round = 0; round < 100; round++)
            {
                var stream = await gemini.StreamAsync(Pieces.Cut(bytes, new Random(Seed + round)));

                new JsonArray([.. stream.Chunks]).ShouldEqual(expected, $"{name} with seed {Seed + round}");
                stream.Terminated.Should().BeTrue();
            }
        }
    }

    // An answer in one event is the same answer: put together, its chunks are what the whole is.
    [Theory]
    [MemberData(nameof(Answers))]
    public async Task The_chunks_of_an_answer_put_together_are_the_whole_answer(string name)
    {
        var upstream = JsonNode.Parse(GoldenFiles.Read(Folder, $"{name}.upstream.json"))!.ToJsonString();
        var stream = await gemini.StreamAsync($"data: {upstream}\n\n");

        var transcript = new ChatTranscript();
        foreach (var chunk in stream.Chunks)
            transcript.Add(Encoding.UTF8.GetBytes(chunk.ToJsonString()));

        stream.Terminated.Should().BeTrue();
        transcript.IsFinished.Should().BeTrue();
        Comparable(JsonNode.Parse(transcript.ToJson().Span)!).ShouldEqual(Comparable(JsonNode.Parse(GoldenFiles.Read(Folder, $"{name}.answer.json"))!), name);
    }

    public void Dispose() => gemini.Dispose();

    // Chunks do not say what is not there, begin with an empty text, and count the calls.
    private static JsonNode Comparable(JsonNode answer)
    {
        foreach (var choice in answer["choices"]!.AsArray())
        {
            var message = choice!["message"]!.AsObject();
            if (message["content"] is null || message["content"]!.GetValue<string>().Length == 0)
                message.Remove("content");
            message.Remove("refusal");
            foreach (var call in message["tool_calls"]?.AsArray() ?? [])
                call!.AsObject().Remove("index");
            if (choice["logprobs"] is null)
                choice.AsObject().Remove("logprobs");
        }

        return answer;
    }
}
