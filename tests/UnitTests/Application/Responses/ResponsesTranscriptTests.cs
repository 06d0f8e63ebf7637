using System.Text;
using System.Text.Json;
using CleanGateway.Application.Responses;

namespace CleanGateway.UnitTests.Application.Responses;

public class ResponsesTranscriptTests
{
    private const string Created = """{"type":"response.created","sequence_number":0,"response":{"id":"resp_1","object":"response","status":"in_progress","output":[],"model":"gpt-5"}}""";
    private const string Added = """{"type":"response.output_item.added","output_index":0,"item":{"id":"msg_1","type":"message","status":"in_progress","content":[],"role":"assistant"}}""";
    private const string PartAdded = """{"type":"response.content_part.added","item_id":"msg_1","output_index":0,"content_index":0,"part":{"type":"output_text","annotations":[],"text":""}}""";
    private const string Item = """{"id":"msg_1","type":"message","status":"completed","content":[{"type":"output_text","annotations":[],"text":"Hello"}],"role":"assistant"}""";

    [Fact]
    public void A_whole_stream_is_the_response_of_its_last_event_byte_for_byte()
    {
        var response = $$"""{"id":"resp_1", "output":[{{Item}}],"usage":{"input_tokens":9,"output_tokens":3}, "n":1.0}""";

        var transcript = Read(Created, Added, PartAdded, Delta("Hel"), Delta("lo"), $$"""{"type":"response.completed","response":{{response}}}""");

        transcript.IsFinished.Should().BeTrue();
        Text(transcript).Should().Be(response);
    }

    [Fact]
    public void What_broke_off_has_the_words_that_came()
    {
        var transcript = Read(Created, Added, PartAdded, Delta("H\\u00e9l\\ud83d"), Delta("\\ude00\\n"));

        transcript.IsFinished.Should().BeFalse();
        Text(transcript).Should().Be(
            """{"id":"resp_1","object":"response","status":"in_progress","model":"gpt-5","output":[{"id":"msg_1","type":"message","status":"in_progress","role":"assistant","content":[{"type":"output_text","annotations":[],"text":"H\u00e9l\ud83d\ude00\n"}]}]}""");
    }

    [Fact]
    public void Items_that_came_whole_are_kept_as_they_came_and_those_after_them_as_far_as_they_came()
    {
        var transcript = Read(
            Created, Added, Delta("Hel"), $$"""{"type":"response.output_item.done","output_index":0,"item":{{Item}}}""",
            """{"type":"response.output_item.added","output_index":1,"item":{"id":"fc_1","type":"function_call","arguments":"","name":"f"}}""",
            """{"type":"response.function_call_arguments.delta","output_index":1,"delta":"{\"ci"}""",
            """{"type":"response.reasoning_summary_text.delta","output_index":2,"summary_index":0,"delta":"Hm"}""");

        Text(transcript).Should().EndWith(
            "\"output\":[" + Item + ",{\"id\":\"fc_1\",\"type\":\"function_call\",\"name\":\"f\",\"arguments\":\"{\\\"ci\"},"
            + "{\"summary\":[{\"type\":\"summary_text\",\"text\":\"Hm\"}]}]}");
    }

    [Fact]
    public void The_whole_words_take_the_place_of_the_pieces() =>
        Text(Read(Created, Added, Delta("Hel"), """{"type":"response.output_text.done","output_index":0,"content_index":0,"text":"Hello"}"""))
            .Should().Contain("\"text\":\"Hello\"").And.NotContain("Hel\"");

    [Fact]
    public void A_last_event_without_output_is_given_the_items_that_came() =>
        Text(Read(Created, $$"""{"type":"response.output_item.done","output_index":0,"item":{{Item}}}""", """{"type":"response.completed","response":{"id":"resp_1","output":[]}}"""))
            .Should().Be($$"""{"id":"resp_1","output":[{{Item}}]}""");

    [Fact]
    public void Nothing_is_empty_and_words_without_a_response_are_not()
    {
        Read().IsEmpty.Should().BeTrue();
        var transcript = Read(Delta("Hel"));
        transcript.IsEmpty.Should().BeFalse();
        Text(transcript).Should().Be("""{"object":"response","output":[{"content":[{"type":"output_text","text":"Hel"}]}]}""");
    }

    [Theory]
    [InlineData("response.incomplete")]
    [InlineData("response.failed")]
    public void Other_ends_are_ends_too(string type) => Read($$$"""{"type":"{{{type}}}","response":{"output":[]}}""").IsFinished.Should().BeTrue();

    [Fact]
    public void Strange_events_are_no_harm()
    {
        var transcript = Read(
            Created, """{"type":5,"output_index":"x"}""", """{"type":"response.output_item.added","output_index":0,"item":null}""",
            """{"type":"response.output_text.delta","output_index":0,"content_index":0,"delta":{"x":1}}""", """{"type":"response.completed","response":null}""",
            """{"type":"response.in_progress","response":{"output":null,"\ud800":1}}""", """{}""");

        JsonDocument.Parse(transcript.ToJson()).RootElement.GetProperty("output").GetArrayLength().Should().Be(1);
    }

    private static string Delta(string escaped) => $$"""{"type":"response.output_text.delta","item_id":"msg_1","output_index":0,"content_index":0,"delta":"{{escaped}}"}""";

    private static ResponsesTranscript Read(params string[] events)
    {
        var transcript = new ResponsesTranscript();
        foreach (var item in events)
            transcript.Add(Encoding.UTF8.GetBytes(item));
        return transcript;
    }

    private static string Text(ResponsesTranscript transcript) => Encoding.UTF8.GetString(transcript.ToJson().Span);
}
