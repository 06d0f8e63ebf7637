using System.Collections.Frozen;
using CleanGateway.Domain.Common;
using CleanGateway.Infrastructure.ProviderAdapters.Dialects.Chat;

namespace CleanGateway.UnitTests.Infrastructure.ProviderAdapters.Chat;

public class ParsedChatTests
{
    private const string Png = "data:image/png;base64,iVBORw0KGgo=";

    [Fact]
    public void Messages_are_taken_apart()
    {
        var chat = Read(
            """
            [{"role":"developer","content":"Be brief"},
             {"role":"user","content":[{"type":"text","text":"What is it?","cache_control":{"type":"ephemeral","ttl":"1h"}},{"type":"text","text":""},
               {"type":"image_url","image_url":{"url":"§","detail":"low"}},{"type":"image_url","image_url":"https://example.com/a.jpg"},
               {"type":"input_audio","input_audio":{"data":"AAAA","format":"wav"}},
               {"type":"file","file":{"filename":"a.pdf","file_data":"data:application/pdf;base64,AAAA"}},{"type":"file","file":{"file_id":"file-1"}}]},
             {"role":"assistant","content":null,"refusal":null,"reasoning_content":"hm","thinking_blocks":[{"type":"thinking","thinking":"hm","signature":"s"},
               {"type":"redacted_thinking","data":"d"}],
              "tool_calls":[{"id":"c1","type":"function","function":{"name":"w","arguments":"{\"a\":1}"},"extra_content":{"google":{}}},
               {"id":"c2","type":"function","function":{"name":"v","arguments":""}}]},
             {"role":"tool","tool_call_id":"c2","content":"18"},
             {"role":"tool","tool_call_id":"gone","content":[{"type":"text","text":"x"}]}]
            """.Replace("§", Png, StringComparison.Ordinal));

        chat.Messages.Select(message => message.Role).Should().Equal(ChatRole.System, ChatRole.User, ChatRole.Assistant, ChatRole.Tool, ChatRole.Tool);
        chat.Messages[1].Parts.Should().Equal(
            new TextPart("messages[1].content[0]", "What is it?") { Cache = new CacheMark("1h") },
            new PicturePart("messages[1].content[2]", new Media("image/png", "iVBORw0KGgo="), null, "low"),
            new PicturePart("messages[1].content[3]", null, "https://example.com/a.jpg", null),
            new SoundPart("messages[1].content[4]", new Media("audio/wav", "AAAA"), "wav"),
            new FilePart("messages[1].content[5]", new Media("application/pdf", "AAAA"), "a.pdf", null),
            new FilePart("messages[1].content[6]", null, null, "file-1"));
        var assistant = chat.Messages[2];
        assistant.Reasoning.Should().Be("hm");
        assistant.Thinking.Should().Equal(new ThinkingBlock("hm", "s", null), new ThinkingBlock(null, null, "d"));
        assistant.ToolCalls.Select(call => (call.Id, call.Name, call.Arguments.GetRawText(), call.ExtraContent?.GetRawText()))
            .Should().Equal(("c1", "w", """{"a":1}""", """{"google":{}}"""), ("c2", "v", "{}", null));
        (chat.Messages[3].ToolCallId, chat.Messages[3].ToolName).Should().Be(("c2", "v"));
        (chat.Messages[4].ToolCallId, chat.Messages[4].ToolName).Should().Be(("gone", null));
    }

    [Fact]
    public void The_older_form_of_functions_is_that_of_tools()
    {
        var chat = Read(
            """
            [{"role":"user","content":"x"},{"role":"assistant","content":null,"function_call":{"name":"w","arguments":"{}"}},
             {"role":"function","name":"w","content":"18"}]
            """, """ "functions":[{"name":"w","description":"","parameters":{"type":"object"}}],"function_call":{"name":"w"}""");

        chat.Messages[1].ToolCalls.Single().Id.Should().Be(chat.Messages[2].ToolCallId);
        chat.Messages[2].ToolName.Should().Be("w");
        chat.Tools.Single().Should().Match<ChatTool>(tool => tool.Name == "w" && tool.Description == null && tool.Parameters != null);
        chat.ToolChoice.Should().Be(new ToolChoice(ToolChoiceMode.Named, "w"));
    }

