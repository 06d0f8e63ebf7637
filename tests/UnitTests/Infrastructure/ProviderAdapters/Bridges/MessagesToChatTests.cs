using CleanGateway.Domain.Models;
using CleanGateway.Infrastructure.ProviderAdapters.Bridges;
using CleanGateway.UnitTests.Application.Messages;

namespace CleanGateway.UnitTests.Infrastructure.ProviderAdapters.Bridges;

public class MessagesToChatTests
{
    private const string Hi = """[{"role":"user","content":"Hi"}]""";

    /// <summary>What is asked, besides the model; what is asked of the chat, besides the model.</summary>
    public static TheoryData<string, string, string> Sayings => new()
    {
        { "a text", $$$$"""{"messages":{{{{Hi}}}}}""", $$$$"""{"messages":{{{{Hi}}}}}""" },
        { "a system prompt", $$$$"""{"system":"Be \ud83d brief","messages":{{{{Hi}}}}}""",
            """{"messages":[{"role":"system","content":"Be \ud83d brief"},{"role":"user","content":"Hi"}]}""" },
        { "a system prompt in blocks", $$$$"""{"system":[{"type":"text","text":"A"},{"type":"text","text":"B","cache_control":{"type":"ephemeral"}}],"messages":{{{{Hi}}}}}""",
            """{"messages":[{"role":"system","content":"A\n\nB"},{"role":"user","content":"Hi"}]}""" },
        { "pictures and documents",
            """{"messages":[{"role":"user","content":[{"type":"text","text":"See"},{"type":"image","source":{"type":"base64","media_type":"image/jpeg","data":"AAAA"}},{"type":"image","source":{"type":"url","url":"https://x/y.png"}},{"type":"document","title":"a.pdf","source":{"type":"base64","media_type":"application/pdf","data":"JVBE"}},{"type":"document","source":{"type":"text","media_type":"text/plain","data":"plain"}}]}]}""",
            """{"messages":[{"role":"user","content":[{"type":"text","text":"See"},{"type":"image_url","image_url":{"url":"data:image/jpeg;base64,AAAA"}},{"type":"image_url","image_url":{"url":"https://x/y.png"}},{"type":"file","file":{"filename":"a.pdf","file_data":"data:application/pdf;base64,JVBE"}},{"type":"text","text":"plain"}]}]}""" },
        { "a tool loop",
            """{"messages":[{"role":"user","content":"?"},{"role":"assistant","content":[{"type":"text","text":"Let me see"},{"type":"tool_use","id":"t1","name":"w","input":{"c": "Paris"}},{"type":"tool_use","id":"t2","name":"n","input":{}}]},{"role":"user","content":[{"type":"text","text":"so?"},{"type":"tool_result","tool_use_id":"t1","content":[{"type":"text","text":"18"},{"type":"text","text":"C"}]},{"type":"tool_result","tool_use_id":"t2","content":"none","is_error":true}]}],"tools":[{"name":"w","description":"Weather","input_schema":{"type":"object"},"cache_control":{"type":"ephemeral"}},{"type":"custom","name":"n","input_schema":{"type":"object"},"strict":true}],"tool_choice":{"type":"any","disable_parallel_tool_use":true}}""",
            """{"messages":[{"role":"user","content":"?"},{"role":"assistant","content":"Let me see","tool_calls":[{"id":"t1","type":"function","function":{"name":"w","arguments":"{\"c\": \"Paris\"}"}},{"id":"t2","type":"function","function":{"name":"n","arguments":"{}"}}]},{"role":"tool","tool_call_id":"t1","content":"18\nC"},{"role":"tool","tool_call_id":"t2","content":"Error: none"},{"role":"user","content":"so?"}],"tools":[{"type":"function","function":{"name":"w","description":"Weather","parameters":{"type":"object"}}},{"type":"function","function":{"name":"n","parameters":{"type":"object"},"strict":true}}],"tool_choice":"required","parallel_tool_calls":false}""" },
        { "a picture in a result",
            """{"messages":[{"role":"user","content":[{"type":"tool_result","tool_use_id":"t1","content":[{"type":"text","text":"shot"},{"type":"image","source":{"type":"base64","media_type":"image/png","data":"AAAA"}}]}]}]}""",
            """{"messages":[{"role":"tool","tool_call_id":"t1","content":"shot\n[see the attachment in the next message]"},{"role":"user","content":[{"type":"text","text":"Attachment of the result of t1:"},{"type":"image_url","image_url":{"url":"data:image/png;base64,AAAA"}}]}]}""" },
        { "a result without content", """{"messages":[{"role":"user","content":[{"type":"tool_result","tool_use_id":"t1"}]}]}""",
            """{"messages":[{"role":"tool","tool_call_id":"t1","content":""}]}""" },
        { "calls without a word", """{"messages":[{"role":"assistant","content":[{"type":"tool_use","id":"t1","name":"n"}]}]}""",
            """{"messages":[{"role":"assistant","content":null,"tool_calls":[{"id":"t1","type":"function","function":{"name":"n","arguments":"{}"}}]}]}""" },
        { "thoughts of nobody in particular, and of somebody else",
            """{"messages":[{"role":"assistant","content":[{"type":"thinking","thinking":"hm","signature":""},{"type":"thinking","thinking":"signed","signature":"s"},{"type":"text","text":"Hi"}]}]}""",
            """{"messages":[{"role":"assistant","content":"Hi","reasoning_content":"hm"}]}""" },
        { "parameters",
            $$$$"""{"messages":{{{{Hi}}}},"temperature":0.50,"top_p":1,"top_k":40,"stop_sequences":["a","b"],"metadata":{"user_id":"u"},"service_tier":"standard_only"}""",
            $$$$"""{"messages":{{{{Hi}}}},"temperature":0.50,"top_p":1,"top_k":40,"stop":["a","b"],"safety_identifier":"u","service_tier":"default"}""" },
        { "a long user", $$$$"""{"messages":{{{{Hi}}}},"metadata":{"user_id":"{{{{new string('u', 65)}}}}"}}""",
            $$$$"""{"messages":{{{{Hi}}}},"safety_identifier":"{{{{Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(Enumerable.Repeat((byte)'u', 65).ToArray()))}}}}"}""" },
        { "a schema", $$$$"""{"messages":{{{{Hi}}}},"output_config":{"format":{"type":"json_schema","schema":{"type":"object"} } } }""",
            $$$$$"""{"messages":{{{{{Hi}}}}},"response_format":{"type":"json_schema","json_schema":{"name":"response","strict":true,"schema":{"type":"object"}}}}""" },
        { "a named tool", $$$$"""{"messages":{{{{Hi}}}},"tools":[{"name":"w"}],"tool_choice":{"type":"tool","name":"w"}}""",
            $$$$"""{"messages":{{{{Hi}}}},"tools":[{"type":"function","function":{"name":"w"}}],"tool_choice":{"type":"function","function":{"name":"w"}}}""" },
        { "little thinking", $$$$"""{"messages":{{{{Hi}}}},"thinking":{"type":"enabled","budget_tokens":1024}}""", $$$$"""{"messages":{{{{Hi}}}},"reasoning_effort":"low"}""" },
        { "much thinking", $$$$"""{"messages":{{{{Hi}}}},"thinking":{"type":"enabled","budget_tokens":16000}}""", $$$$"""{"messages":{{{{Hi}}}},"reasoning_effort":"high"}""" },
        { "thinking as it sees fit", $$$$"""{"messages":{{{{Hi}}}},"thinking":{"type":"adaptive"}}""", $$$$"""{"messages":{{{{Hi}}}},"reasoning_effort":"medium"}""" },
        { "no thinking", $$$$"""{"messages":{{{{Hi}}}},"thinking":{"type":"disabled"},"output_config":{"effort":"high"}}""", $$$$"""{"messages":{{{{Hi}}}}}""" },
        { "an effort", $$$$"""{"messages":{{{{Hi}}}},"output_config":{"effort":"max"}}""", $$$$"""{"messages":{{{{Hi}}}},"reasoning_effort":"high"}""" },
    };

