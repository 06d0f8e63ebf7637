using System.Text;
using CleanGateway.Application.Common;
using CleanGateway.Application.Inference;
using CleanGateway.Application.Messages;
using CleanGateway.Domain.Common;
using CleanGateway.Domain.Usage;
using CleanGateway.UnitTests.Infrastructure.ProviderAdapters;

namespace CleanGateway.UnitTests.Application.Messages;

public class MessagesRequestTests
{
    [Theory]
    [InlineData("""[1]""", null, "invalid_type", "The request body must be a JSON object.")]
    [InlineData("""{"model":"m","model":"n"}""", "model", "duplicate_member", "The member 'model' is there twice in one object (byte 13).")]
    [InlineData("""{"max_tokens":1,"messages":[{}]}""", "model", "missing_required_parameter", "Missing required parameter: 'model'.")]
    [InlineData("""{"model":"m","messages":[{}]}""", "max_tokens", "missing_required_parameter", "Missing required parameter: 'max_tokens'.")]
    [InlineData("""{"model":"m","max_tokens":1}""", "messages", "missing_required_parameter", "Missing required parameter: 'messages'.")]
    [InlineData("""{"model":"m","max_tokens":-1,"messages":[{}]}""", "max_tokens", "invalid_value",
        "Invalid 'max_tokens': expected an integer from 0 to 2147483647, but got -1.")]
    [InlineData("""{"model":"m","max_tokens":1,"messages":[]}""", "messages", "empty_array",
        "Invalid 'messages': the array is empty, at least one message is needed.")]
    [InlineData("""{"model":"m","max_tokens":1,"messages":["x"]}""", "messages[0]", "invalid_type",
        "Invalid type for 'messages[0]': expected an object, but got a string instead.")]
    [InlineData("""{"model":"m","max_tokens":1,"messages":[{}],"system":7}""", "system", "invalid_type",
        "Invalid type for 'system': expected a string or an array of text blocks, but got a number instead.")]
    [InlineData("""{"model":"m","max_tokens":1,"messages":[{}],"tools":[{},7]}""", "tools[1]", "invalid_type",
        "Invalid type for 'tools[1]': expected an object, but got a number instead.")]
    [InlineData("""{"model":"m","max_tokens":1,"messages":[{}],"tools":[{"type":[]}]}""", "tools[0].type", "invalid_type",
        "Invalid type for 'tools[0].type': expected a string, but got an array instead.")]
    [InlineData("""{"model":"m","max_tokens":1,"messages":[{}],"metadata":{"user_id":1}}""", "metadata.user_id", "invalid_type",
        "Invalid type for 'metadata.user_id': expected a string, but got a number instead.")]
    [InlineData("""{"model":"m","max_tokens":1,"messages":[{}],"thinking":{"budget_tokens":"x"}}""", "thinking.budget_tokens", "invalid_type",
        "Invalid type for 'thinking.budget_tokens': expected an integer, but got a string instead.")]
    public void What_is_wrong_is_said_by_its_name(string json, string? param, string code, string message)
    {
        MessagesRequest.TryParse(Encoding.UTF8.GetBytes(json), MessagesHeaders.None, out _, out var error).Should().BeFalse();

        (error!.Param, error.Code, error.Message).Should().Be((param, code, message));
    }

    [Theory]
    [InlineData("größe", null, "anthropic-version")]
    [InlineData("2023-06-01\t", null, "anthropic-version")]
    [InlineData("2023-06-01", "a-1,😀", "anthropic-beta")]
    [InlineData("2023-06-01", "a-1\u007f", "anthropic-beta")]
    [InlineData("2023-06-01", "a-1\r\nx-api-key: k", "anthropic-beta")]
    public void A_header_that_can_be_told_to_nobody_is_said_by_its_name(string version, string? beta, string header)
    {
        MessagesRequest.TryParse(Encoding.UTF8.GetBytes(Native.Hello), new MessagesHeaders(version, beta), out _, out var error).Should().BeFalse();

        (error!.Kind, error.Param, error.Code).Should().Be((GatewayErrorKind.Invalid, header, "invalid_value"));
        error.Message.Should().Be($"Invalid header '{header}': expected at most 1024 characters of printable ASCII.");
    }

