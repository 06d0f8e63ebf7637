using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using CleanGateway.Application.ChatCompletions;
using CleanGateway.Application.Inference;
using CleanGateway.Infrastructure.ProviderAdapters;
using CleanGateway.Infrastructure.ProviderAdapters.Dialects;
using CleanGateway.Infrastructure.ProviderAdapters.Dialects.Converse;

namespace CleanGateway.UnitTests.Infrastructure.ProviderAdapters.Converse;

public sealed class ConverseDialectTests : IDisposable
{
    private const string Hi = """ "messages":[{"role":"user","content":"Hi"}] """;

    private readonly ConverseCalls calls = new();

    [Theory]
    [InlineData("anthropic.claude-sonnet-4-5-20250929-v1:0", false, "/model/anthropic.claude-sonnet-4-5-20250929-v1%3A0/converse")]
    [InlineData(
        "arn:aws:bedrock:us-east-1:123456789012:inference-profile/us.anthropic.claude-sonnet-4-6", true,
        "/model/arn%3Aaws%3Abedrock%3Aus-east-1%3A123456789012%3Ainference-profile%2Fus.anthropic.claude-sonnet-4-6/converse-stream")]
    [InlineData("a~b_c-d.e%2F?#@ö", false, "/model/a~b_c-d.e%252F%3F%23%40%C3%B6/converse")]
    public void The_path_has_the_model_encoded_in_one_segment(string model, bool stream, string path)
    {
        var url = calls.Write($$"""{"model":"{{model}}","stream":{{(stream ? "true" : "false")}},{{Hi}}}""").Message!.Url;

        (url.AbsolutePath, url.OriginalString).Should().Be((path, $"https://bedrock-runtime.us-east-1.amazonaws.com{path}"));
    }

    [Fact]
    public void A_name_that_does_not_fit_is_sent_as_another_and_comes_back_as_it_was()
    {
        var name = $"größe.{new string('x', 80)}";
        var message = calls.Write($$$"""{"model":"m","tools":[{"type":"function","function":{"name":"{{{name}}}"}},{"type":"function","function":{"name":"{{{name}}}y"}}],{{{Hi}}}}""").Message!;
        var sent = JsonNode.Parse(message.Body.Span)!["toolConfig"]!["tools"]!.AsArray().Select(tool => tool!["toolSpec"]!["name"]!.GetValue<string>()).ToList();

        sent.Should().OnlyHaveUniqueItems().And.AllSatisfy(one => one.Should().MatchRegex("^[a-zA-Z0-9_-]{1,64}$"));
        var answer = message.Answer.ReadWhole(
            Encoding.UTF8.GetBytes($$$"""{"output":{"message":{"role":"assistant","content":[{"toolUse":{"toolUseId":"t","name":"{{{sent[1]}}}","input":{} }}]}},"stopReason":"tool_use"}"""), out _);
        JsonNode.Parse(answer.Span)!["choices"]![0]!["message"]!["tool_calls"]![0]!["function"]!["name"]!.GetValue<string>().Should().Be(name + "y");
    }

    [Theory]
    [InlineData("end_turn", "stop")]
    [InlineData("stop_sequence", "stop")]
    [InlineData("max_tokens", "length")]
    [InlineData("model_context_window_exceeded", "length")]
    [InlineData("content_filtered", "content_filter")]
    [InlineData("guardrail_intervened", "content_filter")]
    [InlineData("malformed_model_output", "stop")]
    [InlineData("malformed_tool_use", "stop")]
    [InlineData("tool_use", "stop")]
    [InlineData("something_new", "stop")]
    public void Every_stop_reason_is_one_of_OpenAIs(string reason, string finish)
    {
        var answer = calls.Reader().ReadWhole(Encoding.UTF8.GetBytes($$$"""{"output":{"message":{"role":"assistant","content":[{"text":"a"}]}},"stopReason":"{{{reason}}}"}"""), out _);

        JsonNode.Parse(answer.Span)!["choices"]![0]!["finish_reason"]!.GetValue<string>().Should().Be(finish);
    }

    [Theory]
    [InlineData("""{"Output":{"__type":"com.amazon.coral.service#UnknownOperationException"},"Version":"1.0"}""", "UnknownOperationException")]
    [InlineData("""{"message":"no"}""", null)]
    public void An_answer_without_output_is_a_failure(string body, string? type)
    {
        calls.Reader().ReadWhole(Encoding.UTF8.GetBytes(body), out var failure);

        failure!.Type.Should().Be(type);
        calls.Dialect.KindOf(null, failure).Should().Be(UpstreamErrorKind.Failed);
    }

