using System.Text;
using System.Text.Json.Nodes;
using CleanGateway.Infrastructure.ProviderAdapters;

namespace CleanGateway.UnitTests.Infrastructure.ProviderAdapters.Converse;

public sealed class ConverseThinkingTests : IDisposable
{
    private readonly ConverseCalls calls = new();

    [Theory]
    [InlineData("anthropic.claude-sonnet-4-5-20250929-v1:0", "minimal", """{"thinking":{"type":"enabled","budget_tokens":1024}}""")]
    [InlineData("anthropic.claude-sonnet-4-5-20250929-v1:0", "medium", """{"thinking":{"type":"enabled","budget_tokens":2048}}""")]
    [InlineData("us.anthropic.claude-opus-4-6-v1", "low", """{"thinking":{"type":"adaptive"},"output_config":{"effort":"low"}}""")]
    [InlineData("us.anthropic.claude-opus-4-6-v1", "xhigh", """{"thinking":{"type":"adaptive"},"output_config":{"effort":"high"}}""")]
    [InlineData("us.anthropic.claude-opus-4-6-v1", "max", """{"thinking":{"type":"adaptive"},"output_config":{"effort":"max"}}""")]
    [InlineData("anthropic.claude-opus-4-8", "xhigh", """{"thinking":{"type":"adaptive"},"output_config":{"effort":"xhigh"}}""")]
    [InlineData("anthropic.claude-opus-4-8", "none", """{"thinking":{"type":"disabled"}}""")]
    [InlineData("anthropic.claude-never-seen", "high", """{"thinking":{"type":"adaptive"},"output_config":{"effort":"high"}}""")]
    [InlineData("openai.gpt-oss-20b-1:0", "minimal", """{"reasoning_effort":"low"}""")]
    [InlineData("openai.gpt-oss-20b-1:0", "xhigh", """{"reasoning_effort":"high"}""")]
    [InlineData("openai.gpt-5.4", "none", """{"reasoning":{"effort":"none"}}""")]
    [InlineData("us.amazon.nova-2-lite-v1:0", "high", """{"reasoningConfig":{"type":"enabled","maxReasoningEffort":"high"}}""")]
    [InlineData("us.amazon.nova-2-lite-v1:0", "none", """{"reasoningConfig":{"type":"disabled"}}""")]
    public void Each_family_is_told_in_its_own_words_how_much_to_think(string model, string effort, string fields)
    {
        var sent = Sent($$"""{"model":"{{model}}","reasoning_effort":"{{effort}}","messages":[{"role":"user","content":"Hi"}]}""", out var dropped);

        sent["additionalModelRequestFields"]!.ToJsonString().Should().Be(fields);
        dropped.Should().BeEmpty();
    }

    [Fact]
    public void A_model_without_a_name_is_the_one_that_the_operator_says()
    {
        var sent = calls.Write(
            """{"model":"arn:aws:bedrock:us-east-1:123456789012:application-inference-profile/abc","reasoning_effort":"low","messages":[{"role":"user","content":"Hi"}]}""",
            capabilities: """{"base_model":"anthropic.claude-opus-4-8"}""");

        Chats.Text(sent.Message!.Body).Should().Contain("\"adaptive\"");
    }

    [Fact]
    public void A_cap_that_leaves_no_room_to_think_stays_and_thinking_is_left_out()
    {
        var sent = Sent("""{"model":"anthropic.claude-sonnet-4-5","reasoning_effort":"low","max_tokens":1024,"messages":[{"role":"user","content":"Hi"}]}""", out var dropped);

        sent["additionalModelRequestFields"].Should().BeNull();
        sent["inferenceConfig"]!["maxTokens"]!.GetValue<int>().Should().Be(1024);
        dropped.Should().Equal("reasoning_effort");
    }

    [Theory]
    [InlineData(2000, 5000, """{"thinking":{"type":"enabled","budget_tokens":1999}}""")]
    [InlineData(2000, 2000, """{"thinking":{"type":"enabled","budget_tokens":1999}}""")]
    [InlineData(2000, 1024, """{"thinking":{"type":"enabled","budget_tokens":1024}}""")]
    [InlineData(1025, 5000, """{"thinking":{"type":"enabled","budget_tokens":1024}}""")]
    [InlineData(1024, 5000, null)]
    public void The_callers_own_budget_stays_below_the_cap_or_thinking_is_left_out(int cap, int budget, string? fields)
    {
        var own = $$$"""{"thinking":{"type":"enabled","budget_tokens":{{{budget}}}}}""";
        string[] ways = [own[1..^1], $"\"additionalModelRequestFields\":{own}"];
        foreach (var member in ways)
        {
            var sent = Sent($$"""{"model":"anthropic.claude-sonnet-4-5","max_tokens":{{cap}},{{member}},"messages":[{"role":"user","content":"Hi"}]}""", out var dropped);

            (sent["additionalModelRequestFields"]?.ToJsonString()).Should().Be(fields);
            sent["inferenceConfig"]!["maxTokens"]!.GetValue<int>().Should().Be(cap);
            dropped.Should().HaveCount(fields is null ? 1 : 0);
        }
    }

