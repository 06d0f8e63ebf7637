using System.Text;
using CleanGateway.Application.ChatCompletions;

namespace CleanGateway.UnitTests.Application.ChatCompletions;

public class PromptBoundTests
{
    private const int Overhead = 256;
    private const int Picture = 40_000;
    private const long Everything = 10_000_000_000;

    private static readonly string Long = new('x', 3200);

    [Theory]
    [InlineData("""[{"role":"user","content":"LONG"}]""")]
    [InlineData("""[{"role":"user","content":[{"type":"text","text":"LONG"}]}]""")]
    [InlineData("""[{"role":"user","content":"data:LONG"}]""")]
    [InlineData("""[{"role":"user","content":"Hi","name":"LONG"}]""")]
    [InlineData("""[{"role":"assistant","tool_calls":[{"id":"1","function":{"name":"f","arguments":"LONG"},"data":"LONG"}]}]""")]
    [InlineData("""[{"role":"user","content":"Hi","data":"LONG","image_url":"data:LONG","file_data":"LONG"}]""")]
    public void Whatever_is_text_counts_by_its_bytes(string messages)
    {
        var (body, bound) = Bound(messages);

        bound.Should().Be(new PromptBound(body + Overhead, HasAudio: false, HasPictures: false));
    }

    [Theory]
    [InlineData(""","tools":[{"type":"function","function":{"name":"f","parameters":{"default":{"data":"LONG","file_data":"LONG"}}}}]""")]
    [InlineData(""","tools":[{"type":"function","function":{"name":"f","parameters":{"image_url":"data:LONG"}}}],"functions":null""")]
    public void What_stands_outside_of_messages_is_text_whatever_it_is_called(string more)
    {
        var (body, bound) = Bound("""[{"role":"user","content":"Hi"}]""", more);

        bound.Tokens.Should().Be(body + Overhead + 1024);
    }

    [Fact]
    public void A_picture_counts_as_one_however_many_bytes_it_has()
    {
        var (body, bound) = Bound("""[{"role":"user","content":[{"type":"image_url","image_url":{"url":"data:LONG"}}]}]""");

        bound.Should().Be(new PromptBound(body - 3205 + Picture + Overhead, HasAudio: false, HasPictures: true));
    }

    [Fact]
    public void A_sound_counts_by_its_length()
    {
        var (body, bound) = Bound("""[{"role":"user","content":[{"type":"input_audio","input_audio":{"data":"LONG","format":"mp3"}}]}]""");

        bound.Should().Be(new PromptBound(body - 3200 + 200 + Overhead, HasAudio: true, HasPictures: false));
    }

    [Theory]
    [InlineData("""[{"role":"user","content":[{"type":"file","file":{"file_id":"file-1"}}]}]""")]
    [InlineData("""[{"role":"user","content":[{"type":"file","file":{"file_data":"https://example.com/a.pdf"}}]}]""")]
    [InlineData("""[{"role":"user","content":[{"type":"input_audio","input_audio":{"data":"https://example.com/a.mp3"}}]}]""")]
    [InlineData("""[{"role":"user","content":[{"type":"video_url","video_url":{"url":"https://example.com/a.mp4"}}]}]""")]
    [InlineData("""[{"role":"assistant","audio":{"id":"audio_1"}}]""")]
    public void What_lies_elsewhere_is_bounded_by_the_model_only(string messages)
    {
        Bound(messages).Bound.Tokens.Should().Be(Everything);
        Bound(messages, mostInput: 128_000).Bound.Should().Be(new PromptBound(128_000, HasAudio: true, HasPictures: true));
    }

    private static (int Body, PromptBound Bound) Bound(string messages, string more = "", long? mostInput = null)
    {
        var body = Encoding.UTF8.GetBytes($$"""{"model":"m","messages":{{messages}}{{more}}}""".Replace("LONG", Long, StringComparison.Ordinal));
        ChatRequest.TryParse(body, out var chat, out var error).Should().BeTrue(error?.Message);
        return (body.Length, chat.BoundPrompt(mostInput));
    }
}
