namespace CleanGateway.UnitTests.Infrastructure.ProviderAdapters.Converse;

/// <summary>What cannot be said to Bedrock: an error that names it, or left out and told where that is allowed.</summary>
public sealed class ConverseRefusalTests : IDisposable
{
    private const string Claude = "anthropic.claude-sonnet-4-5-20250929-v1:0";
    private const string Nova = "amazon.nova-pro-v1:0";
    private const string Llama = "meta.llama3-3-70b-instruct-v1:0";

    private readonly ConverseCalls calls = new();

    [Theory]
    [InlineData(Nova, "seed", "7")]
    [InlineData(Nova, "logprobs", "true")]
    [InlineData(Nova, "top_logprobs", "3")]
    [InlineData(Nova, "logit_bias", """{"1":2}""")]
    [InlineData(Nova, "presence_penalty", "0.5")]
    [InlineData(Nova, "frequency_penalty", "-0.5")]
    [InlineData(Nova, "verbosity", "\"low\"")]
    [InlineData(Nova, "prediction", """{"type":"content","content":"a"}""")]
    [InlineData(Nova, "web_search_options", "{}")]
    [InlineData(Nova, "service_tier", "\"scale\"")]
    [InlineData(Nova, "reasoning_effort", "\"low\"")]
    [InlineData(Nova, "thinking", """{"type":"enabled","budget_tokens":1024}""")]
    [InlineData(Nova, "performanceConfig", """{"latency":"optimized"}""")]
    [InlineData(Nova, "guardrailConfig", """{"guardrailIdentifier":"g","guardrailVersion":"1"}""")]
    [InlineData(Llama, "top_k", "5")]
    [InlineData("anthropic.claude-3-5-sonnet-20241022-v2:0", "reasoning_effort", "\"high\"")]
    [InlineData("deepseek.r1-v1:0", "reasoning_effort", "\"high\"")]
    [InlineData("openai.gpt-oss-120b-1:0", "reasoning_effort", "\"none\"")]
    public void What_is_no_parameter_is_an_error_or_left_out_and_told(string model, string name, string value)
    {
        var request = $$"""{"model":"{{model}}","{{name}}":{{value}},"messages":[{"role":"user","content":"Hi"}]}""";

        var error = calls.Write(request).Error!;
        (error.Code, error.Param).Should().Be(("unsupported_parameter", name));
        error.Message.Should().Contain($"'{name}'");

        var sent = calls.Write(request, dropParams: true).Message!;
        sent.DroppedParams.Should().Equal(name);
        Chats.Text(sent.Body).Should().Be("""{"messages":[{"role":"user","content":[{"text":"Hi"}]}]}""");
    }

    [Fact]
    public void A_model_that_cannot_be_made_to_call_a_tool_is_left_to_it_only_where_that_is_allowed()
    {
        const string Request = """{"model":"meta.llama3-3-70b-instruct-v1:0","tools":[{"type":"function","function":{"name":"a"}}],"tool_choice":"required","messages":[{"role":"user","content":"Hi"}]}""";

        calls.Write(Request).Error!.Param.Should().Be("tool_choice");
        var sent = calls.Write(Request, dropParams: true).Message!;
        sent.DroppedParams.Should().Equal("tool_choice");
        Chats.Text(sent.Body).Should().NotContain("toolChoice").And.Contain("toolSpec");
    }

    [Theory]
    [InlineData(Nova, """[{"type":"image_url","image_url":{"url":"https://example.com/a.png"}}]""", "messages[0].content[0].image_url.url")]
    [InlineData(Nova, """[{"type":"image_url","image_url":{"url":"data:image/tiff;base64,AAAA"}}]""", "messages[0].content[0].image_url.url")]
    [InlineData(Nova, """[{"type":"text","text":"a"},{"type":"file","file":{"file_id":"file-1"}}]""", "messages[0].content[1].file.file_id")]
    [InlineData(Nova, """[{"type":"file","file":{"file_data":"data:application/zip;base64,AAAA"}}]""", "messages[0].content[0].file.file_data")]
    [InlineData(Nova, """[{"type":"input_audio","input_audio":{"format":"wav","data":"AAAA"}}]""", "messages[0].content[0]")]
    [InlineData(Llama, """[{"type":"image_url","image_url":{"url":"data:image/png;base64,AAAA"}}]""", "messages[0].content[0]")]
    [InlineData("amazon.nova-micro-v1:0", """[{"type":"file","file":{"file_data":"data:application/pdf;base64,AAAA"}}]""", "messages[0].content[0]")]
    [InlineData(Nova, """[{"type":"text","text":"a","cache_control":{"type":"ephemeral","ttl":"24h"}}]""", "messages[0].content[0].cache_control.ttl")]
    [InlineData(Nova, "\" \\n\"", "messages")]
    public void What_is_in_a_message_and_cannot_be_said_is_refused_whatever_may_be_left_out(string model, string content, string param)
    {
        var error = calls.Write($$"""{"model":"{{model}}","messages":[{"role":"user","content":{{content}}}]}""", dropParams: true).Error!;

        (error.Code, error.Param).Should().Be(("unsupported_parameter", param));
    }

