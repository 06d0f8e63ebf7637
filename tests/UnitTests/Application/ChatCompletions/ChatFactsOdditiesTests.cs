using System.Text;
using CleanGateway.Application.ChatCompletions;
using CleanGateway.Application.Common;
using CleanGateway.Application.Inference;
using CleanGateway.Domain.Usage;

namespace CleanGateway.UnitTests.Application.ChatCompletions;

/// <summary>What servers that speak OpenAI's language do in their own way.</summary>
public class ChatFactsOdditiesTests
{
    private const string Usage = """{"prompt_tokens":9,"completion_tokens":3}""";
    private static readonly UsageReport Counted = UsageReport.Of(new TokenUsage(9, 3));

    [Theory]
    [InlineData("""{"choices":[{"index":0,"usage":U}]}""", """{"choices":[{"index":0}]}""")]
    [InlineData("""{"choices":[{"usage":U,"index":0}]}""", """{"choices":[{"index":0}]}""")]
    [InlineData("""{"choices":[{"index":0, "usage" : U ,"delta":{}}],"x":1}""", """{"choices":[{"index":0, "delta":{}}],"x":1}""")]
    [InlineData("""{"choices":[{"usage":U}]}""", """{"choices":[{}]}""")]
    [InlineData("""{"choices":[],"x_groq":{"id":"r","usage":U}}""", """{"choices":[],"x_groq":{"id":"r"}}""")]
    [InlineData("""{"x_groq":{"usage":U,"id":"r"},"choices":[]}""", """{"x_groq":{"id":"r"},"choices":[]}""")]
    [InlineData("""{"x_groq":{"usage":U},"choices":[],"usage":U}""", """{"x_groq":{},"choices":[]}""")]
    [InlineData("""{"usage":U,"choices":[{"usage":U}]}""", """{"choices":[{}]}""")]
    [InlineData("""{"usage":{},"choices":[{"usage":U}]}""", """{"choices":[{}]}""")]
    public void Usage_is_found_and_cut_out_wherever_it_stands(string form, string without)
    {
        var json = Encoding.UTF8.GetBytes(form.Replace("U", Usage, StringComparison.Ordinal));

        var facts = ChatFacts.Read(json);

        facts.Usage.Should().Be(Counted);
        var edits = new JsonEdits();
        foreach (var member in new[] { facts.UsageMember, facts.OtherUsageMember }.OfType<JsonSlice>())
            edits.Replace(member, default);
        Encoding.UTF8.GetString(edits.ApplyTo(json).Span).Should().Be(without);
    }

    [Theory]
    [InlineData("stop", "stop")]
    [InlineData("length", "length")]
    [InlineData("tool_calls", "tool_calls")]
    [InlineData("content_filter", "content_filter")]
    [InlineData("function_call", "function_call")]
    public void Reasons_that_clients_know_are_left_alone(string reason, string seen)
    {
        var facts = Read($$"""{"choices":[{"finish_reason":"{{reason}}"}]}""");

        facts.Repairs.Should().BeNull();
        seen.Should().Be(reason);
    }

    [Theory]
    [InlineData("\"model_length\"", "\"length\"")]
    [InlineData("\"MAX_TOKENS\"", "\"length\"")]
    [InlineData("\"insufficient_system_resource\"", "\"length\"")]
    [InlineData("\"tool_use\"", "\"tool_calls\"")]
    [InlineData("\"SAFETY\"", "\"content_filter\"")]
    [InlineData("\"eos\"", "\"stop\"")]
    [InlineData("\"end_turn\"", "\"stop\"")]
    [InlineData("\"\\ud800\"", "\"stop\"")]
    [InlineData("\"\"", "null")]
    public void Other_reasons_become_one_of_those(string reason, string seen)
    {
        var json = $$"""{"choices":[{"index":0,"finish_reason":"stop"},{"index":1,"finish_reason" : {{reason}} }],"x":1}""";

        var mended = Read(json).Repairs!.ApplyTo(Encoding.UTF8.GetBytes(json));

        Encoding.UTF8.GetString(mended.Span).Should().Be(
            $$"""{"choices":[{"index":0,"finish_reason":"stop"},{"index":1,"finish_reason" : {{seen}} }],"x":1}""");
    }

    [Theory]
    [InlineData("""{"choices":[{"finish_reason":null}]}""")]
    [InlineData("""{"choices":[{"finish_reason":5}]}""")]
    [InlineData("""{"choices":[{"delta":{"finish_reason":"eos"}}],"finish_reason":"eos"}""")]
    public void What_is_no_reason_is_left_alone(string json) => Read(json).Repairs.Should().BeNull();

    [Theory]
    [InlineData("""{"prompt_tokens":9,"completion_tokens":3,"prompt_cache_hit_tokens":4,"prompt_cache_miss_tokens":5}""", 4L, null)]
    [InlineData("""{"prompt_tokens":9,"completion_tokens":3,"cache_read_input_tokens":4,"cache_creation_input_tokens":2}""", 4L, """{"cache_write_tokens":2}""")]
    [InlineData(
        """{"prompt_tokens":9,"completion_tokens":3,"cache_creation_input_tokens":5,"prompt_tokens_details":{"cached_tokens":4,"cache_creation_token_details":{"ephemeral_5m_input_tokens":2,"ephemeral_1h_input_tokens":3}}}""",
        4L, """{"cache_write_tokens":2,"cache_write_1h_tokens":3}""")]
    [InlineData(
        """{"prompt_tokens":9,"completion_tokens":3,"cache_creation_input_tokens":5,"prompt_tokens_details":{"cache_creation_token_details":{"ephemeral_1h_input_tokens":3}}}""",
        null, """{"cache_write_tokens":2,"cache_write_1h_tokens":3}""")]
    [InlineData(
        """{"prompt_tokens":9,"completion_tokens":3,"server_tool_use":{"web_search_requests":2},"inference_geo":"us","speed":"fast"}""",
        null, """{"web_searches":2,"inference_geo":"us","speed":"fast"}""")]
    [InlineData("""{"prompt_tokens":9,"completion_tokens":3,"server_tool_use":null,"inference_geo":"Not A Word","speed":5}""", null, null)]
    public void Other_names_for_parts_of_the_usage_are_known(string usage, long? cached, string? details)
    {
        var used = Read($$"""{"choices":[],"usage":{{usage}}}""").Usage!.Value.Usage!.Value;

        (used.CachedTokens, used.Details?.ToJson()).Should().Be((cached, details));
    }

    [Fact]
    public void Thoughts_that_are_counted_in_the_total_alone_are_output() =>
        Read("""{"choices":[],"usage":{"prompt_tokens":9,"completion_tokens":3,"total_tokens":20,"completion_tokens_details":{"reasoning_tokens":8}}}""")
            .Usage.Should().Be(UsageReport.Of(new TokenUsage(9, 11) { ReasoningTokens = 8 }));

    private static AnswerFacts Read(string json) => ChatFacts.Read(Encoding.UTF8.GetBytes(json));
}