    [Theory]
    [InlineData(1024, true)]
    [InlineData(1025, false)]
    public void A_header_may_be_long_but_not_endless(int length, bool isGood) =>
        MessageTokensRequest.TryParse(Encoding.UTF8.GetBytes(Native.Hello), new MessagesHeaders("2023-06-01", "a, ~" + new string('b', length - 4)), out _, out _)
            .Should().Be(isGood);

    [Fact]
    public void What_the_gateway_has_to_know_is_read()
    {
        var request = Read(
            """
            {"stream":true, "max_tokens":0, "model":"claude-x", "metadata":{"x":1,"user_id":"u-1"}, "service_tier":"standard_only", "speed":"fast",
             "thinking":{"type":"enabled","budget_tokens":2048}, "tools":[{"name":"a"},{"type":"web_search_20250305","name":"web_search"}],
             "system":[{"type":"text","text":"Be brief"}], "messages":[{"role":"user","content":"Hi"}], "unknown":{"model":"not this one"}}
            """);

        (request.Model, request.Stream, request.MaxTokens, request.User, request.ServiceTier, request.IsFast, request.ThinkingBudget)
            .Should().Be(("claude-x", true, 0L, "u-1", "default", true, 2048L));
        (request.MaySearch, request.HasServerTools, request.Api).Should().Be((true, true, ApiFormat.Messages));
        (At(request, request.ModelAt), At(request, request.MaxTokensAt!.Value), At(request, request.ThinkingBudgetAt!.Value))
            .Should().Be(("\"claude-x\"", "0", "2048"));
        At(request, request.MessagesAt).Should().Be("""[{"role":"user","content":"Hi"}]""");
        At(request, request.SystemAt!.Value).Should().Be("""[{"type":"text","text":"Be brief"}]""");
        At(request, request.ToolsAt!.Value).Should().StartWith("[{\"name\":\"a\"}").And.EndWith("}]");
    }

    [Fact]
    public void Tokens_can_be_counted_without_an_output_cap()
    {
        var body = """{"model":"m","messages":[{"role":"user","content":"Hi"}]}"""u8.ToArray();

        MessageTokensRequest.TryParse(body, new MessagesHeaders("2026-10-21", "a,b"), out var request, out _).Should().BeTrue();

        (request.Api, request.Model, request.Messages.Headers.Version, request.Messages.Headers.Beta).Should().Be((ApiFormat.MessageTokens, "m", "2026-10-21", "a,b"));
        request.Read("""{"input_tokens":7}"""u8).IsAnswer.Should().BeTrue();
        request.Read("""{"type":"error","error":{"type":"api_error"}}"""u8).ErrorAt.Should().NotBeNull();
    }

    [Fact]
    public void A_lowered_cap_is_one_that_has_to_reach_the_provider()
    {
        var capped = Read(Messages("\"Hi\"")).Capped(3);

        (capped.MaxTokens, capped.IsCapped, capped.Api).Should().Be((3L, true, ApiFormat.Messages));
    }

    [Theory]
    [InlineData("\"12345678\"", 3)]   // with its quotes: ten bytes
    [InlineData("""[{"type":"image","source":{"type":"base64","media_type":"image/png","data":"AAAAAAAAAAAAAAAAAAAAAAAA"}}]""", 1000)]
    public void About_how_much_it_is_is_told_without_asking(string content, long tokens) => Read(Messages(content)).EstimatePrompt().Should().Be(tokens);

    [Fact]
    public void A_picture_is_bounded_by_what_pictures_come_to_and_not_by_its_bytes()
    {
        var picture = $$"""[{"type":"image","source":{"type":"base64","media_type":"image/png","data":"{{new string('A', 1_000_000)}}"} }]""";

        Bound(picture).Should().BeInRange(40_000, 41_000);
        Bound($$"""[{"type":"tool_result","tool_use_id":"t","content":{{picture}}}]""").Should().BeInRange(40_000, 41_000);
        Bound($$"""[{"type":"tool_use","id":"t","name":"n","input":{{picture}}}]""").Should().Be(200_000, "there it is only text, and more than the model takes");
    }

