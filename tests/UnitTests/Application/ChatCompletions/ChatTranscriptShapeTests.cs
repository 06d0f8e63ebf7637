using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using CleanGateway.Application.ChatCompletions;

namespace CleanGateway.UnitTests.Application.ChatCompletions;

/// <summary>What a <see cref="ChatTranscript"/> makes of streams that differ from OpenAI's, and when it takes one for finished.</summary>
public class ChatTranscriptShapeTests
{
    private const int Seed = 20260108;

    [Fact]
    public void Nothing_heard_is_empty_and_not_finished() =>
        new ChatTranscript().Should().Match<ChatTranscript>(transcript => transcript.IsEmpty && !transcript.IsFinished);

    [Theory]
    [InlineData(true, """{"choices":[{"index":0,"delta":{"content":"a"}}]}""", """{"choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}""")]
    [InlineData(true, """{"choices":[{"index":0,"finish_reason":"tool_calls"}]}""", """{"choices":[],"usage":{}}""")]
    [InlineData(true, """{"choices":[{"index":0,"finish_reason":"stop"}]}""", """{"choices":[{"index":0,"finish_reason":null}]}""")]
    [InlineData(true, """{"choices":[{"index":0,"finish_reason":"stop"},{"index":1}]}""", """{"choices":[{"index":1,"finish_reason":"length"}]}""")]
    [InlineData(false, """{"choices":[]}""")]
    [InlineData(false, """{"id":"c1"}""")]
    [InlineData(false, """{"choices":[{"index":0,"delta":{"content":"a"}}]}""")]
    [InlineData(false, """{"choices":[{"index":0,"delta":{"content":"a"},"finish_reason":null}]}""")]
    [InlineData(false, """{"choices":[{"index":0,"finish_reason":"stop"},{"index":1,"delta":{"content":"a"}}]}""")]
    [InlineData(false, """{"choices":[{"index":0,"finish_reason":"stop"}]}""", """{"choices":[{"index":1,"delta":{"content":"a"},"finish_reason":null}]}""")]
    [InlineData(false, """{"choices":[{"index":0,"delta":{"content":"a"},"finish_reason":""}]}""")]
    [InlineData(false, """{"choices":[{"index":0,"delta":{"finish_reason":"stop"}}]}""")]
    public void A_stream_is_finished_when_each_of_its_choices_has_said_why(bool finished, params string[] chunks) =>
        Heard(chunks).IsFinished.Should().Be(finished);

    [Fact]
    public void Of_values_that_come_whole_the_last_one_that_is_not_null_stays()
    {
        var json = Assembled(
            """{"service_tier":null,"usage":{"prompt_tokens":9,"completion_tokens":1},"x":1,"flag":true,"seen":null}""",
            """{"service_tier":"default","usage":{"prompt_tokens":9,"completion_tokens":2},"x":1.50,"flag":false,"seen":null}""",
            """{"service_tier":null,"usage":null,"x":null}""");

        json.ToJsonString().Should()
            .Be("""{"service_tier":"default","usage":{"prompt_tokens":9,"completion_tokens":2},"x":1.50,"flag":false,"seen":null}""");
    }

    [Fact]
    public void Fields_the_gateway_does_not_know_are_kept()
    {
        var json = Assembled(
            """{"x_groq":{"id":"req_1"},"choices":[{"index":0,"delta":{"content":"a"},"stop_reason":null,"filter":{"hate":{"filtered":false}}}]}""",
            """{"provider":"DeepInfra","choices":[{"index":0,"delta":{"annotations":[{"type":"url"}]},"stop_reason":7}]}""");

        json.ToJsonString().Should().Be(
            """{"x_groq":{"id":"req_1"},"choices":[{"index":0,"message":{"content":"a","annotations":[{"type":"url"}]},"""
            + "\"stop_reason\":7,\"filter\":{\"hate\":{\"filtered\":false}}}],\"provider\":\"DeepInfra\"}");
    }

