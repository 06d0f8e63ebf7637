using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using CleanGateway.Infrastructure.ProviderAdapters;
using CleanGateway.Infrastructure.ProviderAdapters.Dialects;
using CleanGateway.Infrastructure.ProviderAdapters.Dialects.Anthropic;
using CleanGateway.Infrastructure.ProviderAdapters.Dialects.Chat;
using CleanGateway.Infrastructure.ProviderAdapters.Framing;

namespace CleanGateway.UnitTests.Infrastructure.ProviderAdapters.Anthropic;

public sealed class AnthropicDialectTests : IDisposable
{
    private const string Sonnet = "claude-sonnet-4-5";
    private const string Reason = """data: {"type":"message_delta","delta":{"stop_reason":"max_tokens"},"usage":{"output_tokens":3}}""" + "\n\n";
    private const string Last = """data: {"type":"message_stop"}""" + "\n\n";

    private readonly AnthropicSetup setup = new();

    [Theory]
    [InlineData(Sonnet, """ "seed":1 """, "seed")]
    [InlineData(Sonnet, """ "logprobs":true """, "logprobs")]
    [InlineData(Sonnet, """ "top_logprobs":2 """, "top_logprobs")]
    [InlineData(Sonnet, """ "logit_bias":{"1":2} """, "logit_bias")]
    [InlineData(Sonnet, """ "presence_penalty":0.5 """, "presence_penalty")]
    [InlineData(Sonnet, """ "frequency_penalty":0.5 """, "frequency_penalty")]
    [InlineData(Sonnet, """ "prediction":{"type":"content","content":"x"} """, "prediction")]
    [InlineData(Sonnet, """ "modalities":["text","audio"] """, "modalities")]
    [InlineData(Sonnet, """ "store":true """, "store")]
    [InlineData(Sonnet, """ "verbosity":"low" """, "verbosity")]
    [InlineData(Sonnet, """ "service_tier":"flex" """, "service_tier")]
    [InlineData(Sonnet, """ "something_new":1 """, "something_new")]
    [InlineData("claude-opus-4-8", """ "temperature":0.5 """, "temperature")]
    [InlineData("claude-opus-4-8", """ "top_p":0.5 """, "top_p")]
    [InlineData("claude-opus-4-8", """ "top_k":5 """, "top_k")]
    [InlineData("claude-3-haiku-20240307", """ "reasoning_effort":"low" """, "reasoning_effort")]
    [InlineData(
        "claude-opus-5-5", """ "tool_choice":"required","tools":[{"type":"function","function":{"name":"w"}}] """, "tool_choice")]
    [InlineData(
        "claude-sonnet-5-5", """ "response_format":{"type":"json_schema","json_schema":{"name":"a","schema":{"type":"object"}}} """,
        "response_format")]
    public void What_cannot_be_said_is_an_error_or_left_out_where_that_is_allowed(string model, string member, string name)
    {
        var (refused, error) = setup.WriteWith(model, member);
        var (message, none) = setup.WriteWith(model, member, drops: true);

        refused.Should().BeNull();
        error!.Param.Should().Be(name);
        error.Code.Should().Be("unsupported_parameter");
        none.Should().BeNull();
        message!.DroppedParams.Should().Equal(name);
        Body(message).Should().NotContainKey(name);
    }