    [Theory]
    [InlineData("""{"output":{"message":{"role":"assistant"}},"stopReason":"end_turn"}""")]
    [InlineData("""{"output":{"message":{"content":[{"text":5}]}},"stopReason":"end_turn"}""")]
    [InlineData("""{"output":{"message":{"content":[{"toolUse":{"name":"a"}}]}},"stopReason":"end_turn"}""")]
    [InlineData("""{"output":{"message":{"content":[]}},"stopReason":"end_turn","usage":{"inputTokens":"5","outputTokens":1}}""")]
    [InlineData("""{"output":""")]
    [InlineData("""{"output":{"message":{"role":"assistant","content":[{"text":"Hi"}]}},"stopReason":"end_turn"}x""")]
    [InlineData("""{"output":{"message":{"role":"assistant","content":[{"text":"Hi"}]}},"stopReason":"end_turn"} {}""")]
    public void An_answer_that_is_not_of_the_language_is_met_as_such(string body)
    {
        var read = () => calls.Reader().ReadWhole(Encoding.UTF8.GetBytes(body), out _);

        read.Should().Throw<JsonException>();
    }

    [Fact]
    public void A_stream_that_ends_without_its_usage_is_complete_and_one_without_its_stop_is_not()
    {
        (string, string)[] events = [("messageStart", """{"role":"assistant"}"""), ("contentBlockDelta", """{"contentBlockIndex":0,"delta":{"text":"Hi"}}"""), ("messageStop", """{"stopReason":"end_turn"}""")];

        ConverseCalls.Stream(calls.Reader(), events).Terminated.Should().BeTrue();
        ConverseCalls.Stream(calls.Reader(), events[..2]).Terminated.Should().BeFalse();
    }

