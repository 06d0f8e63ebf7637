using System.Text;
using CleanGateway.Application.Inference;
using CleanGateway.Application.Messages;
using CleanGateway.Domain.Usage;

namespace CleanGateway.UnitTests.Application.Messages;

public class MessagesTranscriptTests
{
    private static readonly MessagesRequest Request = Native.Read(Native.HelloStream);

    [Fact]
    public void Events_come_to_the_message_they_are_of()
    {
        var transcript = Transcript(Native.Events);

        Text(transcript).Should().Be(Native.Whole);
        transcript.IsFinished.Should().BeTrue();
    }

    [Fact]
    public void Events_and_the_message_say_the_same_of_what_was_used()
    {
        UsagePart? parts = null;
        foreach (var seen in Native.Events)
            parts = Request.Read(Encoding.UTF8.GetBytes(seen)).UsagePart is { } part ? part.Over(parts) : parts;

        parts!.ToReport(said: 999).Should().Be(UsageReport.Of(new TokenUsage(150, 57)
        {
            CachedTokens = 100,
            ReasoningTokens = 12,
            Details = new UsageDetails { CacheWriteTokens = 10, CacheWrite1hTokens = 20, WebSearches = 2 },
        }));
        Request.Read(Encoding.UTF8.GetBytes(Native.Whole)).Usage.Should().Be(parts.ToReport());
    }

    [Fact]
    public void What_breaks_off_is_kept_as_far_as_it_came()
    {
        var transcript = Transcript(Native.Events[..18]);

        transcript.IsFinished.Should().BeFalse();
        Text(transcript).Should().Contain("""{"type":"tool_use","id":"toolu_1","name":"w","input":"{\"city\":\"Par"}""");
    }

    [Fact]
    public void Without_any_event_there_is_nothing() => new MessagesTranscript().IsEmpty.Should().BeTrue();

    [Fact]
    public void Every_event_is_named_by_what_it_says_it_is() =>
        Native.Events.Select(seen => Request.Read(Encoding.UTF8.GetBytes(seen)).Name).Distinct().Should().Equal(
            "message_start", "ping", "content_block_start", "content_block_delta", "content_block_stop", "message_delta", "message_stop");

    [Theory]
    [InlineData("""{"type":"x\ny"}""")]
    [InlineData("""{"type":"two words"}""")]
    [InlineData("""{"type":""}""")]
    [InlineData("""{"type":7}""")]
    public void What_is_no_word_is_no_name(string json) => Request.Read(Encoding.UTF8.GetBytes(json)).Name.Should().BeNull();

    [Theory]
    [InlineData("""{"input_tokens":5,"output_tokens":-1}""", "UsageInvalid")]
    [InlineData("""{"input_tokens":5,"output_tokens":1.5}""", "UsageInvalid")]
    [InlineData("""{"input_tokens":"5","output_tokens":1}""", "UsageInvalid")]
    [InlineData("""[1]""", "UsageInvalid")]
    [InlineData("""{"input_tokens":5}""", "UsageNotReported")]
    [InlineData("""{}""", "UsageNotReported")]
    public void Counts_that_cannot_be_are_not_believed(string usage, string why) =>
        Request.Read(Encoding.UTF8.GetBytes($$"""{"type":"message","content":[],"usage":{{usage}}}""")).Usage!.Value.Missing.ToString().Should().Be(why);

    [Theory]
    [InlineData("priority", "priority", false)]
    [InlineData("standard", null, false)]
    [InlineData("batch", null, true)]
    public void The_tier_is_the_one_it_says(string tier, string? named, bool isBatch)
    {
        var json = $$"""{"type":"message","content":[],"usage":{"input_tokens":5,"output_tokens":1,"service_tier":"{{tier}}","inference_geo":"us","speed":"fast"} }""";

        Request.Read(Encoding.UTF8.GetBytes(json)).Usage!.Value.Usage!.Value.Details
            .Should().Be(new UsageDetails { ServiceTier = named, Batch = isBatch, InferenceGeo = "us", Speed = "fast" });
    }

    [Fact]
    public void A_stream_that_breaks_off_is_booked_at_what_was_said()
    {
        var begun = Request.Read(Encoding.UTF8.GetBytes(Native.Events[0])).UsagePart!;

        begun.ToReport(said: 40).Should().Match<UsageReport>(report =>
            report.Source == UsageSource.Estimated && report.Usage!.Value.PromptTokens == 150 && report.Usage.Value.CompletionTokens == 40);
    }

    private static MessagesTranscript Transcript(IEnumerable<string> events)
    {
        var transcript = new MessagesTranscript();
        foreach (var seen in events)
            transcript.Add(Encoding.UTF8.GetBytes(seen));

        return transcript;
    }

    private static string Text(MessagesTranscript transcript) => Encoding.UTF8.GetString(transcript.ToJson().Span);
}