    [Theory]
    [InlineData(Sonnet, """ "n":2 """, "n")]
    [InlineData(
        Sonnet, """ "messages":[{"role":"user","content":[{"type":"input_audio","input_audio":{"format":"wav","data":"AAAA"}}]}] """,
        "messages[0].content[0]")]
    [InlineData(
        Sonnet, """ "messages":[{"role":"user","content":[{"type":"image_url","image_url":{"url":"data:image/bmp;base64,AAAA"}}]}] """,
        "messages[0].content[0]")]
    [InlineData(
        "claude-2.1", """ "messages":[{"role":"user","content":[{"type":"image_url","image_url":{"url":"https://example.com/a"}}]}] """,
        "messages[0].content[0]")]
    [InlineData(
        "claude-3-haiku", """ "messages":[{"role":"user","content":[{"type":"file","file":{"file_data":"data:application/pdf;base64,AAAA"}}]}] """,
        "messages[0].content[0]")]
    [InlineData(
        Sonnet, """ "messages":[{"role":"user","content":[{"type":"file","file":{"file_id":"file_1"}}]}] """, "messages[0].content[0].file.file_id")]
    [InlineData(
        Sonnet, """ "messages":[{"role":"user","content":[{"type":"file","file":{"file_data":"data:application/zip;base64,AAAA"}}]}] """,
        "messages[0].content[0]")]
    [InlineData("claude-2.1", """ "messages":[{"role":"user","content":"Hi"}],"tools":[{"type":"function","function":{"name":"w"}}] """, "tools")]
    public void What_would_make_it_another_question_is_never_left_out(string model, string members, string path)
    {
        var head = members.Contains("messages", StringComparison.Ordinal) ? "" : "\"messages\":[{\"role\":\"user\",\"content\":\"Hi\"}],";

        var (_, error) = setup.Write($$"""{"model":"{{model}}",{{head}}{{members}}}""", drops: true);

        error!.Param.Should().Be(path);
        error.Code.Should().Be("unsupported_parameter");
    }

    [Theory]
    [InlineData(""" "messages":[{"role":"system","content":"Hi"}] """, "messages")]
    [InlineData(""" "messages":[{"role":"user","content":" \n"}] """, "messages[0].content")]
    [InlineData(""" "messages":[{"role":"user","content":"Hi"}],"temperature":2.5 """, "temperature")]
    [InlineData(""" "messages":[{"role":"user","content":"Hi"}],"temperature":"hot" """, "temperature")]
    [InlineData(""" "messages":[{"role":"user","content":"Hi"}],"reasoning_effort":"huge" """, "reasoning_effort")]
    [InlineData(""" "messages":[{"role":"user","content":"Hi"}],"tool_choice":"required" """, "tool_choice")]
    public void What_cannot_be_is_the_callers_error(string members, string path) =>
        setup.Write($$"""{"model":"{{Sonnet}}",{{members}}}""").Error!.Param.Should().Be(path);

    [Theory]
    [InlineData(Sonnet, """ "temperature":0.5,"top_p":0.5 """, """ {"temperature":0.5} """, "top_p")]
    [InlineData(Sonnet, """ "temperature":1,"top_p":0.5 """, """ {"top_p":0.5} """, "")]
    [InlineData(Sonnet, """ "temperature":1.5 """, """ {"temperature":1} """, "temperature")]
    [InlineData("claude-opus-4-8", """ "temperature":1,"top_p":1.0 """, "{}", "")]
    [InlineData(
        Sonnet, """ "reasoning_effort":"low","temperature":0.5,"top_k":3 """, """ {"thinking":{"type":"enabled","budget_tokens":1024}} """,
        "temperature,top_k")]
    [InlineData(Sonnet, """ "reasoning_effort":"none","temperature":0.5 """, """ {"thinking":{"type":"disabled"},"temperature":0.5} """, "")]
    [InlineData(Sonnet, """ "reasoning_effort":"max" """, """ {"thinking":{"type":"enabled","budget_tokens":1500}} """, "")]
    [InlineData(
        "claude-opus-4-7", """ "reasoning_effort":"minimal" """, """ {"thinking":{"type":"adaptive"},"output_config":{"effort":"low"}} """, "")]
    [InlineData("claude-opus-4-7", """ "reasoning_effort":"max" """, """ {"thinking":{"type":"adaptive"},"output_config":{"effort":"max"}} """, "")]
    [InlineData("claude-opus-5-5", """ "reasoning_effort":"none" """, """ {"output_config":{"effort":"low"}} """, "")]
    [InlineData("claude-opus-5", """ "reasoning_effort":"none" """, """ {"thinking":{"type":"disabled"}} """, "")]
    [InlineData(
        "claude-sonnet-5-5", """ "reasoning_effort":"none" """, """ {"thinking":{"type":"between_tools"},"output_config":{"effort":"low"}} """, "")]
    [InlineData("claude-3-haiku", """ "reasoning_effort":"none" """, "{}", "")]
    [InlineData(Sonnet, """ "thinking":{"type":"enabled","budget_tokens":2000} """, """ {"thinking":{"type":"enabled","budget_tokens":2000}} """, "")]
    [InlineData(Sonnet, """ "thinking":{"type":"enabled","budget_tokens":9000} """, """ {"thinking":{"type":"enabled","budget_tokens":2999}} """, "")]
    [InlineData(Sonnet, """ "stop":" " """, "{}", "stop")]
    [InlineData(Sonnet, """ "stop":"a" """, """ {"stop_sequences":["a"]} """, "")]
    [InlineData(Sonnet, """ "user":"ann@example.com" """, "{}", "")]
    [InlineData(Sonnet, """ "user":"0301234567" """, "{}", "")]
    [InlineData(Sonnet, """ "user":"a","safety_identifier":"b" """, """ {"metadata":{"user_id":"b"}} """, "")]
    [InlineData(Sonnet, """ "service_tier":"auto" """, "{}", "")]
    public void Parameters_are_said_in_Anthropics_words(string model, string members, string expected, string dropped)
    {
        var (message, error) = setup.WriteWith(model, members);

        error.Should().BeNull();
        var body = Body(message!);
        foreach (var known in new[] { "model", "max_tokens", "messages" })
            body.Remove(known);
        JsonNode.DeepEquals(body, JsonNode.Parse(expected)).Should().BeTrue("{0} should be {1}", body.ToJsonString(), expected);
        string.Join(',', message!.DroppedParams).Should().Be(dropped);
    }