    [Theory]
    [InlineData("everything")]
    [InlineData("guardrail")]
    public void The_chunks_put_together_are_the_whole_answer(string name)
    {
        var transcript = new ChatTranscript();
        foreach (var chunk in ConverseCalls.Stream(calls.Reader(), ConverseGoldenTests.Events(name)).Chunks)
            transcript.Add(Encoding.UTF8.GetBytes(chunk));
        var whole = JsonNode.Parse(calls.Reader().ReadWhole(Encoding.UTF8.GetBytes(Golden.GoldenFiles.Read("Converse", $"{name}.answer.json")), out _).Span)!;

        var streamed = JsonNode.Parse(transcript.ToJson().Span)!;
        foreach (var call in streamed["choices"]![0]!["message"]!["tool_calls"]?.AsArray() ?? [])
            call!.AsObject().Remove("index");
        if (whole["choices"]![0]!["message"]!.AsObject() is var message && message["refusal"] is null)
            message.Remove("refusal");
        JsonNode.DeepEquals(streamed, whole).Should().BeTrue("{0} is {1}", streamed.ToJsonString(), whole.ToJsonString());
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void The_arguments_of_the_answers_tool_are_the_text(bool isCalled)
    {
        const string Request = """{"model":"anthropic.claude-sonnet-4-20250514-v1:0","response_format":{"type":"json_schema","json_schema":{"name":"person","schema":{"type":"object","properties":{"a":{"type":"integer"}}}}},"messages":[{"role":"user","content":"Who?"}]}""";
        List<(string, string)> events = [("contentBlockDelta", """{"contentBlockIndex":0,"delta":{"text":"Here: "}}""")];
        if (isCalled)
        {
            events.AddRange([
                ("contentBlockStart", """{"contentBlockIndex":1,"start":{"toolUse":{"toolUseId":"t","name":"person"}}}"""),
                ("contentBlockDelta", """{"contentBlockIndex":1,"delta":{"toolUse":{"input":"{\"a\""}}}"""),
                ("contentBlockDelta", """{"contentBlockIndex":1,"delta":{"toolUse":{"input":":1}"}}}"""),
                ("contentBlockStop", """{"contentBlockIndex":1}""")]);
        }

        events.Add(("messageStop", isCalled ? """{"stopReason":"tool_use"}""" : """{"stopReason":"end_turn"}"""));
        var transcript = new ChatTranscript();
        foreach (var chunk in ConverseCalls.Stream(calls.Reader(Request), events).Chunks)
            transcript.Add(Encoding.UTF8.GetBytes(chunk));

        var choice = JsonNode.Parse(transcript.ToJson().Span)!["choices"]![0]!;
        choice["message"]!["content"]!.GetValue<string>().Should().Be(isCalled ? """{"a":1}""" : "Here: ");
        choice["finish_reason"]!.GetValue<string>().Should().Be("stop");
        choice["message"]!["tool_calls"].Should().BeNull();
    }

    [Fact]
    public void A_schema_that_is_refused_is_sent_once_more_as_a_tool()
    {
        var message = calls.Write("""{"model":"anthropic.claude-opus-4-8","response_format":{"type":"json_schema","json_schema":{"name":"p","schema":{"type":"object","properties":{"a":{"type":"string","format":"odd"}}}}},"messages":[{"role":"user","content":"Who?"}]}""").Message!;

        message.Amend!(new UpstreamFailure("ThrottlingException", null, "schema", null)).Should().BeNull();
        var second = message.Amend(new UpstreamFailure("ValidationException", null, "output_config.format.schema: 'odd' is not supported", null))!;

        Chats.Text(message.Body).Should().Contain("outputConfig");
        Chats.Text(second.Body).Should().NotContain("outputConfig").And.Contain("\"toolChoice\":{\"tool\":{\"name\":\"p\"}}");
    }

    [Fact]
    public void Sampling_that_is_refused_is_left_out_once_and_told()
    {
        var message = calls.Write($$"""{"model":"vendor.new","temperature":0.5,{{Hi}}}""").Message!;
        var refusal = new UpstreamFailure("ValidationException", null, "`temperature` is deprecated for this model.", null);

        var second = message.Amend!(refusal)!;

        Chats.Text(second.Body).Should().NotContain("temperature");
        second.DroppedParams.Should().Equal("temperature");
        second.Amend!(refusal).Should().BeNull();
    }

    [Theory]
    [InlineData("""{"type":"object","properties":{"a":{"$ref":"#/$defs/n"}},"$defs":{"n":{"type":"object","properties":{"next":{"$ref":"#/$defs/n"}}}}}""")]
    [InlineData("""{"type":"object","properties":{"a":{"$ref":"#"}}}""")]
    [InlineData("""{"type":"object","additionalProperties":{"type":"string"}}""")]
    [InlineData("""{"type":"object","properties":{"any":{"type":"object"}}}""")]
    public void A_schema_that_has_no_native_form_goes_by_a_tool(string schema)
    {
        var request = $$$"""{"model":"anthropic.claude-opus-4-8","response_format":{"type":"json_schema","json_schema":{"name":"p","schema":{{{schema}}}}},{{{Hi}}}}""";

        Chats.Text(calls.Write(request).Message!.Body).Should().NotContain("outputConfig").And.Contain("toolSpec");
    }

    [Fact]
    public void Chats_are_spoken_and_what_makes_vectors_is_asked_for_no_chat()
    {
        calls.Dialect.Speaks(ApiFormat.ChatCompletions, ConverseCalls.Target("amazon.nova-pro-v1:0")).Should().BeTrue();
        calls.Dialect.Speaks(ApiFormat.ChatCompletions, ConverseCalls.Target("amazon.titan-embed-text-v2:0")).Should().BeFalse();
        calls.Dialect.Speaks(ApiFormat.Responses, ConverseCalls.Target("amazon.nova-pro-v1:0")).Should().BeFalse();
    }

    [Fact]
    public void Claude_is_asked_in_its_own_language_where_that_is_spoken_and_others_are_not()
    {
        using var thoughts = new ThoughtMemory();
        var dialect = new ConverseDialect(Chats.Account(), new DialectServices(thoughts, TimeProvider.System), new Messages());

        dialect.Speaks(ApiFormat.Messages, ConverseCalls.Target("us.anthropic.claude-opus-4-8")).Should().BeTrue();
        dialect.Speaks(ApiFormat.Responses, ConverseCalls.Target("us.anthropic.claude-opus-4-8")).Should().BeFalse();
        dialect.Speaks(ApiFormat.Messages, ConverseCalls.Target("amazon.nova-pro-v1:0")).Should().BeFalse();
        calls.Dialect.Speaks(ApiFormat.Messages, ConverseCalls.Target("us.anthropic.claude-opus-4-8")).Should().BeFalse("nobody speaks it");
        dialect.KindOf(null, new UpstreamFailure("overloaded_error", null, null, null)).Should().Be(UpstreamErrorKind.Overloaded, "Claude says so");
        dialect.KindOf(429, new UpstreamFailure("ThrottlingException", null, null, null)).Should().Be(UpstreamErrorKind.RateLimited, "AWS says so");
        dialect.ReadFailure("""{"type":"error","error":{"type":"overloaded_error"}}"""u8, null).Type.Should().Be("overloaded_error");
        dialect.ReadFailure("""{"__type":"throttlingException"}"""u8, null).Type.Should().Be("throttlingException");
    }

    public void Dispose() => calls.Dispose();

    private sealed class Messages : IDialect
    {
        public bool Speaks(ApiFormat api, InferenceTarget target) => api == ApiFormat.Messages;

        public DialectRequest Write(InferenceRequest request, InferenceTarget target) => throw new NotSupportedException();

        public UpstreamFailure ReadFailure(ReadOnlySpan<byte> body, HttpResponseHeaders? headers) => new("overloaded_error", null, null, null);

        public UpstreamErrorKind KindOf(int? status, UpstreamFailure failure) => UpstreamErrorKind.Overloaded;
    }
}
