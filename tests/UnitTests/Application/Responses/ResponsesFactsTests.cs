using System.Text;
using CleanGateway.Application.Inference;
using CleanGateway.Application.Responses;
using CleanGateway.Domain.Usage;

namespace CleanGateway.UnitTests.Application.Responses;

public class ResponsesFactsTests
{
    private const string Usage = """{"input_tokens":9,"input_tokens_details":{"cached_tokens":4,"cache_write_tokens":2},"output_tokens":3,"output_tokens_details":{"reasoning_tokens":1},"total_tokens":12}""";

    [Fact]
    public void A_response_tells_its_model_its_usage_its_tier_and_how_often_the_web_was_searched()
    {
        var facts = Read($$$"""
            {"id":"resp_1","object":"response","status":"completed","error":null,"model":"gpt-5","service_tier":"flex",
             "output":[{"type":"web_search_call","action":{"type":"search","query":"x"}},{"action":{"type":"open_page"},"type":"web_search_call"},
                       {"type":"web_search_call"},{"type":"message","content":[]}],
             "usage":{{{Usage}}}}
            """);

        (facts.IsAnswer, facts.Model, facts.HasFailed, facts.ErrorAt).Should().Be((true, "gpt-5", false, null));
        facts.Usage.Should().Be(UsageReport.Of(new TokenUsage(9, 3)
        {
            CachedTokens = 4,
            ReasoningTokens = 1,
            Details = new UsageDetails { CacheWriteTokens = 2, WebSearches = 2, ServiceTier = "flex" },
        }));
    }

    [Theory]
    [InlineData("response.completed")]
    [InlineData("response.incomplete")]
    public void The_last_event_tells_what_was_used(string type)
    {
        var facts = Read($$$"""{"type":"{{{type}}}","sequence_number":9,"response":{"model":"gpt-5","error":null,"output":[],"usage":{"input_tokens":9,"output_tokens":3} } }""");

        (facts.IsLast, facts.HasFailed, facts.Model, facts.Usage).Should().Be((true, false, "gpt-5", UsageReport.Of(new TokenUsage(9, 3))));
    }

    [Fact]
    public void A_response_that_failed_ends_its_stream_and_says_so()
    {
        var facts = Read("""{"response":{"status":"failed","error":{"code":"server_error","message":"x"},"usage":null},"type":"response.failed"}""");

        (facts.IsLast, facts.HasFailed, facts.ErrorAt, facts.Usage).Should().Be((true, true, null, null));
    }

    [Theory]
    [InlineData("""{"type":"error","code":"server_error","message":"x","param":null,"sequence_number":3}""")]
    [InlineData("""{"error":{"message":"x"}}""")]
    [InlineData("""{"id":"resp_1","status":"failed","output":[],"error":{"code":"server_error","message":"x"}}""")]
    public void An_error_is_found(string json) => Read(json).ErrorAt.Should().NotBeNull();

    [Fact]
    public void A_response_that_failed_without_a_word_has_failed() => Read("""{"status":"failed","output":[],"error":null}""").HasFailed.Should().BeTrue();

    [Theory]
    [InlineData("response.output_text.delta", true)]
    [InlineData("response.function_call_arguments.delta", true)]
    [InlineData("response.reasoning_summary_text.delta", true)]
    [InlineData("response.audio.delta", false)]
    [InlineData("response.output_text.done", false)]
    [InlineData("response.created", false)]
    public void Pieces_are_what_the_model_says(string type, bool isSaid) => Read($$"""{"type":"{{type}}","delta":"Hel"}""").HasOutput.Should().Be(isSaid);

    [Theory]
    [InlineData("response.created", false)]
    [InlineData("response.queued", false)]
    [InlineData("response.in_progress", false)]
    [InlineData("response.output_item.added", true)]
    [InlineData("response.output_text.delta", true)]
    [InlineData("response.completed", true)]
    public void An_answer_begins_with_more_than_a_sign_of_life(string type, bool begins) =>
        ResponsesFacts.HasContent(Encoding.UTF8.GetBytes($$$"""{"response":{"type":"x"},"type":"{{{type}}}"}""")).Should().Be(begins);

    [Theory]
    [InlineData("""{"type":"response.output_text.delta","delta":"Hello","obfuscation":"xxxxxxxx"}""", 5)]
    [InlineData("""{"type":"response.output_text.done","text":"Hello"}""", 0)]
    [InlineData("""{"instructions":"Be good","text":{"format":{"type":"text"}},"output":[{"type":"message","content":[{"type":"output_text","text":"Hello"}]},{"type":"function_call","name":"f","arguments":"{}"}],"metadata":{"text":"x"}}""", 7)]
    public void What_is_said_is_counted_once(string json, long bytes) => ResponsesFacts.BytesSaid(Encoding.UTF8.GetBytes(json)).Should().Be(bytes);

    private static AnswerFacts Read(string json) => ResponsesFacts.Read(Encoding.UTF8.GetBytes(json));
}