    [Theory]
    [InlineData(""" "tool_choice":"auto" """, """ {"type":"auto"} """)]
    [InlineData(""" "tool_choice":"none" """, """ {"type":"none"} """)]
    [InlineData(""" "tool_choice":"required" """, """ {"type":"any"} """)]
    [InlineData(""" "tool_choice":"required","parallel_tool_calls":false """, """ {"type":"any","disable_parallel_tool_use":true} """)]
    [InlineData(""" "parallel_tool_calls":false """, """ {"type":"auto","disable_parallel_tool_use":true} """)]
    [InlineData(""" "parallel_tool_calls":true """, "null")]
    [InlineData(""" "tool_choice":"none","parallel_tool_calls":false """, """ {"type":"none"} """)]
    [InlineData(""" "tool_choice":{"type":"function","function":{"name":"v"}} """, """ {"type":"tool","name":"v"} """)]
    [InlineData(""" "tool_choice":"required","reasoning_effort":"low" """, """ {"type":"any"} """)]
    public void The_choice_of_tools_is_said(string members, string expected)
    {
        var (message, _) = setup.WriteWith(
            Sonnet, """ "tools":[{"type":"function","function":{"name":"w"}},{"type":"function","function":{"name":"v"}}], """ + members);

        var choice = Body(message!)["tool_choice"];
        JsonNode.DeepEquals(choice, JsonNode.Parse(expected)).Should().BeTrue("{0} should be {1}", choice?.ToJsonString(), expected);
        Body(message!).Should().NotContainKey("thinking");
    }

    [Fact]
    public void Half_a_surrogate_pair_is_the_callers_error_wherever_it_stands()
    {
        const string Tool = """ "tools":[{"type":"function","function":{"name":"w","parameters":{"type":"object","title":"\ud800"}}}] """;

        setup.WriteWith(Sonnet, Tool).Error!.Code.Should().Be("invalid_value");
    }

    [Fact]
    public void Only_the_allowed_tools_are_told_of()
    {
        var (message, _) = setup.WriteWith(Sonnet, """
            "tools":[{"type":"function","function":{"name":"w"}},{"type":"function","function":{"name":"v"}}],
            "tool_choice":{"type":"allowed_tools","allowed_tools":{"mode":"required","tools":[{"type":"function","function":{"name":"v"}}]}}
            """);

        Body(message!)["tools"]!.AsArray().Select(tool => tool!["name"]!.GetValue<string>()).Should().Equal("v");
        Body(message!)["tool_choice"]!["type"]!.GetValue<string>().Should().Be("any");
    }

