using System.Text;
using CleanGateway.Application.Inference;
using CleanGateway.Application.Responses;
using CleanGateway.Domain.Common;
using CleanGateway.Domain.Usage;
using CleanGateway.UnitTests.Infrastructure.ProviderAdapters;

namespace CleanGateway.UnitTests.Application.Responses;

public class ResponsesRequestTests
{
    private const long Overhead = 256;

    [Fact]
    public void What_the_gateway_needs_is_read()
    {
        var request = Read(""","input":"Hello","instructions":"Be good","stream":true,"max_output_tokens": 50,"service_tier":"flex","user":"u1","safety_identifier":"s1","tools":[{"type":"web_search_preview_2025_03_11"}]""");

        (request.Model, request.Stream, request.MaxTokens, request.ServiceTier, request.User, request.MaySearch, request.HasTools)
            .Should().Be(("m", true, 50, "flex", "s1", true, true));
        Encoding.UTF8.GetString(request.Body.Span[request.MaxOutputTokensAt!.Value.Start..request.MaxOutputTokensAt.Value.End]).Should().Be("50");
    }

    [Theory]
    [InlineData("""{"input":"a"}""", "model", "missing_required_parameter")]
    [InlineData("""{"model":"m","input":{}}""", "input", "invalid_type")]
    [InlineData("""{"model":"m","input":"a","background":true}""", "background", "unsupported_value")]
    [InlineData("""{"model":"m","input":"a","background":1}""", "background", "invalid_type")]
    [InlineData("""{"model":"m","input":"a","max_output_tokens":"9"}""", "max_output_tokens", "invalid_type")]
    [InlineData("""{"model":"m","input":"a","max_tool_calls":-1}""", "max_tool_calls", "invalid_value")]
    [InlineData("""{"model":"m","input":"a","tools":"x"}""", "tools", "invalid_type")]
    [InlineData("""{"model":"m","input":"a","model":"n"}""", "model", "duplicate_member")]
    public void What_cannot_be_sent_is_named(string json, string param, string code)
    {
        ResponsesRequest.TryParse(Encoding.UTF8.GetBytes(json), out _, out var error).Should().BeFalse();

        (error!.Kind, error.Param, error.Code).Should().Be((GatewayErrorKind.Invalid, param, code));
    }

    [Theory]
    [InlineData("")]
    [InlineData(""","background":false""")]
    [InlineData(""","background":null,"prompt":{"id":"p"}""")]
    public void What_the_provider_may_judge_itself_is_let_through(string more) => Read(more).Model.Should().Be("m");

    [Theory]
    [InlineData(""","input":"Hello" """)]
    [InlineData(""","input":[{"role":"user","content":[{"type":"input_text","text":"Hello"}]},{"type":"function_call_output","call_id":"c","output":"x"}]""")]
    [InlineData(""","input":"a","tools":[],"previous_response_id":null,"conversation":null,"prompt":null""")]
    public void Text_has_no_more_tokens_than_bytes(string more)
    {
        var request = Read(more);

        request.BoundPrompt(mostInput: null).Tokens.Should().Be(request.Body.Length + Overhead);
        request.BoundPrompt(mostInput: 7).Tokens.Should().Be(7);
        request.EstimatePrompt().Should().BeLessThan(request.Body.Length);
    }

    [Theory]
    [InlineData(""","input":"a","previous_response_id":"resp_1" """)]
    [InlineData(""","input":"a","conversation":{"id":"conv_1"}""")]
    [InlineData(""","prompt":{"id":"pmpt_1"}""")]
    [InlineData(""","input":[{"type":"item_reference","id":"msg_1"}]""")]
    [InlineData(""","input":[{"type":"compaction","encrypted_content":"x"}]""")]
    [InlineData(""","input":[{"role":"user","content":[{"type":"input_file","file_id":"file_1"}]}]""")]
    [InlineData(""","input":[{"role":"user","content":[{"type":"input_file","file_url":"https://a/b.pdf"}]}]""")]
    [InlineData(""","input":[{"role":"user","content":[{"type":"input_image","file_id":"file_1"}]}]""")]
    [InlineData(""","input":[{"role":"user","content":[{"type":"something_new"}]}]""")]
    [InlineData(""","input":[{"role":"user","content":[{"type":5}]}]""")]
    [InlineData(""","input":"a","tools":[{"type":"file_search"}]""")]
    [InlineData(""","input":"a","tools":[{"type":"function","name":"f"},{"type":"mcp"}]""")]
    public void What_lies_elsewhere_is_bounded_by_the_model_alone(string more)
    {
        Read(more).BoundPrompt(mostInput: 123_456).Tokens.Should().Be(123_456);
        Read(more).BoundPrompt(mostInput: null).Tokens.Should().Be(TokenUsage.MaxTokens);
    }

    [Fact]
    public void A_picture_counts_as_the_dearest_one_and_not_by_its_bytes()
    {
        var data = "data:image/png;base64," + new string('A', 100_000);
        var request = Read($$""","input":[{"role":"user","content":[{"type":"input_image","image_url":"{{data}}"}]}]""");

        var bound = request.BoundPrompt(mostInput: null);

        (bound.Tokens, bound.HasPictures).Should().Be((request.Body.Length - data.Length + Overhead + 40_000, true));
    }

    [Fact]
    public void What_stands_where_no_picture_stands_is_text()
    {
        var request = Read($$""","input":[{"role":"user","image_url":"data:{{new string('A', 100_000)}}","content":"a"}]""");

        request.BoundPrompt(mostInput: null).Tokens.Should().BeGreaterThan(100_000);
    }

    [Fact]
    public void A_document_counts_by_four_tokens_a_byte()
    {
        var request = Read(""","input":[{"role":"user","content":[{"type":"input_file","file_data":"0123456789"}]}]""");

        request.BoundPrompt(mostInput: null).Tokens.Should().Be(request.Body.Length + Overhead + 30);
    }

    [Theory]
    [InlineData("", 16)]
    [InlineData(""","max_tool_calls":3""", 3)]
    public void Searches_are_held_as_often_as_they_may_be_made(string more, int searches)
    {
        var request = Read(""","input":"a","tools":[{"type":"web_search"}]""" + more);
        var price = Price.From(0, 0.5m, """{"search_context_cost_per_query":{"search_context_size_medium":0.01}}""")!;

        request.Needs(Target(price)).Cost!.Value.Fixed.Should().Be(searches * 0.01m);
    }

    [Theory]
    [InlineData("", null, null, 0)]
    [InlineData("", 4000L, 4000L, 0)]
    [InlineData(""","max_output_tokens":50""", 4000L, 50L, 50)]
    [InlineData(""","max_output_tokens":5000""", 4000L, 4000L, 4000)]
    public void The_cap_is_the_callers_within_the_models(string more, long? most, long? cap, long counted)
    {
        var request = Read(""","input":"Hello" """ + more);

        var needs = request.Needs(Target(Price.Free) with { MaxOutputTokens = most });

        (needs.OutputCap, needs.EstimatedTokens).Should().Be((cap, request.EstimatePrompt() + counted));
    }

    private static ResponsesRequest Read(string more) =>
        ResponsesRequest.TryParse(Encoding.UTF8.GetBytes($$"""{"model":"m"{{more}}}"""), out var request, out var error)
            ? request
            : throw new ArgumentException(error!.Message);

    private static InferenceTarget Target(Price price)
    {
        var target = Chats.Target("m");
        return target with { Destination = target.Destination with { Price = price } };
    }
}
