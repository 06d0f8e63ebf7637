using System.Text;
using CleanGateway.Application.ChatCompletions;
using CleanGateway.Application.Inference;
using CleanGateway.Domain.Usage;

namespace CleanGateway.UnitTests.Application.ChatCompletions;

public class UsageReaderTests
{
    [Theory]
    [InlineData("""{"prompt_tokens":9,"completion_tokens":3}""", 9, 3)]
    [InlineData("""{"total_tokens":12,"completion_tokens":3,"prompt_tokens":9}""", 9, 3)]
    [InlineData("""{"total_tokens":11,"completion_tokens":3,"prompt_tokens":9}""", 9, 3)]
    [InlineData("""{"total_tokens":"no","completion_tokens":3,"prompt_tokens":9}""", 9, 3)]
    [InlineData("""{"input_tokens":9,"output_tokens":3,"total_tokens":12}""", 9, 3)]
    [InlineData("""{"prompt_tokens":0,"completion_tokens":0}""", 0, 0)]
    [InlineData("""{"prompt_tokens":10000000000,"completion_tokens":10000000000}""", 10_000_000_000, 10_000_000_000)]
    [InlineData("""{"pr\u006fmpt_tokens":9,"completion_tokens":3}""", 9, 3)]
    [InlineData("""{"x":{"prompt_tokens":1,"completion_tokens":1},"prompt_tokens":9,"y":[{}],"completion_tokens":3,"cost":0.5}""", 9, 3)]
    public void What_was_counted_is_believed(string usage, long prompt, long completion) =>
        Read(usage).Should().Be(UsageReport.Of(new TokenUsage(prompt, completion)));

    [Theory]
    [InlineData("""{"prompt_tokens":-1,"completion_tokens":3}""")]
    [InlineData("""{"prompt_tokens":9,"completion_tokens":-3}""")]
    [InlineData("""{"prompt_tokens":1e12,"completion_tokens":3}""")]
    [InlineData("""{"prompt_tokens":1000000000000,"completion_tokens":3}""")]
    [InlineData("""{"prompt_tokens":10000000001,"completion_tokens":3}""")]
    [InlineData("""{"prompt_tokens":1e400,"completion_tokens":3}""")]
    [InlineData("""{"prompt_tokens":9223372036854775808,"completion_tokens":3}""")]
    [InlineData("""{"prompt_tokens":"9","completion_tokens":3}""")]
    [InlineData("""{"prompt_tokens":9.5,"completion_tokens":3}""")]
    [InlineData("""{"prompt_tokens":9,"completion_tokens":true}""")]
    [InlineData("""{"prompt_tokens":{"n":9},"completion_tokens":3}""")]
    [InlineData("""{"prompt_tokens":9,"completion_tokens":[3]}""")]
    [InlineData("""{"prompt_tokens":9,"completion_tokens":3,"prompt_tokens_details":{"cached_tokens":-4}}""")]
    [InlineData("""{"prompt_tokens":9,"completion_tokens":3,"completion_tokens_details":{"reasoning_tokens":"1"}}""")]
    [InlineData("5")]
    [InlineData("\"9\"")]
    [InlineData("true")]
    [InlineData("[]")]
    [InlineData("""[{"prompt_tokens":9,"completion_tokens":3}]""")]
    public void What_cannot_be_is_not_believed(string usage) => Read(usage).Should().Be(UsageReport.Unusable(UnpricedReason.UsageInvalid));

    [Theory]
    [InlineData("{}")]
    [InlineData("""{"prompt_tokens":9}""")]
    [InlineData("""{"completion_tokens":3}""")]
    [InlineData("""{"prompt_tokens":null,"completion_tokens":3}""")]
    [InlineData("""{"prompt_tokens":9,"completion_tokens":null}""")]
    [InlineData("""{"total_tokens":12}""")]
    public void Half_a_report_is_none_and_never_a_zero(string usage) => Read(usage).Should().Be(UsageReport.None);

    [Theory]
    [InlineData("""{"choices":[]}""")]
    [InlineData("""{"choices":[],"usage":null}""")]
    public void Without_usage_there_is_no_report(string json) => ChatFacts.Read(Encoding.UTF8.GetBytes(json)).Usage.Should().BeNull();