    [Fact]
    public void The_cap_is_the_gateways_then_the_callers_then_the_models()
    {
        var chat = Chats.Read("""{"model":"claude-sonnet-4-5","max_completion_tokens":500,"messages":[{"role":"user","content":"Hi"}]}""");
        var bare = Chats.Read("""{"model":"claude-sonnet-4-5","messages":[{"role":"user","content":"Hi"}]}""");
        var target = AnthropicSetup.Target("claude-sonnet-4-5");

        Cap(setup.Dialect.Write(chat.Capped(100), target).Message!).Should().Be(100);
        Cap(setup.Dialect.Write(chat, target).Message!).Should().Be(500);
        Cap(setup.Dialect.Write(chat, target with { MaxOutputTokens = 400 }).Message!).Should().Be(400);
        Cap(setup.Dialect.Write(bare, target).Message!).Should().Be(64000);
        Cap(setup.Dialect.Write(bare, target with { MaxOutputTokens = 8192 }).Message!).Should().Be(8192);
        Cap(setup.Dialect.Write(bare, AnthropicSetup.Target("mine")).Message!).Should().Be(128000);
    }

    [Fact]
    public void The_callers_own_thinking_keeps_within_a_cap_that_the_gateway_has_lowered()
    {
        var chat = Chats.Read("""
            {"model":"m","max_tokens":9000,"thinking":{"type":"enabled","budget_tokens":8000,"display":"omitted"},"temperature":0.5,
             "messages":[{"role":"user","content":"Hi"}]}
            """);
        var target = AnthropicSetup.Target(Sonnet);

        var lowered = setup.Dialect.Write(chat.Capped(1025), target).Message!;
        var none = setup.Dialect.Write(chat.Capped(1024), target).Message!;

        Body(lowered)["thinking"]!.ToJsonString().Should().Be("""{"type":"enabled","budget_tokens":1024,"display":"omitted"}""");
        lowered.DroppedParams.Should().Equal("temperature");
        Body(none).Should().NotContainKey("thinking");
        Body(none)["temperature"]!.GetValue<double>().Should().Be(0.5);
        none.DroppedParams.Should().Equal("thinking");
    }

    [Fact]
    public void The_operators_word_on_a_model_goes_over_the_table()
    {
        var chat = Chats.Read("""{"model":"m","temperature":0.5,"messages":[{"role":"user","content":"Hi"}]}""");

        var takes = AnthropicSetup.Target("claude-opus-4-8", capabilities: """{"supports_sampling_params":true}""");
        var takesNone = AnthropicSetup.Target(Sonnet, capabilities: """{"supports_sampling_params":false}""");

        setup.Dialect.Write(chat, takes).Error.Should().BeNull();
        setup.Dialect.Write(chat, takesNone).Error!.Param.Should().Be("temperature");
    }

    [Fact]
    public void Thoughts_that_the_caller_does_not_bring_back_are_remembered()
    {
        const string Chat = """
            {"model":"claude-sonnet-4-5","max_tokens":5000,"reasoning_effort":"low","messages":[{"role":"user","content":"Hi"},
             {"role":"assistant","tool_calls":[{"id":"toolu_1","type":"function","function":{"name":"w","arguments":"{}"}}]},
             {"role":"tool","tool_call_id":"toolu_1","content":"x"}],"tools":[{"type":"function","function":{"name":"w"}}]}
            """;
        var forgotten = setup.Write(Chat).Message!;
        var reader = setup.WriteWith(Sonnet, """ "reasoning_effort":"low" """).Message!.Answer;
        reader.ReadWhole("""
            {"id":"msg_1","type":"message","role":"assistant","model":"m","content":[{"type":"thinking","thinking":"hm","signature":"s"},
             {"type":"tool_use","id":"toolu_1","name":"w","input":{}}],"stop_reason":"tool_use","usage":{"input_tokens":1,"output_tokens":1}}
            """u8.ToArray(), out _);

        var remembered = setup.Write(Chat).Message!;

        forgotten.DroppedParams.Should().Equal("reasoning_effort");
        Body(forgotten).Should().NotContainKey("thinking");
        remembered.DroppedParams.Should().BeEmpty();
        Body(remembered)["thinking"]!["type"]!.GetValue<string>().Should().Be("enabled");
        Body(remembered)["messages"]![1]!["content"]![0]!.ToJsonString().Should().Be("""{"type":"thinking","thinking":"hm","signature":"s"}""");
    }