    [Theory]
    [InlineData("\"auto\"", ToolChoiceMode.Auto, null)]
    [InlineData("\"none\"", ToolChoiceMode.None, null)]
    [InlineData("\"required\"", ToolChoiceMode.Required, null)]
    [InlineData("""{"type":"function","function":{"name":"w"}}""", ToolChoiceMode.Named, "w")]
    internal void A_choice_of_tools_has_these_forms(string json, ToolChoiceMode mode, string? name) =>
        Read(Hello, $$"""{{Tools}},"tool_choice":{{json}}""").ToolChoice.Should().Be(new ToolChoice(mode, name));

    [Fact]
    public void Some_of_the_tools_can_be_allowed() =>
        Read(Hello, $$$"""{{{Tools}}},"tool_choice":{"type":"allowed_tools","allowed_tools":{"mode":"required","tools":[{"type":"function","function":{"name":"w"}}]}}""")
            .ToolChoice.Should().BeEquivalentTo(new ToolChoice(ToolChoiceMode.Required, Allowed: ["w"]));

    [Theory]
    [InlineData("""[{"content":"x"}]""", "messages[0].role", "missing_required_parameter")]
    [InlineData("""[{"role":"robot","content":"x"}]""", "messages[0].role", "invalid_value")]
    [InlineData("""[{"role":"user","content":5}]""", "messages[0].content", "invalid_type")]
    [InlineData("""[{"role":"user","content":[{"text":"x"}]}]""", "messages[0].content[0].type", "missing_required_parameter")]
    [InlineData("""[{"role":"user","content":[{"type":"video"}]}]""", "messages[0].content[0].type", "invalid_value")]
    [InlineData("""[{"role":"user","content":["x"]}]""", "messages[0].content[0]", "invalid_type")]
    [InlineData("""[{"role":"user","content":[{"type":"image_url","image_url":{"url":"nowhere"}}]}]""", "messages[0].content[0].image_url.url", "invalid_value")]
    [InlineData("""[{"role":"user","content":[{"type":"image_url","image_url":{"url":"data:image/png;base64,*"}}]}]""", "messages[0].content[0].image_url.url", "invalid_value")]
    [InlineData("""[{"role":"user","content":[{"type":"image_url","image_url":{"url":"data:image/png"}}]}]""", "messages[0].content[0].image_url.url", "invalid_value")]
    [InlineData("""[{"role":"user","content":[{"type":"input_audio","input_audio":{"data":"AAAA","format":"ogg"}}]}]""", "messages[0].content[0].input_audio.format", "invalid_value")]
    [InlineData("""[{"role":"user","content":[{"type":"file","file":{}}]}]""", "messages[0].content[0].file.file_data", "missing_required_parameter")]
    [InlineData("""[{"role":"tool","content":"x"}]""", "messages[0].tool_call_id", "missing_required_parameter")]
    [InlineData("""[{"role":"assistant","tool_calls":[{"id":"c","function":{"name":"w","arguments":"{"}}]}]""", "messages[0].tool_calls[0].function.arguments", "invalid_value")]
    [InlineData("""[{"role":"assistant","tool_calls":[{"id":"c","function":{"name":"w","arguments":"[1]"}}]}]""", "messages[0].tool_calls[0].function.arguments", "invalid_type")]
    [InlineData("""[{"role":"assistant","tool_calls":[{"function":{"name":"w"}}]}]""", "messages[0].tool_calls[0].id", "missing_required_parameter")]
    [InlineData("""[{"role":"assistant","tool_calls":[{"id":"c","type":"custom","custom":{}}]}]""", "messages[0].tool_calls[0].type", "unsupported_parameter")]
    [InlineData("""[{"role":"assistant","thinking_blocks":[{"type":"musing"}]}]""", "messages[0].thinking_blocks[0].type", "invalid_value")]
    public void What_is_wrong_in_a_message_is_named(string messages, string param, string code) =>
        Error(messages).Should().Match<GatewayError>(error => error.Param == param && error.Code == code && error.Message.Contains(param));

    [Theory]
    [InlineData(""" "tools":[{"type":"custom","custom":{"name":"sql"}}]""", "tools[0].type", "unsupported_parameter")]
    [InlineData(""" "tools":[{"type":"function"}]""", "tools[0].function", "missing_required_parameter")]
    [InlineData(""" "tools":{}""", "tools", "invalid_type")]
    [InlineData(""" "tool_choice":"sometimes" """, "tool_choice", "invalid_value")]
    [InlineData(""" "tool_choice":{"type":"function","function":{"name":"v"}}""", "tool_choice", "invalid_value")]
    [InlineData(""" "response_format":{"type":"xml"}""", "response_format.type", "invalid_value")]
    [InlineData(""" "response_format":{"type":"json_schema"}""", "response_format.json_schema", "missing_required_parameter")]
    [InlineData(""" "reasoning_effort":3""", "reasoning_effort", "invalid_type")]
    [InlineData(""" "stop":[1]""", "stop[0]", "invalid_type")]
    public void What_is_wrong_in_a_parameter_is_named(string member, string param, string code) =>
        Error(Hello, member).Should().Match<GatewayError>(error => error.Param == param && error.Code == code);