    [Theory]
    [InlineData("""[{"type":"document","source":{"type":"url","url":"https://x/a.pdf"}}]""")]
    [InlineData("""[{"type":"document","source":{"type":"file","file_id":"file_1"}}]""")]
    [InlineData("""[{"type":"image","source":{"type":"file","file_id":"file_1"}}]""")]
    [InlineData("""[{"type":"container_upload","file_id":"file_1"}]""")]
    [InlineData("""[{"type":"never heard of"}]""")]
    public void What_lies_elsewhere_is_bounded_by_the_model_alone(string content)
    {
        Bound(content).Should().Be(200_000);
        MessagesPrompt.Measure(Encoding.UTF8.GetBytes(Messages(content)), findsMore: false).BoundFor(null).Should().Be(TokenUsage.MaxTokens);
    }

    [Fact]
    public void What_the_providers_tools_find_is_bounded_by_the_model_alone() =>
        MessagesPrompt.Measure(Encoding.UTF8.GetBytes(Messages("\"Hi\"")), findsMore: true).BoundFor(200_000).Should().Be(200_000);

    [Fact]
    public void Text_has_no_more_tokens_than_bytes() => Bound($"\"{new string('x', 5000)}\"").Should().BeInRange(5000, 5500);

    [Fact]
    public void A_fast_call_is_booked_as_one_where_nobody_says_which_it_was()
    {
        var fast = Read(Messages("\"Hi\"", ",\"speed\":\"fast\""));

        fast.Used(UsageReport.None, 3).Usage!.Value.Details!.Speed.Should().Be("fast");
        Read(Messages("\"Hi\"")).Used(UsageReport.None, 3).Usage!.Value.Details.Should().BeNull();
    }

    [Theory]
    [InlineData("""{"type":"message_start","message":{}}""", false)]
    [InlineData("""{"type":"ping"}""", false)]
    [InlineData("""{"type":"content_block_start","index":0,"content_block":{"type":"text","text":""}}""", false)]
    [InlineData("""{"type":"content_block_start","index":0,"content_block":{"type":"tool_use","id":"t","name":"n","input":{}}}""", true)]
    [InlineData("""{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"x"}}""", true)]
    [InlineData("""{"type":"message_delta","delta":{"stop_reason":"end_turn"}}""", true)]
    [InlineData("""{"type":"something_new"}""", true)]
    public void An_answer_begins_where_something_is_said(string json, bool begins)
    {
        var request = Read(Messages("\"Hi\""));
        var bytes = Encoding.UTF8.GetBytes(json);

        request.HasContent(bytes, request.Read(bytes)).Should().Be(begins);
    }

    [Theory]
    [InlineData("""{"type":"web_search_20250305","name":"web_search"}""", 16)]
    [InlineData("""{"type":"web_search_20250305","name":"web_search","max_uses":null}""", 16)]
    [InlineData("""{"max_uses":3,"type":"web_search_20250305","name":"web_search"}""", 3)]
    [InlineData("""{"type":"web_search_20250305","max_uses":40},{"type":"web_search_20260209"},{"type":"web_fetch_20250910","max_uses":99}""", 56)]
    public void Searches_are_held_as_often_as_they_may_be_made(string tools, int searches)
    {
        var request = Read(Messages("\"Hi\"", $",\"tools\":[{tools}]"));
        var price = Price.From(0, 0.5m, """{"search_context_cost_per_query":{"search_context_size_medium":0.01}}""")!;
        var target = Chats.Target("m");

        request.Needs(target with { Destination = target.Destination with { Price = price } }).Cost!.Value.Fixed.Should().Be(searches * 0.01m);
    }

    private static string Messages(string content, string more = "") =>
        $$"""{"model":"m","max_tokens":10,"messages":[{"role":"user","content":{{content}}}]{{more}}}""";

    private static long Bound(string content) => MessagesPrompt.Measure(Encoding.UTF8.GetBytes(Messages(content)), findsMore: false).BoundFor(200_000);

    private static MessagesRequest Read(string json) => Native.Read(json);

    private static string At(MessagesRequest request, JsonSlice at) => Chats.Text(request.Body.Slice(at.Start, at.Length));
}
