using System.IO.Pipelines;
using System.Text;
using System.Text.Json.Nodes;
using CleanGateway.Api.Common;

namespace CleanGateway.UnitTests.Api;

public class ServerSentEventWriterTests
{
    [Fact]
    public async Task An_event_is_a_line_of_data_and_an_empty_one() =>
        (await WriteAsync(output => output.WriteEvent("""{"a":1}"""u8))).Should().Be("data: {\"a\":1}\n\n");

    [Fact]
    public async Task Events_follow_each_other() =>
        (await WriteAsync(output =>
        {
            output.WriteEvent("""{"a":1}"""u8);
            output.WriteKeepAlive();
            output.WriteEvent("[DONE]"u8);
        })).Should().Be("data: {\"a\":1}\n\n: keep-alive\n\ndata: [DONE]\n\n");

    [Theory]
    [InlineData("{\n  \"a\": 1\n}")]
    [InlineData("{\r\n  \"a\": 1\r\n}")]
    [InlineData("{\r  \"a\": 1\r}")]
    [InlineData("\n\n{\n\n\"a\": 1\n\n}\n\n")]
    [InlineData("{\"a\": 1}\n")]
    public async Task JSON_over_several_lines_arrives_as_the_same_JSON(string json)
    {
        var text = await WriteAsync(output => output.WriteEvent(Encoding.UTF8.GetBytes(json)));

        text.Should().EndWith("\n\n").And.NotContain("\r");
        var lines = text[..^2].Split('\n');
        lines.Should().OnlyContain(line => line.StartsWith("data: ", StringComparison.Ordinal) && line.Length > "data: ".Length, "an empty line would end the event");
        JsonNode.DeepEquals(JsonNode.Parse(string.Join('\n', lines.Select(line => line["data: ".Length..]))), JsonNode.Parse(json))
            .Should().BeTrue();
    }

    [Theory]
    [InlineData("")]
    [InlineData("\n")]
    [InlineData("\r\n\r\n")]
    public async Task Nothing_to_say_is_no_event_with_empty_data(string data) =>
        (await WriteAsync(output => output.WriteEvent(Encoding.UTF8.GetBytes(data)))).Should().NotContain("data");

    [Fact]
    public async Task A_text_of_many_bytes_stays_whole()
    {
        var json = "{\"content\":\"" + string.Concat(Enumerable.Repeat("größe €😀 ", 20_000)) + "\"}";

        (await WriteAsync(output => output.WriteEvent(Encoding.UTF8.GetBytes(json)))).Should().Be($"data: {json}\n\n");
    }

    private static async Task<string> WriteAsync(Action<PipeWriter> write)
    {
        using var written = new MemoryStream();
        var output = PipeWriter.Create(written, new StreamPipeWriterOptions(leaveOpen: true));
        write(output);
        await output.CompleteAsync();
        return Encoding.UTF8.GetString(written.ToArray());
    }
}