    [Theory]
    [MemberData(nameof(Sayings))]
    public void A_chat_asks_for_the_same(string what, string asked, string chat) => Write(asked).Should().Be(Expected(chat), what);

    [Fact]
    public void Providers_that_know_more_than_OpenAI_get_all_of_it() =>
        Write(
            """{"system":[{"type":"text","text":"A","cache_control":{"type":"ephemeral","ttl":"1h"}}],"messages":[{"role":"assistant","content":[{"type":"thinking","thinking":"hm","signature":"s"},{"type":"redacted_thinking","data":"z"},{"type":"tool_use","id":"t","name":"w","input":{}}]},{"role":"user","content":[{"type":"tool_result","tool_use_id":"t","content":"1","cache_control":{"type":"ephemeral"}}]}],"tools":[{"name":"w","cache_control":{"type":"ephemeral"}}]}""",
            extended: true).Should().Be(Expected(
            """{"messages":[{"role":"system","content":[{"type":"text","text":"A","cache_control":{"type":"ephemeral","ttl":"1h"}}]},{"role":"assistant","content":null,"reasoning_content":"hm","thinking_blocks":[{"type":"thinking","thinking":"hm","signature":"s"},{"type":"redacted_thinking","data":"z"}],"tool_calls":[{"id":"t","type":"function","function":{"name":"w","arguments":"{}"}}]},{"role":"tool","tool_call_id":"t","content":[{"type":"text","text":"1","cache_control":{"type":"ephemeral"}}]}],"tools":[{"type":"function","function":{"name":"w"},"cache_control":{"type":"ephemeral"}}]}"""));

