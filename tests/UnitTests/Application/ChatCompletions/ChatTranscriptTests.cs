using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using CleanGateway.Application.ChatCompletions;

namespace CleanGateway.UnitTests.Application.ChatCompletions;

public class ChatTranscriptTests
{
    private const int Seed = 20260107;

    [Fact]
    public void A_stream_becomes_the_completion_that_the_same_call_without_one_would_have_answered() =>
        Assembled(
            Chunk("""{"index":0,"delta":{"role":"assistant","content":"","refusal":null},"logprobs":null,"finish_reason":null}"""),
            Chunk("""{"index":0,"delta":{"content":"Hel"},"logprobs":null,"finish_reason":null}"""),
            Chunk("""{"index":0,"delta":{"content":"lo"},"logprobs":null,"finish_reason":null}"""),
            Chunk("""{"index":0,"delta":{},"logprobs":null,"finish_reason":"stop"}"""),
            Chunk("", """{"prompt_tokens":9,"completion_tokens":3}"""))
            .Should().Be(
                """{"id":"c1","object":"chat.completion","created":1,"model":"m","choices":[{"index":0,"message":"""
                + """{"role":"assistant","content":"Hello","refusal":null},"logprobs":null,"finish_reason":"stop"}],"""
                + "\"usage\":{\"prompt_tokens\":9,\"completion_tokens\":3}}");

    [Fact]
    public void Escapes_are_joined_as_they_were_written()
    {
        var content = Content(Assembled(Delta("""{"content":"a\n\"b\""}"""), Delta("""{"content":"\\ü\u00fc\/"}""")));

        content.Should().Be("a\n\"b\"\\üü/");
    }

    [Fact]
    public void Halves_of_a_character_from_two_chunks_are_one_again() =>
        Content(Assembled(Delta("""{"content":"Hi \ud83d"}"""), Delta("""{"content":"\udc4b!"}"""))).Should().Be("Hi 👋!");

    [Fact]
    public void Half_a_character_that_stays_alone_is_kept_as_it_came() =>
        Assembled(Delta("""{"content":"Hi \ud83d"}"""), Delta("""{"content":""}""")).Should().Contain("""
            "content":"Hi \ud83d"
            """.Trim());

    [Fact]
    public void Any_text_cut_into_any_pieces_comes_back_whole()
    {
        var json = new RandomJson(Seed);
        for (var i = 0; i < 500; i++)
        {
            string[] characters = ["a", " ", "ü", "世", "👋", "\n", "\"", "\\", "\0", "/", "<"];
            var text = string.Concat(Enumerable.Range(0, json.Random.Next(40)).Select(_ => json.OneOf(characters)));

            var transcript = new ChatTranscript();
            Add(transcript, Delta("""{"role":"assistant","content":null}"""));
            foreach (var piece in Pieces(text, json.Random))
                Add(transcript, Delta($"{{\"content\":\"{Escaped(piece, json)}\"}}"));
            Add(transcript, Delta("{\"content\":\"\"}"));

            Content(Json(transcript)).Should().Be(text, $"seed {Seed}, case {i}");
        }
    }

    [Fact]
    public void Interleaved_choices_are_kept_apart()
    {
        var choices = Choices(Assembled(
            Delta("""{"content":"one "}""", index: 0),
            Delta("""{"content":"two "}""", index: 1),
            """{"choices":[{"index":2,"delta":{"content":"three "}},{"index":0,"delta":{"content":"and "}}]}""",
            Delta("""{"content":"and two"}""", index: 1),
            Delta("""{"content":"one"}""", index: 0)));

        choices.ToDictionary(choice => (int)choice!["index"]!, choice => (string)choice!["message"]!["content"]!)
            .Should().Equal(new Dictionary<int, string> { [0] = "one and one", [1] = "two and two", [2] = "three " });
    }

    [Fact]
    public void Parallel_tool_calls_are_joined_by_their_index()
    {
        var calls = Calls(Assembled(
            Delta("""{"content":null,"tool_calls":[{"index":0,"id":"call_a","type":"function","function":{"name":"weather","arguments":""}}]}"""),
            Delta("""{"tool_calls":[{"index":1,"id":"call_b","type":"function","function":{"name":"time","arguments":""}}]}"""),
            Delta("""{"tool_calls":[{"index":0,"function":{"arguments":"{\"city\":"}}]}"""),
            Delta("""{"tool_calls":[{"index":1,"function":{"arguments":"{}"}},{"index":0,"function":{"arguments":"\"Paris\"}"}}]}""")));

        calls.Select(call => ((string)call!["id"]!, (string)call["function"]!["name"]!, (string)call["function"]!["arguments"]!)).Should().Equal(
            ("call_a", "weather", """{"city":"Paris"}"""),
            ("call_b", "time", "{}"));
    }

