using System.Text;
using CleanGateway.Application.ChatCompletions;
using CleanGateway.Domain.Usage;

namespace CleanGateway.UnitTests.Application.ChatCompletions;

public class UsageReaderTests
{
    [Theory]
    [InlineData("""{"prompt_tokens":9,"completion_tokens":3}""", 9, 3)]
    [InlineData("""{"total_tokens":99,"completion_tokens":3,"prompt_tokens":9}""", 9, 3)]
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
             {"prompt_tokens":9,"completion_tokens":3,
              "prompt_tokens_details":{"audio_tokens":1,"cached_tokens":4},"completion_tokens_details":{"reasoning_tokens":2,"x":[{}]}}
             """)
            .Should().Be(UsageReport.Of(new TokenUsage(9, 3) { CachedTokens = 4, ReasoningTokens = 2 }));

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
            .Should().Match<ChatFacts>(facts => facts.Model == "gpt-4" && facts.HasAnyChoice
                && facts.Usage == UsageReport.Unusable(UnpricedReason.UsageInvalid));

    private static UsageReport Read(string usage) => ChatFacts.Read(Encoding.UTF8.GetBytes($"{{\"usage\":{usage}}}")).Usage!.Value;
}