    [Theory]
    [InlineData("")]
    [InlineData(""" "thinking_blocks":[{"type":"thinking","thinking":"a","signature":"s"},{"type":"thinking","thinking":"b","signature":"t"}], """)]
    public void Thoughts_that_stood_between_words_are_not_brought_back_in_another_order(string brought)
    {
        setup.WriteWith(Sonnet, """ "reasoning_effort":"low" """).Message!.Answer.ReadWhole("""
            {"id":"msg_1","type":"message","role":"assistant","model":"m","content":[{"type":"thinking","thinking":"a","signature":"s"},
             {"type":"text","text":"Well"},{"type":"thinking","thinking":"b","signature":"t"},
             {"type":"tool_use","id":"toolu_1","name":"w","input":{}}],"stop_reason":"tool_use","usage":{"input_tokens":1,"output_tokens":1}}
            """u8.ToArray(), out _);

        var message = setup.Write($$$"""
            {"model":"claude-sonnet-4-5","max_tokens":5000,"thinking":{"type":"enabled","budget_tokens":2000},
             "messages":[{"role":"user","content":"Hi"},
              {"role":"assistant","content":"Well",{{{brought}}}
               "tool_calls":[{"id":"toolu_1","type":"function","function":{"name":"w","arguments":"{}"}}]},
              {"role":"tool","tool_call_id":"toolu_1","content":"x"}],"tools":[{"type":"function","function":{"name":"w"}}]}
            """).Message!;

        Body(message)["messages"]![1]!["content"]!.AsArray().Select(block => block!["type"]!.GetValue<string>()).Should().Equal("text", "tool_use");
        Body(message).Should().NotContainKey("thinking");
        message.DroppedParams.Should().BeEquivalentTo("thinking", "thinking_blocks");
    }

    [Theory]
    [InlineData("messages.1.content.0: Invalid `signature` in `thinking` block", true)]
    [InlineData("messages.1.content.0: `thinking` or `redacted_thinking` blocks in the latest assistant message cannot be modified.", true)]
    [InlineData("messages.1: `thinking` is too long", false)]
    public void A_refusal_of_thoughts_is_known_by_its_words(string said, bool isOne) =>
        (ClaudeTraits.Of(AnthropicSetup.Target(Sonnet)).After(new UpstreamFailure("invalid_request_error", null, said, null))
            is { TakesThoughts: false }).Should().Be(isOne);

    [Theory]
    [InlineData(""" "temperature":0.5 """, "temperature: Extra inputs are not permitted", "temperature", "temperature")]
    [InlineData(""" "temperature":0.5 """, "`temperature` is deprecated for this model.", "temperature", "temperature")]
    [InlineData(
        """ "response_format":{"type":"json_schema","json_schema":{"name":"a","schema":{"type":"object","properties":{"a":{}}}}} """,
        "output_config: Extra inputs are not permitted", "output_config", "")]
    public void A_refusal_that_another_spelling_avoids_is_amended_once(string member, string said, string without, string dropped)
    {
        var (message, _) = setup.WriteWith(Sonnet, member);

        var amended = message!.Amend!(new UpstreamFailure("invalid_request_error", null, said, null));

        Body(message).Should().ContainKey(without);
        Body(amended!).Should().NotContainKey(without);
        string.Join(',', amended!.DroppedParams).Should().Be(dropped);
        amended.Amend.Should().BeNull();
    }

    [Theory]
    [InlineData("temperature: Extra inputs are not permitted")]
    [InlineData("prompt is too long: 3 tokens > 2 maximum")]
    public void A_refusal_that_nothing_avoids_stays(string said) =>
        setup.WriteWith(Sonnet, """ "user":"a" """).Message!.Amend!(new UpstreamFailure("invalid_request_error", null, said, null)).Should().BeNull();