    [Fact]
    public void Ids_and_names_repeated_as_empty_texts_or_in_full_stay_what_they_are()
    {
        var calls = Calls(Assembled(
            Delta("""{"tool_calls":[{"index":0,"id":"call_a","type":"function","function":{"name":"weather","arguments":"{"}}]}"""),
            Delta("""{"tool_calls":[{"index":0,"id":"","type":"","function":{"name":"","arguments":"}"}}]}"""),
            Delta("""{"tool_calls":[{"index":0,"id":"call_a","type":"function","function":{"name":null,"arguments":""}}]}""")));

        calls.Single()!.ToJsonString().Should().Be("""{"index":0,"id":"call_a","type":"function","function":{"name":"weather","arguments":"{}"}}""");
    }

    [Fact]
    public void Two_tool_calls_that_share_an_index_and_not_an_id_stay_two()
    {
        var calls = Calls(Assembled(
            Delta("""{"tool_calls":[{"index":0,"id":"call_a","type":"function","function":{"name":"weather","arguments":"{\"a\":1}"}}]}"""),
            Delta("""{"tool_calls":[{"index":0,"id":"call_b","type":"function","function":{"name":"time","arguments":"{\"b\":2}"}}]}""")));

        calls.Select(call => ((string)call!["id"]!, (string)call["function"]!["arguments"]!)).Should()
            .Equal(("call_a", """{"a":1}"""), ("call_b", """{"b":2}"""));
    }

    [Fact]
    public void Log_probabilities_are_joined()
    {
        const string First = """{"token":"Hel","logprob":-0.10,"bytes":[72,101,108],"top_logprobs":[]}""";
        const string Second = """{"token":"lo","logprob":-0.20,"bytes":[108,111],"top_logprobs":[]}""";

        var choice = Choices(Assembled(
            $$"""{"choices":[{"index":0,"delta":{"content":"Hel"},"logprobs":{"content":[{{First}}],"refusal":null} }]}""",
            $$"""{"choices":[{"index":0,"delta":{"content":"lo"},"logprobs":{"content":[{{Second}}],"refusal":null} }]}""",
            """{"choices":[{"index":0,"delta":{},"logprobs":null,"finish_reason":"stop"}]}"""))[0]!;

        choice["logprobs"]!["content"]!.ToJsonString().Should().Be($"[{First},{Second}]");
    }

    [Theory]
    [InlineData("content")]
    [InlineData("refusal")]
    [InlineData("reasoning")]
    [InlineData("reasoning_content")]
    public void Every_sort_of_text_that_comes_in_pieces_is_joined(string name)
    {
        var json = Assembled(Delta($"{{\"{name}\":\"Hel\"}}"), Delta($"{{\"{name}\":\"lo\"}}"), Delta($"{{\"{name}\":null}}"));

        ((string?)Choices(json)[0]!["message"]![name]).Should().Be("Hello");
    }

    [Fact]
    public void Sound_and_the_older_function_call_are_joined()
    {
        var message = Choices(Assembled(
            Delta("""{"audio":{"id":"a1","data":"AAAA","transcript":"Hel"},"function_call":{"name":"f","arguments":"{\"x\""}}"""),
            Delta("""{"audio":{"data":"BBBB","transcript":"lo","expires_at":5},"function_call":{"arguments":":1}"}}""")))[0]!["message"]!;

        message.ToJsonString(Relaxed).Should().Be(
            """{"audio":{"id":"a1","data":"AAAABBBB","transcript":"Hello","expires_at":5},"function_call":{"name":"f","arguments":"{\"x\":1}"}}""");
    }

    private static readonly JsonSerializerOptions Relaxed = new() { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private static string Chunk(string choice, string usage = "null") =>
        $$"""{"id":"c1","object":"chat.completion.chunk","created":1,"model":"m","choices":[{{choice}}],"usage":{{usage}} }""";

    private static string Delta(string delta, int index = 0) => $"{{\"choices\":[{{\"index\":{index},\"delta\":{delta}}}]}}";

    private static string Assembled(params string[] chunks)
    {
        var transcript = new ChatTranscript();
        foreach (var chunk in chunks)
            Add(transcript, chunk);

        return Json(transcript);
    }

    private static void Add(ChatTranscript transcript, string chunk) => transcript.Add(Encoding.UTF8.GetBytes(chunk));

    private static string Json(ChatTranscript transcript) => Encoding.UTF8.GetString(transcript.ToJson().Span);

    private static JsonArray Choices(string json) => JsonNode.Parse(json)!["choices"]!.AsArray();

    private static string Content(string json) => (string)Choices(json)[0]!["message"]!["content"]!;

    private static JsonArray Calls(string json) => Choices(json)[0]!["message"]!["tool_calls"]!.AsArray();

    private static IEnumerable<string> Pieces(string text, Random random)
    {
        for (var at = 0; at < text.Length;)
        {
            var length = Math.Min(random.Next(1, 6), text.Length - at);
            yield return text.Substring(at, length);
            at += length;
        }
    }

    // What must be escaped is, half characters too; the rest now and then.
    private static string Escaped(string piece, RandomJson json) => string.Concat(piece.Select((character, at) =>
        character is '"' or '\\' or < ' ' || json.Random.Next(5) == 0 || IsCut(piece, at) ? $"\\u{(int)character:x4}" : character.ToString()));

    private static bool IsCut(string piece, int at) => char.IsSurrogate(piece[at]);
}
