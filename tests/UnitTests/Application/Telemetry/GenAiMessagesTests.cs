using System.Diagnostics;
using System.Text;
using CleanGateway.Application.Inference;
using CleanGateway.Application.Telemetry;

namespace CleanGateway.UnitTests.Application.Telemetry;

public class GenAiMessagesTests
{
    [Theory]
    [InlineData(
        ApiFormat.ChatCompletions,
        """{"messages":[{"role":"system","content":"Be kind."},{"role":"user","content":[{"type":"text","text":"Weather?"},{"type":"image_url","image_url":{"url":"u"}}]},{"role":"assistant","content":null,"tool_calls":[{"id":"c1","type":"function","function":{"name":"weather","arguments":"{}"}}]},{"role":"tool","tool_call_id":"c1","content":"57F"}]}""",
        """[{"role":"system","parts":[{"type":"text","content":"Be kind."}]},{"role":"user","parts":[{"type":"text","content":"Weather?"},{"type":"image_url","image_url":{"url":"u"}}]},{"role":"assistant","parts":[{"type":"tool_call","id":"c1","name":"weather","arguments":"{}"}]},{"role":"tool","parts":[{"type":"tool_call_response","id":"c1","response":"57F"}]}]""",
        null)]
    [InlineData(
        ApiFormat.Messages,
        """{"system":"Be kind.","messages":[{"role":"user","content":[{"type":"tool_result","tool_use_id":"t1","content":"57F"}]},{"role":"assistant","content":[{"type":"thinking","thinking":"Hm.","signature":"s"},{"type":"tool_use","id":"t1","name":"weather","input":{"in":"Paris"}}]}]}""",
        """[{"role":"user","parts":[{"type":"tool_call_response","id":"t1","response":"57F"}]},{"role":"assistant","parts":[{"type":"reasoning","content":"Hm."},{"type":"tool_call","id":"t1","name":"weather","arguments":{"in":"Paris"}}]}]""",
        """[{"type":"text","content":"Be kind."}]""")]
    [InlineData(
        ApiFormat.Responses,
        """{"instructions":"Be kind.","input":[{"role":"user","content":"Weather?"},{"type":"function_call","call_id":"f1","name":"weather","arguments":"{}"},{"type":"function_call_output","call_id":"f1","output":"57F"}]}""",
        """[{"role":"user","parts":[{"type":"text","content":"Weather?"}]},{"role":"assistant","parts":[{"type":"tool_call","id":"f1","name":"weather","arguments":"{}"}]},{"role":"tool","parts":[{"type":"tool_call_response","id":"f1","response":"57F"}]}]""",
        """[{"type":"text","content":"Be kind."}]""")]
    [InlineData(ApiFormat.Responses, """{"input":"Weather?"}""", """[{"role":"user","parts":[{"type":"text","content":"Weather?"}]}]""", null)]
    [InlineData(ApiFormat.Embeddings, """{"input":"Weather?"}""", null, null)]
    public void A_request_is_told_in_the_conventions_form(ApiFormat api, string request, string? messages, string? instructions)
    {
        using var span = new Activity("chat");

        GenAiMessages.Asked(span, api, Encoding.UTF8.GetBytes(request));

        span.GetTagItem("gen_ai.input.messages").Should().Be(messages);
        span.GetTagItem("gen_ai.system_instructions").Should().Be(instructions);
    }

    [Theory]
    [InlineData(
        ApiFormat.ChatCompletions,
        """{"id":"x","choices":[{"finish_reason":"stop","message":{"role":"assistant","content":"Sun ☀"}},{"finish_reason":"tool_calls","message":{"role":"assistant","reasoning_content":"Hm.","tool_calls":[{"id":"c1","type":"function","function":{"name":"weather","arguments":"{}"}}]}}]}""",
        "stop,tool_calls",
        """[{"role":"assistant","parts":[{"type":"text","content":"Sun ☀"}],"finish_reason":"stop"},{"role":"assistant","parts":[{"type":"reasoning","content":"Hm."},{"type":"tool_call","id":"c1","name":"weather","arguments":"{}"}],"finish_reason":"tool_calls"}]""")]
    [InlineData(
        ApiFormat.Messages,
        """{"id":"x","type":"message","role":"assistant","content":[{"type":"text","text":"Sun"}],"stop_reason":"end_turn"}""",
        "end_turn", """[{"role":"assistant","parts":[{"type":"text","content":"Sun"}],"finish_reason":"end_turn"}]""")]
    [InlineData(
        ApiFormat.Responses,
        """{"id":"x","object":"response","status":"incomplete","incomplete_details":{"reason":"max_output_tokens"},"output":[{"type":"message","role":"assistant","content":[{"type":"output_text","text":"Sun"}]}]}""",
        "max_output_tokens", """[{"role":"assistant","parts":[{"type":"text","content":"Sun"}],"finish_reason":"max_output_tokens"}]""")]
    public void So_is_an_answer_with_its_id_and_how_it_ended(ApiFormat api, string answer, string reasons, string messages)
    {
        using var quiet = new Activity("chat");
        using var span = new Activity("chat");

        GenAiMessages.Answered(quiet, api, Encoding.UTF8.GetBytes(answer), withContent: false);
        GenAiMessages.Answered(span, api, Encoding.UTF8.GetBytes(answer), withContent: true);

        foreach (var told in new[] { quiet, span })
        {
            told.GetTagItem("gen_ai.response.id").Should().Be("x");
            told.GetTagItem("gen_ai.response.finish_reasons").Should().BeEquivalentTo(reasons.Split(','));
        }

        quiet.GetTagItem("gen_ai.output.messages").Should().BeNull();
        span.GetTagItem("gen_ai.output.messages").Should().Be(messages);
    }

    [Fact]
    public void What_is_too_large_is_left_out_and_that_is_said()
    {
        using var span = new Activity("chat");

        GenAiMessages.Asked(span, ApiFormat.Responses, Encoding.UTF8.GetBytes($$"""{"input":"{{new string('x', 64 * 1024)}}"}"""));

        span.GetTagItem("gen_ai.input.messages").Should().BeNull();
        span.GetTagItem("cleangateway.content.omitted").Should().Be("too_large");
    }

    [Theory]
    [InlineData("no JSON")]
    [InlineData("[]")]
    [InlineData("7")]
    [InlineData("""{"id":7,"choices":7,"messages":{"role":7}}""")]
    [InlineData("""{"id":"\ud800","choices":[7,{"message":7,"finish_reason":{}}],"messages":[7,[7],{"content":[{"type":"\ud800"}]}]}""")]
    [InlineData("""{"id":"x","\ud800, and more of it":1,"choices":[{"\ud800, and more of it":2}],"messages":[{"\ud800, and more of it":3}]}""")]
    public void What_makes_no_sense_is_no_failure(string body)
    {
        using var span = new Activity("chat");

        GenAiMessages.Asked(span, ApiFormat.ChatCompletions, Encoding.UTF8.GetBytes(body));
        GenAiMessages.Answered(span, ApiFormat.ChatCompletions, Encoding.UTF8.GetBytes(body), withContent: true);

        span.GetTagItem("gen_ai.response.finish_reasons").Should().BeNull();
    }
}
