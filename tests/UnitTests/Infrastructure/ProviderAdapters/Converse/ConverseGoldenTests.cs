using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using CleanGateway.UnitTests.Golden;

namespace CleanGateway.UnitTests.Infrastructure.ProviderAdapters.Converse;

public sealed class ConverseGoldenTests : IDisposable
{
    private const string Folder = "Converse";

    private const string Capabilities = """{"supports_guardrail_config":true,"supports_performance_config":true}""";

    private readonly ConverseCalls calls = new();

    public static TheoryData<string> Requests => GoldenFiles.Names(Folder, ".request.json");

    public static TheoryData<string> Answers => GoldenFiles.Names(Folder, ".answer.json");

    public static TheoryData<string> Streams => GoldenFiles.Names(Folder, ".events.jsonl");

    [Theory]
    [MemberData(nameof(Requests))]
    public void A_request_is_said_in_the_words_of_Converse(string name)
    {
        var (message, error) = calls.Write(GoldenFiles.Read(Folder, $"{name}.request.json"), capabilities: Capabilities);

        error.Should().BeNull();
        Compact(Chats.Text(message!.Body)).Should().Be(Compact(GoldenFiles.Read(Folder, $"{name}.upstream.json")));
    }

    [Theory]
    [MemberData(nameof(Requests))]
    public void A_request_keeps_to_the_service_model(string name)
    {
        var model = new AwsShapes(SharedData.Find("bedrock-runtime-2023-09-30-service-2.json"));

        var message = calls.Write(GoldenFiles.Read(Folder, $"{name}.request.json"), capabilities: Capabilities).Message!;

        model.Offences(Chats.Text(message.Body), "ConverseRequest").Should().BeEmpty();
    }

    [Theory]
    [MemberData(nameof(Answers))]
    public void An_answer_is_said_in_the_words_of_OpenAI(string name)
    {
        var chat = calls.Reader().ReadWhole(Encoding.UTF8.GetBytes(GoldenFiles.Read(Folder, $"{name}.answer.json")), out var failure);

        failure.Should().BeNull();
        Compact(Chats.Text(chat)).Should().Be(Compact(GoldenFiles.Read(Folder, $"{name}.chat.json")));
    }

    [Theory]
    [MemberData(nameof(Streams))]
    public void A_stream_is_said_in_chunks(string name)
    {
        var (chunks, terminated) = ConverseCalls.Stream(calls.Reader(), Events(name));

        terminated.Should().BeTrue();
        chunks.Select(Compact).Should().Equal(Lines(name, "chunks.jsonl").Select(Compact));
    }

    public void Dispose() => calls.Dispose();

    internal static IEnumerable<(string Name, string Data)> Events(string name) => Lines(name, "events.jsonl")
        .Select(line => JsonNode.Parse(line)!).Select(line => (line["event"]!.GetValue<string>(), line["data"]!.ToJsonString()));

    private static string[] Lines(string name, string kind) => GoldenFiles.Read(Folder, $"{name}.{kind}").Split('\n', StringSplitOptions.RemoveEmptyEntries);

    // In the order it is written: a schema's members, and a number's spelling, are the caller's.
    private static string Compact(string json)
    {
        using var buffer = new MemoryStream();
        using (var writer = new Utf8JsonWriter(buffer))
            JsonElement.Parse(json).WriteTo(writer);
        return Encoding.UTF8.GetString(buffer.ToArray());
    }
}
