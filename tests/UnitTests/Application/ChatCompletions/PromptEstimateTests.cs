using System.Text;
using CleanGateway.Application.ChatCompletions;
using CleanGateway.Domain.Usage;

namespace CleanGateway.UnitTests.Application.ChatCompletions;

public class PromptEstimateTests
{
    [Theory]
    [InlineData("""[]""", 0)]
    [InlineData("""[{"role":"user","content":"12345678"}]""", 3)]
    [InlineData("""[{"role":"user","content":[{"type":"text","text":"1234"}]}]""", 3)]
    [InlineData("""[{"content":[{"type":"image_url","image_url":{"url":"data:image/png;base64,AAAAAAAAAAAAAAAA"}}]}]""", 1003)]
    [InlineData("""[{"content":[{"type":"input_audio","input_audio":{"data":"AAAAAAAAAAAAAAAA","format":"wav"}}]}]""", 1004)]
    [InlineData("""[{"\ud800":"\ud800"}]""", 2)]
    public void Text_counts_by_its_length_and_media_by_their_number(string messages, long tokens) =>
        PromptEstimate.Of(Encoding.UTF8.GetBytes(messages)).Should().Be(tokens);

    [Theory]
    [InlineData(""","max_tokens":50""", 50L)]
    [InlineData(""","max_completion_tokens":70,"max_tokens":50""", 70L)]
    [InlineData(""","max_tokens":50,"n":3""", 150L)]
    public void An_answer_is_reserved_as_far_as_the_caller_has_limited_it(string more, long completion) =>
        Books.Chat(more: more).Reserve()!.Value.CompletionTokens.Should().Be(completion);

    [Fact]
    public void Without_a_limit_there_is_no_telling() => Books.Chat().Reserve().Should().BeNull();

    [Fact]
    public void What_is_reserved_counts_the_prompt_too() => Books.Chat(more: ""","max_tokens":50""").Reserve().Should().Match<TokenUsage>(usage => usage.PromptTokens > 0);
}
