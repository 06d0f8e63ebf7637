using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using CleanGateway.Application.ChatCompletions;
using CleanGateway.Application.Messages;
using CleanGateway.Domain.Common;
using CleanGateway.Domain.Usage;
using CleanGateway.Infrastructure.ProviderAdapters.Bridges;
using CleanGateway.UnitTests.Application.Messages;
using EventStream = CleanGateway.UnitTests.Application.ScriptedStream;

namespace CleanGateway.UnitTests.Infrastructure.ProviderAdapters.Bridges;

public class ChatToMessageTests
{
    private static readonly DateTimeOffset Now = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);
    private static readonly MessagesRequest Request = Native.Read(Native.HelloStream);

    private const string Counted =
        """{"prompt_tokens":120,"completion_tokens":31,"total_tokens":151,"prompt_tokens_details":{"cached_tokens":100,"cache_write_tokens":5}}""";

    [Theory]
    [InlineData("""{"content":"Hello"}""", "stop", """[{"type":"text","text":"Hello"}]""", "end_turn")]
    [InlineData("""{"content":"Hel"}""", "length", """[{"type":"text","text":"Hel"}]""", "max_tokens")]
    [InlineData("""{"content":null,"refusal":"No"}""", "stop", """[{"type":"text","text":"No"}]""", "refusal")]
    [InlineData("""{"content":""}""", "content_filter", """[]""", "refusal")]
    [InlineData("""{"content":null,"tool_calls":[{"id":"c1","type":"function","function":{"name":"w","arguments":"{\"c\": 1}"}},{"id":"c2","function":{"name":"n","arguments":""}},{"id":"c3","function":{"name":"b","arguments":"{oops"}}]}""",
        "tool_calls",
        """[{"type":"tool_use","id":"c1","name":"w","input":{"c": 1}},{"type":"tool_use","id":"c2","name":"n","input":{}},{"type":"tool_use","id":"c3","name":"b","input":{}}]""",
        "tool_use")]
    [InlineData("""{"content":"x","tool_calls":[{"id":"c1","function":{"name":"w","arguments":"{}"}}]}""", "stop",
        """[{"type":"text","text":"x"},{"type":"tool_use","id":"c1","name":"w","input":{}}]""", "tool_use")]
    [InlineData("""{"reasoning_content":"hm","content":"Hi"}""", "stop",
        """[{"type":"thinking","thinking":"hm","signature":""},{"type":"text","text":"Hi"}]""", "end_turn")]
    [InlineData("""{"reasoning_content":"hm","thinking_blocks":[{"type":"thinking","thinking":"hm","signature":"s"},{"type":"redacted_thinking","data":"z"}],"content":"Hi"}""",
        "stop", """[{"type":"thinking","thinking":"hm","signature":"s"},{"type":"redacted_thinking","data":"z"},{"type":"text","text":"Hi"}]""", "end_turn")]
    [InlineData("""{"content":[{"type":"text","text":"a\ud83d"},{"type":"text","text":"b"}]}""", "stop",
        """[{"type":"text","text":"a\ud83d"},{"type":"text","text":"b"}]""", "end_turn")]
    public void A_completion_becomes_a_message(string message, string finish, string content, string stop) =>
        Whole(message, finish).Should().Be(
            """{"id":"msg_7","type":"message","role":"assistant","model":"gpt-x","content":""" + content + $$$""","stop_reason":"{{{stop}}}","""
            + """ "stop_sequence":null,"usage":{"input_tokens":15,"cache_creation_input_tokens":5,"cache_read_input_tokens":100,"output_tokens":31}}"""[1..]);

    [Fact]
    public async Task Words_and_calls_become_blocks_one_after_the_other() =>
        (await EventsAsync(
            Chunk("""{"role":"assistant","content":""}"""), Chunk("""{"reasoning_content":"hm"}"""), Chunk("""{"content":"Ok"}"""),
            Chunk("""{"tool_calls":[{"index":0,"id":"c1","type":"function","function":{"name":"w","arguments":""}}]}"""),
            Chunk("""{"tool_calls":[{"index":0,"function":{"arguments":"{\"c\":"}}]}"""),
            Chunk("""{"tool_calls":[{"index":0,"function":{"arguments":"1}"}}]}"""),
            Chunk("{}", "tool_calls"), Usage)).Should().Equal(
            """message_start {"type":"message_start","message":{"id":"msg_7","type":"message","role":"assistant","model":"gpt-x","content":[],"stop_reason":null,"stop_sequence":null,"usage":{"input_tokens":0,"output_tokens":0}}}""",
            """content_block_start {"type":"content_block_start","index":0,"content_block":{"type":"thinking","thinking":"","signature":""}}""",
            """content_block_delta {"type":"content_block_delta","index":0,"delta":{"type":"thinking_delta","thinking":"hm"}}""",
            """content_block_stop {"type":"content_block_stop","index":0}""",
            """content_block_start {"type":"content_block_start","index":1,"content_block":{"type":"text","text":""}}""",
            """content_block_delta {"type":"content_block_delta","index":1,"delta":{"type":"text_delta","text":"Ok"}}""",
            """content_block_stop {"type":"content_block_stop","index":1}""",
            """content_block_start {"type":"content_block_start","index":2,"content_block":{"type":"tool_use","id":"c1","name":"w","input":{}}}""",
            """content_block_delta {"type":"content_block_delta","index":2,"delta":{"type":"input_json_delta","partial_json":"{\"c\":"}}""",
            """content_block_delta {"type":"content_block_delta","index":2,"delta":{"type":"input_json_delta","partial_json":"1}"}}""",
            """content_block_stop {"type":"content_block_stop","index":2}""",
            """message_delta {"type":"message_delta","delta":{"stop_reason":"tool_use","stop_sequence":null},"usage":{"input_tokens":15,"cache_creation_input_tokens":5,"cache_read_input_tokens":100,"output_tokens":31}}""",
            """message_stop {"type":"message_stop"}""");

    [Theory]
    [InlineData(true, """{"tool_calls":[{"index":0,"id":"a","function":{"name":"w","arguments":"{"}}]}""", """{"tool_calls":[{"index":1,"id":"b","function":{"name":"n","arguments":"{}"}}]}""", """{"tool_calls":[{"index":0,"function":{"arguments":"\"x\":\"}\\\"\"}"}}]}""")]
    [InlineData(true, """{"tool_calls":[{"index":1,"id":"a","function":{"arguments":"{\"x\":\"}"}}]}""", """{"tool_calls":[{"index":2,"id":"b","function":{"name":"n"}},{"index":1,"function":{"name":"w","arguments":"\\\"\"}"}}]}""")]
    [InlineData(false, """{"tool_calls":[{"index":0,"id":"a","function":{"name":"w","arguments":"{\"x\":\"}\\\"\"}"}}]}""", """{"tool_calls":[{"index":0,"id":"b","function":{"name":"n","arguments":"{}"}}]}""")]
    public async Task Calls_that_come_at_the_same_time_are_told_apart(bool interleaved, params string[] deltas)
    {
        var message = Assembled(await EventsAsync([.. deltas.Select(delta => Chunk(delta)), Chunk("{}", "tool_calls"), Usage]));

        JsonNode.DeepEquals(
            message["content"],
            JsonNode.Parse("""[{"type":"tool_use","id":"a","name":"w","input":{"x":"}\""}},{"type":"tool_use","id":"b","name":"n","input":{}}]"""))
            .Should().BeTrue($"{message} ({interleaved})");
    }

    [Theory]
    [InlineData("""{"reasoning_content":"h"}""", """{"reasoning_content":"m"}""", """{"thinking_blocks":[{"type":"thinking","thinking":"hm","signature":"s"}]}""", """{"content":"Hi"}""")]
    [InlineData("""{"reasoning_content":"h","thinking_blocks":[{"type":"thinking","thinking":"h","signature":null}]}""", """{"reasoning_content":"m","thinking_blocks":[{"type":"thinking","thinking":"m"}]}""", """{"thinking_blocks":[{"type":"thinking","thinking":"","signature":"s"}]}""", """{"content":"Hi"}""")]
    [InlineData("""{"thinking_blocks":[{"type":"thinking","thinking":"hm","signature":"s"}]}""", """{"content":"Hi"}""")]
    public async Task A_thought_is_said_once_and_keeps_its_signature(params string[] deltas)
    {
        var message = Assembled(await EventsAsync([.. deltas.Select(delta => Chunk(delta)), Chunk("{}", "stop"), Usage]));

        message["content"]!.ToJsonString().Should().Be("""[{"type":"thinking","thinking":"hm","signature":"s"},{"type":"text","text":"Hi"}]""");
    }

    [Fact]
    public async Task However_a_chat_is_cut_into_chunks_it_is_the_same_message()
    {
        var seed = Random.Shared.Next();
        TestContext.Current.TestOutputHelper!.WriteLine($"seed {seed}");
        var random = new Random(seed);
        const string Thought = "Let me think: {\"a\"} 世界";
        const string Words = "It is \"18 °C\"\n\\ and 👋 more";
        string[] arguments = ["""{"city":"Par\"is","n":[1,{"x":"}"}],"u":"\\\u0022é"}""", "{}", """{ "a" : null }"""];
        var whole = Whole(
            JsonSerializer.Serialize(new
            {
                reasoning_content = Thought,
                content = Words,
                tool_calls = arguments.Select((text, place) => new { id = $"c{place}", type = "function", function = new { name = $"n{place}", arguments = text } }),
            }),
            "tool_calls");

        for (var run = 0; run < 200; run++)
        {
            var deltas = new List<string>();
            deltas.AddRange(Cut(Thought, random).Select(piece => JsonSerializer.Serialize(new { reasoning_content = piece })));
            deltas.AddRange(Cut(Words, random).Select(piece => JsonSerializer.Serialize(new { content = piece })));
            var calls = arguments.Select((text, place) => new Queue<string>(
            [
                $$$"""{"tool_calls":[{"index":{{{place}}},"id":"c{{{place}}}","type":"function","function":{"name":"n{{{place}}}","arguments":""}}]}""",
                .. Cut(text, random).Select(piece => $$$"""{"tool_calls":[{"index":{{{place}}},"function":{"arguments":{{{JsonSerializer.Serialize(piece)}}} } }]}"""),
            ])).ToList();

            // Calls begin in order, and may go on in any.
            var begun = 0;
            while (calls.Exists(call => call.Count > 0))
            {
                var place = random.Next(Math.Min(begun + 1, calls.Count));
                if (calls[place].TryDequeue(out var delta))
                    deltas.Add(delta);
                begun = Math.Max(begun, place + 1);
            }

            var message = Assembled(await EventsAsync([.. deltas.Select(delta => Chunk(delta)), Chunk("{}", "tool_calls"), Usage]));

            JsonNode.DeepEquals(message, JsonNode.Parse(whole)).Should().BeTrue($"seed {seed}, run {run}: {message}");
        }
    }

    [Fact]
    public async Task What_was_not_counted_is_told_as_an_estimate_and_booked_as_one()
    {
        var stream = Open(Chunk("""{"content":"12345678"}"""), Chunk("{}", "stop"));
        var usages = new List<UsageReport?>();
        var last = "";
        while (await stream.MoveNextAsync())
        {
            usages.Add(stream.Facts.Usage);
            last = stream.Name == "message_delta" ? Chats.Text(stream.Current) : last;
        }

        usages.Should().OnlyContain(usage => usage == null);
        last.Should().Contain("\"output_tokens\":2").And.NotContain("\"input_tokens\":0");
    }

    [Theory]
    [InlineData(false, null, false)]
    [InlineData(true, null, false)]
    [InlineData(true, "", false)]
    [InlineData(false, "stop", true)]
    public async Task Only_a_good_end_is_told_as_one(bool saysDone, string? finish, bool isGood)
    {
        var chunks = finish is null ? new[] { Chunk("""{"content":"Hi"}""") } : [Chunk("""{"content":"Hi"}"""), Chunk("{}", finish)];
        var stream = new MessageStream(new EventStream(chunks) { SaysDone = saysDone }, Request, "m", Now);

        var names = new List<string?>();
        while (await stream.MoveNextAsync())
            names.Add(stream.Name);

        (names[^1] == "message_stop", stream.Terminated, stream.Error).Should().Be((isGood, isGood, null));
    }

    [Fact]
    public async Task A_chat_that_breaks_off_is_a_message_that_breaks_off()
    {
        var broken = GatewayError.UpstreamFailed("upstream_error", "It broke.");
        var inner = new EventStream(Chunk("""{"content":"Hi"}""")) { EndsWith = broken };
        var stream = new MessageStream(inner, Request, "m", Now);

        var names = new List<string?>();
        while (await stream.MoveNextAsync())
            names.Add(stream.Name);
        await stream.DisposeAsync();

        names.Should().Equal("message_start", "content_block_start", "content_block_delta");
        (stream.Error, stream.Terminated, inner.HungUp).Should().Be((broken, false, true));
    }

    private const string Usage = $$"""{"id":"chatcmpl-7","model":"gpt-x","choices":[],"usage":{{Counted}}}""";

    private static string Chunk(string delta, string? finish = null) =>
        $$"""{"id":"chatcmpl-7","model":"gpt-x","choices":[{"index":0,"delta":{{delta}},"finish_reason":{{(finish is null ? "null" : $"\"{finish}\"")}}}]}""";

    private static string Whole(string message, string finish)
    {
        var chat = Encoding.UTF8.GetBytes(
            $$"""{"id":"chatcmpl-7","model":"gpt-x","choices":[{"index":0,"message":{{message}},"finish_reason":"{{finish}}"}],"usage":{{Counted}}}""");
        var facts = ChatFacts.Read(chat);
        return Chats.Text(ChatToMessage.Whole(chat, facts.Usage!.Value, facts.Model!, Request, Now));
    }

    private static MessageStream Open(params string[] chunks) => new(new EventStream(chunks), Request, "m", Now);

    private static async Task<List<string>> EventsAsync(params string[] chunks)
    {
        var stream = Open(chunks);
        var seen = new List<string>();
        while (await stream.MoveNextAsync())
        {
            var facts = Request.Read(stream.Current.Span);
            (facts.Name, facts.HasOutput).Should().Be((stream.Name, stream.Facts.HasOutput), "what is told of an event is what it says");
            seen.Add($"{stream.Name} {Chats.Text(stream.Current)}");
        }

        return seen;
    }

    private static JsonNode Assembled(IEnumerable<string> events)
    {
        var transcript = new MessagesTranscript();
        foreach (var seen in events)
            transcript.Add(Encoding.UTF8.GetBytes(seen[(seen.IndexOf(' ', StringComparison.Ordinal) + 1)..]));

        transcript.IsFinished.Should().BeTrue();
        return JsonNode.Parse(transcript.ToJson().Span)!;
    }

    private static IEnumerable<string> Cut(string text, Random random)
    {
        for (var start = 0; start < text.Length;)
        {
            var length = Math.Min(1 + random.Next(6), text.Length - start);
            if (char.IsHighSurrogate(text[start + length - 1]))
                length++;
            yield return text.Substring(start, length);
            start += length;
        }
    }
}