    [Fact]
    public void Details_are_kept() =>
        Read("""
             {"prompt_tokens":90,"completion_tokens":30,
              "prompt_tokens_details":{"audio_tokens":1,"image_tokens":2,"cached_tokens":4,"cache_write_tokens":5,"text_tokens":78},
              "completion_tokens_details":{"reasoning_tokens":2,"audio_tokens":6,"image_tokens":7,"accepted_prediction_tokens":0,"x":[{}]}}
             """)
            .Should().Be(UsageReport.Of(new TokenUsage(90, 30)
            {
                CachedTokens = 4, ReasoningTokens = 2,
                Details = new UsageDetails { AudioInputTokens = 1, ImageInputTokens = 2, CacheWriteTokens = 5, AudioOutputTokens = 6, ImageOutputTokens = 7 },
            }));

    [Fact]
    public void Zeros_are_no_details() =>
        Read("""
             {"prompt_tokens":9,"completion_tokens":3,"prompt_tokens_details":{"audio_tokens":0,"cached_tokens":0},
              "completion_tokens_details":{"audio_tokens":0,"reasoning_tokens":0}}
             """)
            .Should().Be(UsageReport.Of(new TokenUsage(9, 3) { CachedTokens = 0, ReasoningTokens = 0 }));

    [Fact]
    public void Parts_that_are_more_than_the_whole_are_not_believed() =>
        Read("""
             {"prompt_tokens":9,"completion_tokens":3,"prompt_tokens_details":{"audio_tokens":10,"image_tokens":10,"cached_tokens":10,"cache_write_tokens":10},
              "completion_tokens_details":{"audio_tokens":4,"image_tokens":4,"reasoning_tokens":4}}
             """)
            .Should().Be(UsageReport.Of(new TokenUsage(9, 3)));

    [Theory]
    [InlineData("priority", "priority")]
    [InlineData("flex", "flex")]
    [InlineData("scale", "scale")]
    [InlineData("default", null)]
    [InlineData("", null)]
    [InlineData("no word", null)]
    [InlineData("a-word-that-is-longer-than-any-tier-has", null)]
    public void The_tier_that_was_used_is_kept_with_the_counts(string tier, string? kept)
    {
        const string Counts = """{"prompt_tokens":9,"completion_tokens":3}""";
        var expected = UsageReport.Of(new TokenUsage(9, 3) { Details = kept is null ? null : new UsageDetails { ServiceTier = kept } });

        ChatFacts.Read(Encoding.UTF8.GetBytes($$"""{"service_tier":"{{tier}}","usage":{{Counts}}}""")).Usage.Should().Be(expected);
        ChatFacts.Read(Encoding.UTF8.GetBytes($$"""{"usage":{{Counts}},"service_tier":"{{tier}}"}""")).Usage.Should().Be(expected);
    }

    [Theory]
    [InlineData("null")]
    [InlineData("5")]
    [InlineData("{\"a\":[]}")]
    public void A_tier_that_is_no_text_is_none(string tier) =>
        ChatFacts.Read(Encoding.UTF8.GetBytes($$"""{"service_tier":{{tier}},"usage":{"completion_tokens":3,"prompt_tokens":9} }""")).Usage
            .Should().Be(UsageReport.Of(new TokenUsage(9, 3)));

    [Theory]
    [InlineData("null")]
    [InlineData("{}")]
    [InlineData("[]")]
    [InlineData("5")]
    [InlineData("{\"cached_tokens\":null}")]
    public void Servers_may_say_nothing_of_details(string details) =>
        Read($"{{\"prompt_tokens_details\":{details},\"prompt_tokens\":9,\"completion_tokens_details\":{details},\"completion_tokens\":3}}")
            .Should().Be(UsageReport.Of(new TokenUsage(9, 3)));

    [Fact]
    public void What_stands_behind_a_senseless_report_is_still_read() =>
        ChatFacts.Read("""{"usage":{"prompt_tokens":{"a":[1]},"completion_tokens":3},"model":"gpt-4","choices":[{}]}"""u8)
            .Should().Match<AnswerFacts>(facts => facts.Model == "gpt-4" && facts.HasOutput
                && facts.Usage == UsageReport.Unusable(UnpricedReason.UsageInvalid));

    private static UsageReport Read(string usage) => ChatFacts.Read(Encoding.UTF8.GetBytes($"{{\"usage\":{usage}}}")).Usage!.Value;
}
