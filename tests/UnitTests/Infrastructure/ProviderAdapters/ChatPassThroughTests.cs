using System.Text;
using CleanGateway.Infrastructure.ProviderAdapters.Dialects;
using CleanGateway.Infrastructure.ProviderAdapters.Framing;

namespace CleanGateway.UnitTests.Infrastructure.ProviderAdapters;

public class ChatPassThroughTests
{
    [Fact]
    public void Calls_with_indices_of_their_own_pass_as_they_came()
    {
        var answer = new ChatPassThrough();
        string[] chunks =
        [
            Chunk("""{"index":0,"id":"a","function":{"name":"f","arguments":""}}"""), Chunk("""{"index":0,"function":{"arguments":"{}"}}"""),
            Chunk("""{"index":0,"id":"a","function":{"arguments":"{}"}}"""), Chunk("""{"index":0,"id":"","function":{"arguments":"{}"}}"""),
            Chunk("""{"index":1,"id":"b","function":{"name":"f","arguments":"\"index\":0"}}"""),
        ];

        foreach (var chunk in chunks)
        {
            var bytes = Encoding.UTF8.GetBytes(chunk);
            Pass(answer, bytes).Equals(bytes).Should().BeTrue("the same memory is handed on");
        }
    }

    [Fact]
    public void Another_call_with_the_same_index_gets_one_of_its_own()
    {
        var answer = new ChatPassThrough();

        Pass(answer, Chunk("""{"index":0,"id":"a"}""")).Should().Be(Chunk("""{"index":0,"id":"a"}"""));
        Pass(answer, Chunk("""{"index":0,"id":"b","x":0}""")).Should().Be(Chunk("""{"index":1,"id":"b","x":0}"""));
        Pass(answer, Chunk("""{"index":0,"function":{"arguments":"{"}}""")).Should().Be(Chunk("""{"index":1,"function":{"arguments":"{"}}"""));
        Pass(answer, Chunk("""{"id":"c", "index" : 0 }""")).Should().Be(Chunk("""{"id":"c", "index" : 2 }"""));
    }

    [Fact]
    public void Calls_within_one_chunk_are_told_apart_too() =>
        Pass(new ChatPassThrough(), Chunk("""{"index":0,"id":"a"},{"index":0,"id":"b"}""")).Should().Be(Chunk("""{"index":0,"id":"a"},{"index":1,"id":"b"}"""));

    [Fact]
    public void Each_choice_counts_for_itself()
    {
        var answer = new ChatPassThrough();
        Pass(answer, Chunk("""{"index":0,"id":"a"}"""));

        Pass(answer, Chunk("""{"index":0,"id":"b"}""", choice: 1)).Should().Be(Chunk("""{"index":0,"id":"b"}""", choice: 1));
    }

    [Theory]
    [InlineData("""{"choices":[{"index":0,"delta":{"tool_calls":null}}]}""")]
    [InlineData("""{"choices":[{"index":0,"delta":{"tool_calls":[]}}]}""")]
    [InlineData("""{"choices":[{"index":0,"delta":{"tool_calls":[{"id":"a"}]}}]}""")]
    [InlineData("""{"tool_calls":[{"index":0,"id":"a"},{"index":0,"id":"b"}],"choices":[]}""")]
    [InlineData("""{"choices":[[{"tool_calls":[1]}],5,{"delta":[{"tool_calls":{}}]}]}""")]
    public void What_is_no_call_is_left_alone(string json) => Pass(new ChatPassThrough(), json).Should().Be(json);

    private static string Chunk(string calls, int choice = 0) => $$$"""{"choices":[{"delta":{"tool_calls":[{{{calls}}}]},"index":{{{choice}}}}]}""";

    private static string Pass(ChatPassThrough answer, string json) => Encoding.UTF8.GetString(Pass(answer, Encoding.UTF8.GetBytes(json)).Span);

    private static ReadOnlyMemory<byte> Pass(ChatPassThrough answer, ReadOnlyMemory<byte> json)
    {
        var events = new AnswerEvents();
        answer.Read(new UpstreamEvent(json, IsError: false, "any"), events);
        events.TryTake(out var seen, out var name).Should().BeTrue();
        name.Should().BeNull();
        return seen;
    }
}