    [Theory]
    [InlineData("""{"tools":[{"name":"w"},{"type":"web_search_20250305","name":"web_search"}]}""", "tools[1].type")]
    [InlineData("""{"mcp_servers":[{"url":"https://x"}]}""", "mcp_servers")]
    [InlineData("""{"container":"c"}""", "container")]
    [InlineData("""{"context_management":{}}""", "context_management")]
    [InlineData("""{"speed":"fast"}""", "speed")]
    [InlineData("""{"inference_geo":"us"}""", "inference_geo")]
    [InlineData("""{"stop_sequences":["a","b","c","d","e"]}""", "stop_sequences[4]")]
    [InlineData("""{"no_such_thing":1}""", "no_such_thing")]
    public void What_a_chat_cannot_ask_for_is_named_or_left_out(string member, string name)
    {
        var json = $$$$"""{"model":"m","max_tokens":5,"messages":{{{{Hi}}}},{{{{member[1..]}}}}""";

        var (_, _, error, _) = MessagesToChat.Write(Native.Read(json), Chats.Target("m"), extended: false);
        (error!.Param, error.Code).Should().Be((name, "unsupported_parameter"));
        error.Message.Should().StartWith($"The provider of the model 'm' has nothing like '{name}'").And.EndWith("drop_params for the key or the model.");

        var (chat, dropped, none, _) = MessagesToChat.Write(Native.Read(json), Chats.Target("m") with { DropParams = true }, extended: false);
        none.Should().BeNull();
        dropped.Should().Equal(name);
        Chats.Read(Chats.Text(chat)).Model.Should().Be("m");
    }

    [Theory]
    [InlineData("""[{"role":"user","content":[{"type":"image","source":{"type":"file","file_id":"f"}}]}]""", "messages[0].content[0].source")]
    [InlineData("""[{"role":"user","content":[{"type":"document","source":{"type":"url","url":"https://x"}}]}]""", "messages[0].content[0].source")]
    [InlineData("""[{"role":"assistant","content":[{"type":"text","text":"x"},{"type":"server_tool_use","id":"s","name":"web_search","input":{}}]}]""",
        "messages[0].content[1]")]
    [InlineData("""[{"role":"user","content":[{"type":"tool_result"}]}]""", "messages[0].content[0].tool_use_id")]
    [InlineData("""[{"role":"robot","content":"x"}]""", "messages[0].role")]
    [InlineData("""[{"role":"user"}]""", "messages[0].content")]
    [InlineData("""[{"role":"user","content":[7]}]""", "messages[0].content[0]")]
    public void What_cannot_be_said_in_a_message_is_named(string messages, string name)
    {
        var (_, _, error, _) = MessagesToChat.Write(
            Native.Read($$$$"""{"model":"m","max_tokens":5,"messages":{{{{messages}}}}}"""), Chats.Target("m"), extended: false);

        error!.Param.Should().Be(name);
    }

    [Fact]
    public void A_cache_is_not_warmed_by_a_chat()
    {
        var warming = Native.Read($$$$"""{"model":"m","max_tokens":0,"messages":{{{{Hi}}}}}""");

        MessagesToChat.Write(warming, Chats.Target("m") with { DropParams = true }, extended: false).Error!.Param.Should().Be("max_tokens");
    }

    [Theory]
    [InlineData("""{"supports_reasoning":false}""", false, null, "thinking")]
    [InlineData("""{}""", true, "thinking", null)]
    [InlineData("""{"supports_reasoning":true}""", true, null, null)]
    public void Who_does_not_think_is_not_asked_to(string capabilities, bool drops, string? dropped, string? refused)
    {
        var target = Chats.Target("m") with { DropParams = drops, Capabilities = ModelCapabilities.Parse(capabilities) };

        var written = MessagesToChat.Write(
            Native.Read($$$$"""{"model":"m","max_tokens":5,"messages":{{{{Hi}}}},"thinking":{"type":"adaptive"}}"""), target, extended: false);

        (written.Dropped.SingleOrDefault(), written.Error?.Param).Should().Be((dropped, refused));
    }

    [Fact]
    public void Of_what_is_left_out_the_first_are_named()
    {
        var unsaid = new Unsaid("m", drops: true);
        for (var number = 0; number < 20_000; number++)
            unsaid.Add($"f{number % 10_000}");

        unsaid.Dropped.Should().Equal(Enumerable.Range(0, 32).Select(number => $"f{number}"));
    }

    private static string Write(string asked, bool extended = false)
    {
        var (chat, dropped, error, _) = MessagesToChat.Write(
            Native.Read($$$$"""{"model":"m","max_tokens":5,{{{{asked[1..]}}}}"""), Chats.Target("m"), extended);
        error.Should().BeNull();
        dropped.Should().BeEmpty();
        Chats.Read(Chats.Text(chat)).MaxTokens.Should().BeNull("each provider has a field of its own for it");
        return Chats.Text(chat);
    }

    private static string Expected(string chat) => """{"model":"m",""" + chat[1..];
}