    [Theory]
    [InlineData("claude-sonnet-4-5")]
    [InlineData("claude-opus-4-8")]
    public void Thoughts_that_are_refused_are_left_out_the_second_time(string model)
    {
        setup.Thoughts.Keep(Chats.Owner(model), "toolu_1", [new ThinkingBlock("hm", "old", null)]);
        var (message, _) = setup.Write($$$"""
            {"model":"{{{model}}}","max_tokens":5000,"reasoning_effort":"low","messages":[{"role":"user","content":"Hi"},
             {"role":"assistant","tool_calls":[{"id":"toolu_1","type":"function","function":{"name":"w","arguments":"{}"}}]},
             {"role":"tool","tool_call_id":"toolu_1","content":"x"}],"tools":[{"type":"function","function":{"name":"w"}}]}
            """);

        var amended = message!.Amend!(new UpstreamFailure(
            "invalid_request_error", null, "messages.1.content.0: Invalid `signature` in `thinking` block", null))!;

        Body(amended)["messages"]![1]!["content"]!.AsArray().Should().ContainSingle();
        Body(amended).Should().NotContainKey("thinking");
        amended.DroppedParams.Should().Equal("reasoning_effort");
    }

    [Theory]
    [InlineData("", false)]
    [InlineData(Reason, false)]
    [InlineData(Last, false)]
    [InlineData("""data: {"type":"message_delta","delta":{"stop_reason":null},"usage":{"output_tokens":3}}""" + "\n\n" + Last, false)]
    [InlineData(Reason + Last, true)]
    public async Task A_stream_is_whole_when_it_has_said_why_it_stopped_and_that_it_did(string end, bool isWhole)
    {
        const string Begun = """
            data: {"type":"message_start","message":{"id":"msg_1","model":"m","usage":{"input_tokens":1,"output_tokens":1}}}

            data: {"type":"content_block_start","index":0,"content_block":{"type":"tool_use","id":"toolu_1","name":"w","input":{}}}

            data: {"type":"content_block_delta","index":0,"delta":{"type":"input_json_delta","partial_json":"{\"city\":\"Pa"}}


            """;

        var (events, answer) = await AnthropicSetup.StreamAsync(Reader(), new ServerSentEvents(), [Encoding.UTF8.GetBytes(Begun + end)]);

        answer.Terminated.Should().Be(isWhole);
        events.Any(chunk => chunk.Json.Contains("\"finish_reason\":\"", StringComparison.Ordinal))
            .Should().Be(end.StartsWith(Reason, StringComparison.Ordinal));
        if (isWhole)
            events[^1].Json.Should().Contain("\"completion_tokens\":3");
    }

    [Fact]
    public void An_error_in_the_place_of_an_answer_is_one()
    {
        Reader().ReadWhole("""{"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}}"""u8.ToArray(), out var failure);

        setup.Dialect.KindOf(status: null, failure!).Should().Be(UpstreamErrorKind.Overloaded);
    }

    [Fact]
    public void An_error_within_a_stream_ends_it_also_where_the_event_has_no_name()
    {
        var answer = new AnswerEvents();

        Reader().Read(new UpstreamEvent("""{"type":"error","error":{"type":"rate_limit_error","message":""}}"""u8.ToArray(), IsError: false), answer);

        setup.Dialect.KindOf(status: null, answer.Failure!).Should().Be(UpstreamErrorKind.RateLimited);
    }

    [Theory]
    [InlineData("""{"type":"message"}""")]
    [InlineData("""{"id":"a","model":"b","content":[1]}""")]
    [InlineData("""{"id":7,"model":"b","content":[]}""")]
    [InlineData("[]")]
    public void What_is_no_message_is_no_answer(string json)
    {
        var read = () => Reader().ReadWhole(Encoding.UTF8.GetBytes(json), out _);

        read.Should().Throw<JsonException>();
    }

    public void Dispose() => setup.Dispose();

    private IAnswerReader Reader() => setup.WriteWith(Sonnet, """ "stream":true """).Message!.Answer;

    private static JsonObject Body(UpstreamMessage message) =>
        JsonNode.Parse(message.Body.Span)!.AsObject();

    private static long Cap(UpstreamMessage message) => Body(message)["max_tokens"]!.GetValue<long>();
}