    [Theory]
    [InlineData(""" "n":2 """, "n")]
    [InlineData(""" "audio":{"voice":"a","format":"mp3"} """, "audio")]
    [InlineData(""" "tools":[{"type":"custom","custom":{"name":"a"}}] """, "tools[0].type")]
    [InlineData(""" "tools":[{"type":"function","function":{"name":"a","parameters":{"type":"array"}}}] """, "tools[0].function.parameters.type")]
    public void What_changes_the_question_is_refused_whatever_may_be_left_out(string member, string param) =>
        calls.Write($$"""{"model":"{{Nova}}",{{member}},"messages":[{"role":"user","content":"Hi"}]}""", dropParams: true).Error!.Param.Should().Be(param);

    [Theory]
    [InlineData(""" "temperature":"warm" """, "temperature")]
    [InlineData(""" "reasoning_effort":"most" """, "reasoning_effort")]
    [InlineData(""" "guardrailConfig":"g" """, "guardrailConfig")]
    [InlineData(""" "additionalModelRequestFields":[] """, "additionalModelRequestFields")]
    public void A_parameter_of_the_wrong_form_is_named(string member, string param)
    {
        var error = calls.Write($$"""{"model":"{{Claude}}",{{member}},"messages":[{"role":"user","content":"Hi"}]}""").Error!;

        error.Param.Should().Be(param);
        error.Code.Should().BeOneOf("invalid_type", "invalid_value");
    }

    [Theory]
    [InlineData("max_tokens")]
    [InlineData("max_completion_tokens")]
    [InlineData("max_gen_len")]
    [InlineData("max_tokens_to_sample")]
    [InlineData("maxTokens")]
    [InlineData("maxTokenCount")]
    [InlineData("inferenceConfig")]
    [InlineData("textGenerationConfig")]
    [InlineData("anthropic_version")]
    [InlineData("tools")]
    [InlineData("MCP_servers")]
    [InlineData("speed")]
    [InlineData("performanceConfig")]
    public void What_the_gateway_reads_elsewhere_cannot_be_said_among_the_additional_fields(string name)
    {
        var error = calls.Write(
            $$"""{"model":"{{Claude}}","max_tokens":10,"additionalModelRequestFields":{"{{name}}":100000},"messages":[{"role":"user","content":"Hi"}]}""",
            dropParams: true).Error!;

        (error.Code, error.Param).Should().Be(("unsupported_parameter", $"additionalModelRequestFields.{name}"));
    }

    [Fact]
    public void A_conversation_that_the_assistant_begins_is_refused() =>
        calls.Write($$"""{"model":"{{Nova}}","messages":[{"role":"system","content":"S"},{"role":"assistant","content":"Hello"},{"role":"user","content":"Hi"}]}""")
            .Error!.Message.Should().Contain("begin with a message of the user");

    [Fact]
    public void A_system_message_to_a_model_that_takes_none_is_refused() =>
        calls.Write("""{"model":"mistral.mistral-7b-instruct-v0:2","messages":[{"role":"system","content":"S"},{"role":"user","content":"Hi"}]}""")
            .Error!.Param.Should().Be("messages[0]");

    [Fact]
    public void What_the_operator_says_of_a_model_counts_more_than_the_table()
    {
        const string Request = """{"model":"meta.llama3-3-70b-instruct-v1:0","messages":[{"role":"user","content":[{"type":"image_url","image_url":{"url":"data:image/png;base64,AAAA"}}]}]}""";

        calls.Write(Request).Error.Should().NotBeNull();
        calls.Write(Request, capabilities: """{"supports_vision":true}""").Error.Should().BeNull();
    }

    public void Dispose() => calls.Dispose();
}