    [Fact]
    public void Thoughts_whose_signature_is_refused_are_left_out_once_and_told()
    {
        var message = calls.Write(Signed("anthropic.claude-sonnet-4-5")).Message!;
        var refusal = new UpstreamFailure("ValidationException", null, "messages.1.content.0: Invalid `signature` in `thinking` block", null);

        var second = message.Amend!(refusal)!;

        Chats.Text(message.Body).Should().Contain("reasoningContent");
        Chats.Text(second.Body).Should().NotContain("reasoningContent").And.Contain("Hello");
        second.DroppedParams.Should().Equal("thinking_blocks");
        second.Amend!(refusal).Should().BeNull();
    }

    [Theory]
    [InlineData("amazon.nova-pro-v1:0")]
    [InlineData("openai.gpt-oss-20b-1:0")]
    [InlineData("deepseek.r1-v1:0")]
    public void Claudes_thoughts_are_told_to_no_other_model(string model) =>
        Sent(Signed(model), out _)["messages"]![1]!["content"]!.ToJsonString().Should().Be("""[{"text":"Hello"}]""");

    [Theory]
    [InlineData("anthropic.claude-opus-4-7")]
    [InlineData("anthropic.claude-opus-5-5")]
    [InlineData("anthropic.claude-never-seen")]
    public void New_models_of_Claude_are_sent_no_sampling_parameters(string model)
    {
        var sent = Sent($$"""{"model":"{{model}}","temperature":1,"top_p":0.5,"top_k":3,"messages":[{"role":"user","content":"Hi"}]}""", out var dropped);

        sent.ToJsonString().Should().Be("""{"messages":[{"role":"user","content":[{"text":"Hi"}]}]}""");
        dropped.Should().BeEquivalentTo("temperature", "top_p", "top_k");
    }

    [Fact]
    public void Temperature_wins_over_top_p_where_only_one_is_taken_and_is_at_most_one()
    {
        var sent = Sent("""{"model":"anthropic.claude-sonnet-4-5","temperature":1.5,"top_p":0.5,"messages":[{"role":"user","content":"Hi"}]}""", out var dropped);

        sent["inferenceConfig"]!.ToJsonString().Should().Be("""{"temperature":1}""");
        dropped.Should().BeEquivalentTo("temperature", "top_p");
    }

    [Fact]
    public void Claude_does_not_think_before_a_call_that_it_has_to_make()
    {
        var sent = Sent("""{"model":"anthropic.claude-sonnet-4-5","reasoning_effort":"low","tool_choice":"required","tools":[{"type":"function","function":{"name":"a"}}],"messages":[{"role":"user","content":"Hi"}]}""", out var dropped);

        sent["additionalModelRequestFields"].Should().BeNull();
        dropped.Should().Equal("reasoning_effort");
    }

    [Fact]
    public void Thoughts_are_remembered_for_callers_who_do_not_bring_them_back()
    {
        const string FollowUp = """{"model":"anthropic.claude-sonnet-4-5","reasoning_effort":"low","tools":[{"type":"function","function":{"name":"w"}}],"messages":[{"role":"user","content":"Hi"},{"role":"assistant","tool_calls":[{"id":"tooluse_1","type":"function","function":{"name":"w","arguments":"{}"}}]},{"role":"tool","tool_call_id":"tooluse_1","content":"x"}]}""";

        Sent(FollowUp, out var dropped)["additionalModelRequestFields"].Should().BeNull("the thoughts are not known");
        dropped.Should().Equal("reasoning_effort");

        calls.Reader(FollowUp).ReadWhole(Encoding.UTF8.GetBytes("""{"output":{"message":{"role":"assistant","content":[{"reasoningContent":{"reasoningText":{"text":"hm","signature":"c2ln"}}},{"toolUse":{"toolUseId":"tooluse_1","name":"w","input":{}}}]}},"stopReason":"tool_use"}"""), out _);

        var sent = Sent(FollowUp, out dropped);
        dropped.Should().BeEmpty();
        sent["additionalModelRequestFields"]!["thinking"]!["type"]!.GetValue<string>().Should().Be("enabled");
        sent["messages"]![1]!["content"]![0]!.ToJsonString().Should().Be("""{"reasoningContent":{"reasoningText":{"text":"hm","signature":"c2ln"}}}""");
    }

    public void Dispose() => calls.Dispose();

    private static string Signed(string model) =>
        $$"""{"model":"{{model}}","messages":[{"role":"user","content":"Hi"},{"role":"assistant","content":"Hello","thinking_blocks":[{"type":"thinking","thinking":"hm","signature":"c2ln"}]},{"role":"user","content":"So?"}]}""";

    private JsonNode Sent(string request, out IReadOnlyList<string> dropped)
    {
        var message = calls.Write(request).Message!;
        dropped = message.DroppedParams;
        return JsonNode.Parse(message.Body.Span)!;
    }
}