    [Theory]
    [InlineData("""[{"role":"user","content":"\ud800"}]""")]
    [InlineData("""[{"role":"user","content":[{"type":"text","text":"a\udc00b"}]}]""")]
    public void Half_a_character_is_an_error_and_no_exception(string messages) => Error(messages).Code.Should().Be("invalid_value");

    [Fact]
    public void Data_without_a_media_type_is_known_by_how_it_begins()
    {
        foreach (var (data, type) in new[] { ("/9j/4AAQ", "image/jpeg"), ("R0lGODlh", "image/gif"), ("UklGRgAA", "image/webp"), ("iVBORw0K", "image/png") })
        {
            Read($$$"""[{"role":"user","content":[{"type":"image_url","image_url":{"url":"data:;base64,{{{data}}}"}}]}]""").Messages[0].Parts
                .Should().ContainSingle().Which.Should().BeOfType<PicturePart>().Which.Data.Should().Be(new Media(type, data));
        }
    }

    [Fact]
    public void A_data_URL_that_is_no_base64_is_made_some() =>
        Read("""[{"role":"user","content":[{"type":"file","file":{"file_data":"data:text/plain,Hello%20there"}}]}]""").Messages[0].Parts
            .Should().ContainSingle().Which.Should().BeOfType<FilePart>().Which.Data.Should().Be(new Media("text/plain", "SGVsbG8gdGhlcmU="));

    [Fact]
    public void What_a_dialect_has_not_said_is_told_but_not_what_says_nothing()
    {
        const string More =
            """
            "n":1,"logprobs":false,"top_logprobs":0,"presence_penalty":0.0,"frequency_penalty":0,"logit_bias":{},"modalities":["text"],"parallel_tool_calls":true,
            "service_tier":"auto","verbosity":"medium","store":false,"tools":[],"stop":[],"tool_choice":"auto","response_format":{"type":"text"},"seed":null,
            "user":"u","metadata":{"a":"b"},"stream_options":{"include_usage":true},"temperature":1,"top_k":4
            """;

        Read(Hello, More).Unsaid(new[] { "temperature" }.ToFrozenSet()).Should().Equal("top_k");
        Read(Hello, """ "n":2,"logprobs":true,"seed":1,"store":true,"unheard_of":0""").Unsaid(FrozenSet<string>.Empty)
            .Should().Equal("n", "logprobs", "seed", "store", "unheard_of");
    }

    [Fact]
    public void What_cannot_be_said_is_an_error_or_left_out()
    {
        var strict = new UnsaidParams(Chats.Target("m"), "Anthropic");
        strict.Add("seed");
        strict.Add("n");
        strict.Error.Should().Match<GatewayError>(error => error.Param == "seed" && error.Code == "unsupported_parameter" && error.Message.Contains("Anthropic"));

        var lenient = new UnsaidParams(Chats.Target("m") with { DropParams = true }, "Anthropic");
        lenient.AddOthers(Read(Hello, """ "seed":1,"logit_bias":{"1":2}"""), FrozenSet<string>.Empty);
        (lenient.Error, string.Join(',', lenient.Dropped)).Should().Be((null, "seed,logit_bias"));
        lenient.Refuse("messages[0].content[1]", "it has no pictures.");
        lenient.Error!.Param.Should().Be("messages[0].content[1]");
    }

    private const string Hello = """[{"role":"user","content":"Hello"}]""";
    private const string Tools = """ "tools":[{"type":"function","function":{"name":"w","parameters":{"type":"object"}}}]""";

    private static ParsedChat Read(string messages, string? more = null) =>
        ParsedChat.TryRead(Chats.Read(Body(messages, more)), out var chat, out var error) ? chat : throw new ArgumentException(error!.Message);

    private static GatewayError Error(string messages, string? more = null)
    {
        ParsedChat.TryRead(Chats.Read(Body(messages, more)), out _, out var error).Should().BeFalse();
        return error!;
    }

    private static string Body(string messages, string? more) => $$"""{"model":"m","messages":{{messages}}{{(more is null ? "" : "," + more)}}}""";
}