    [Fact]
    public void Only_a_choices_delta_becomes_its_message() =>
        Assembled("""{"choices":[{"index":0,"delta":{"content":"a"}}],"x_latency":{"delta":5,"object":"span"},"delta":1}""").ToJsonString()
            .Should().Be("""{"choices":[{"index":0,"message":{"content":"a"}}],"x_latency":{"delta":5,"object":"span"},"delta":1}""");

    [Fact]
    public void A_value_that_changes_its_type_is_the_last_one() =>
        Assembled("""{"code":"a","choices":[{"index":0,"stop_reason":"eos"}]}""", """{"code":5,"choices":[{"index":0,"stop_reason":128009}]}""")
            .ToJsonString().Should().Be("""{"code":5,"choices":[{"index":0,"stop_reason":128009}]}""");

    [Fact]
    public void Content_in_parts_is_joined_part_by_part() =>
        Assembled(
            """{"choices":[{"index":0,"delta":{"content":[{"type":"thinking","text":"Let me"}]}}]}""",
            """{"choices":[{"index":0,"delta":{"content":[{"type":"text","text":"Hello"}]}}]}""")
            ["choices"]![0]!["message"]!["content"]!.ToJsonString()
            .Should().Be("""[{"type":"thinking","text":"Let me"},{"type":"text","text":"Hello"}]""");

    [Theory]
    [InlineData("""[{"type":"thinking","thinking":"Let me see"}]""", "\"the answer\"")]
    [InlineData("\"the answer\"", """[{"type":"reference","text":"Let me see"}]""")]
    public void Content_that_comes_in_parts_and_as_text_is_not_lost_in_either_form(string first, string second)
    {
        // Reasoning models of some vendors think in parts and answer in text.
        var json = Assembled(Content(first), Content(second));

        json.ToJsonString().Should().Contain("Let me see").And.Contain("the answer");

        static string Content(string content) => $"{{\"choices\":[{{\"index\":0,\"delta\":{{\"content\":{content}}}}}]}}";
    }

    [Theory]
    [InlineData("{}")]
    [InlineData("""{"choices":[]}""")]
    [InlineData("""{"choices":[{"index":0,"delta":{},"x":[],"y":{}}]}""")]
    [InlineData("""{"choices":null}""")]
    [InlineData("""{"choices":[null,5,"a",[1]]}""")]
    [InlineData("""{"con\u0074ent":"\u0000","":"","\"":1}""")]
    public void Whatever_was_heard_is_JSON_again(string chunk)
    {
        var twice = () => Assembled(chunk, chunk);

        twice.Should().NotThrow<JsonException>();
    }

    [Fact]
    public void Any_chunks_make_one_JSON_object_and_a_single_one_stays_what_it_is()
    {
        var json = new RandomJson(Seed);
        for (var i = 0; i < 500; i++)
        {
            string[] chunks = [.. Enumerable.Range(0, json.Random.Next(1, 5)).Select(_ => RandomChunk(json))];

            Assembled(chunks).Should().BeOfType<JsonObject>($"seed {Seed}, case {i}: {string.Join('\n', chunks)}");
            Encoding.UTF8.GetString(Heard(chunks[0]).ToJson().Span).Should().Be(WithoutSpace(chunks[0]), $"seed {Seed}, case {i}: {chunks[0]}");
        }
    }

    private static ChatTranscript Heard(params string[] chunks)
    {
        var transcript = new ChatTranscript();
        foreach (var chunk in chunks)
            transcript.Add(Encoding.UTF8.GetBytes(chunk));

        return transcript;
    }

    private static JsonNode Assembled(params string[] chunks) => JsonNode.Parse(Heard(chunks).ToJson().Span)!;

    private static string RandomChunk(RandomJson json) =>
        json.Object([.. Enumerable.Range(0, json.Random.Next(4)).Select(n => ($"m{n}", json.Value()))]);

    private static string WithoutSpace(string json)
    {
        var (inText, escaped) = (false, false);
        return string.Concat(json.Where(character =>
        {
            (inText, escaped) = (character == '"' && !escaped ? !inText : inText, inText && character == '\\' && !escaped);
            return inText || !char.IsWhiteSpace(character);
        }));
    }
}
