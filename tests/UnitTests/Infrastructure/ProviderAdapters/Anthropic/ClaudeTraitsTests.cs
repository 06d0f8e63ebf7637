using CleanGateway.Infrastructure.ProviderAdapters.Dialects.Anthropic;

namespace CleanGateway.UnitTests.Infrastructure.ProviderAdapters.Anthropic;

public class ClaudeTraitsTests
{
    [Theory]
    [InlineData("claude-sonnet-5-5", "adaptive", "", "low,medium,high,xhigh,max", 128000)]
    [InlineData("claude-opus-5-5-20261101", "adaptive", "", "low,medium,high,xhigh,max", 128000)]
    [InlineData("claude-haiku-5-5", "adaptive", "off,forced", "low,medium,high,xhigh,max", 128000)]
    [InlineData("claude-opus-5", "adaptive", "off,forced", "low,medium,high,xhigh,max", 128000)]
    [InlineData("claude-fable-5-1", "adaptive", "", "low,medium,high,xhigh,max", 128000)]
    [InlineData("claude-fable-5@default", "adaptive", "forced", "low,medium,high,xhigh,max", 128000)]
    [InlineData("claude-sonnet-5", "adaptive", "off,forced", "low,medium,high,xhigh,max", 128000)]
    [InlineData("claude-opus-4-6@default", "adaptive", "sampling,off,forced", "low,medium,high,max", 128000)]
    [InlineData("claude-opus-4-5-20251101", "budget", "sampling,off,forced", "low,medium,high", 64000)]
    [InlineData("eu.anthropic.claude-haiku-4-5-20251001-v1:0", "budget", "sampling,off,forced", "", 64000)]
    [InlineData("claude-opus-4-1@20250805", "budget", "sampling,off,forced", "", 32000)]
    [InlineData("claude-sonnet-4-20250514", "budget", "sampling,off,forced", "", 64000)]
    [InlineData("claude-4-opus-20250514", "budget", "sampling,off,forced", "", 32000)]
    [InlineData("anthropic/claude-3.7-sonnet", "budget", "sampling,off,forced", "", 64000)]
    [InlineData("claude-3-5-haiku-latest", "none", "sampling,forced", "", 8192)]
    [InlineData("claude-3-haiku-20240307", "none", "sampling,forced", "", 4096)]
    [InlineData("claude-instant-1.2", "none", "sampling", "", 4096)]
    [InlineData("claude-of-tomorrow", "adaptive", "off,forced", "low,medium,high,xhigh,max", 128000)]
    public void A_model_is_known_by_a_piece_of_its_name(string model, string thinking, string can, string efforts, long most)
    {
        var traits = ClaudeTraits.Of(AnthropicSetup.Target(model));

        (traits.AdaptiveThinking ? "adaptive" : traits.ThinkingBudgets ? "budget" : "none").Should().Be(thinking);
        var able = new[] { (traits.Sampling, "sampling"), (traits.ThinkingCanBeOff, "off"), (traits.ForcedTools, "forced") };
        string.Join(',', able.Where(trait => trait.Item1).Select(trait => trait.Item2)).Should().Be(can);
        string.Join(',', traits.Efforts).Should().Be(efforts);
        traits.UsualOutput.Should().Be(most);
    }

    [Theory]
    [InlineData("claude-opus-4-1", true)]
    [InlineData("claude-sonnet-4-5", true)]
    [InlineData("claude-sonnet-4", false)]
    [InlineData("claude-opus-4", false)]
    [InlineData("claude-3-haiku", false)]
    public void Schemas_are_kept_to_by_the_newer_ones(string model, bool native) =>
        ClaudeTraits.Of(AnthropicSetup.Target(model)).NativeFormat.Should().Be(native);

    [Fact]
    public void What_is_known_of_a_model_otherwise_goes_over_the_table()
    {
        const string Known = """
            {"supports_adaptive_thinking":false,"supports_max_reasoning_effort":false,"supports_vision":false,"thinking_off":"never"}
            """;

        var traits = ClaudeTraits.Of(AnthropicSetup.Target("claude-opus-4-8", capabilities: Known) with { MaxOutputTokens = 5 });

        traits.AdaptiveThinking.Should().BeFalse();
        traits.Efforts.Should().Equal("low", "medium", "high", "xhigh");
        traits.Pictures.Should().BeFalse();
        traits.ThinkingCanBeOff.Should().BeFalse();
        traits.MostOutput.Should().Be(5);
    }
}
