using System.Text;
using CleanGateway.Application.Embeddings;
using CleanGateway.Application.Inference;
using CleanGateway.Domain.Common;
using CleanGateway.Domain.Usage;
using CleanGateway.UnitTests.Infrastructure.ProviderAdapters;

namespace CleanGateway.UnitTests.Application.Embeddings;

public class EmbeddingsRequestTests
{
    [Theory]
    [InlineData("\"Hello\"", EmbeddingsInputForm.Text, 1, 5, 0)]
    [InlineData("[\"Hello\", \"you\"]", EmbeddingsInputForm.Texts, 2, 8, 0)]
    [InlineData("[1, 2,3]", EmbeddingsInputForm.Tokens, 1, 0, 3)]
    [InlineData("[[1,2],[3]]", EmbeddingsInputForm.TokenLists, 2, 0, 3)]
    public void All_four_forms_of_input_are_read(string input, EmbeddingsInputForm form, int count, long bytes, long tokens)
    {
        var request = Read(input);

        (request.Input.Form, request.Input.Count, request.Input.Bytes, request.Input.Tokens).Should().Be((form, count, bytes, tokens));
        Encoding.UTF8.GetString(request.Body.Span[request.Input.At.Start..request.Input.At.End]).Should().Be(input);
    }

    [Fact]
    public void What_else_the_gateway_needs_is_read()
    {
        var request = Read("\"Hello\"", ""","encoding_format":"base64","dimensions":256,"user":"u1","x":[1]""");

        (request.EncodingFormat, request.Dimensions, request.User, request.Model, request.Stream).Should().Be(("base64", 256, "u1", "m", false));
    }

    [Theory]
    [InlineData("""{"input":"Hello"}""", "model", "missing_required_parameter")]
    [InlineData("""{"model":"m"}""", "input", "missing_required_parameter")]
    [InlineData("""{"model":"m","input":null}""", "input", "missing_required_parameter")]
    [InlineData("""{"model":"m","input":5}""", "input", "invalid_type")]
    [InlineData("""{"model":"m","input":{"text":"a"}}""", "input", "invalid_type")]
    [InlineData("""{"model":"m","input":["a",1]}""", "input", "invalid_type")]
    [InlineData("""{"model":"m","input":[1,"a"]}""", "input", "invalid_type")]
    [InlineData("""{"model":"m","input":[{"image":"a"}]}""", "input", "invalid_type")]
    [InlineData("""{"model":"m","input":""}""", "input", "invalid_value")]
    [InlineData("""{"model":"m","input":[]}""", "input", "empty_array")]
    [InlineData("""{"model":"m","input":["a",""]}""", "input", "invalid_value")]
    [InlineData("""{"model":"m","input":[[1],[]]}""", "input", "empty_array")]
    [InlineData("""{"model":"m","input":[1.5]}""", "input", "invalid_value")]
    [InlineData("""{"model":"m","input":[-1]}""", "input", "invalid_value")]
    [InlineData("""{"model":"m","input":[[1,[2]]]}""", "input", "invalid_value")]
    [InlineData("""{"model":"m","input":"a","dimensions":0}""", "dimensions", "invalid_value")]
    [InlineData("""{"model":"m","input":"a","encoding_format":1}""", "encoding_format", "invalid_type")]
    [InlineData("""{"model":"m","input":"a","user":{}}""", "user", "invalid_type")]
    [InlineData("[]", null, "invalid_type")]
    public void What_cannot_be_sent_is_named(string json, string? param, string code)
    {
        EmbeddingsRequest.TryParse(Encoding.UTF8.GetBytes(json), out _, out var error).Should().BeFalse();

        (error!.Kind, error.Param, error.Code).Should().Be((GatewayErrorKind.Invalid, param, code));
    }

    [Theory]
    [InlineData(2048, true)]
    [InlineData(2049, false)]
    public void No_more_texts_are_taken_than_openai_takes(int count, bool fits)
    {
        var json = $$"""{"model":"m","input":[{{string.Join(',', Enumerable.Repeat("\"a\"", count))}}]}""";

        EmbeddingsRequest.TryParse(Encoding.UTF8.GetBytes(json), out _, out var error).Should().Be(fits);

        error?.Code.Should().Be("array_above_max_length");
    }

    [Fact]
    public void One_text_may_have_any_number_of_tokens() => Read($"[{string.Join(',', Enumerable.Repeat("7", 8191))}]").Input.Tokens.Should().Be(8191);

    [Theory]
    [InlineData("\"\\u00e4\\u00f6\\u00fc!\"", 5)]
    [InlineData("[\"a\",\"b\",\"c\"]", 3)]
    [InlineData("[[1,2],[3]]", 3)]
    public void The_estimate_goes_by_four_bytes_a_token_and_by_the_tokens_themselves(string input, long tokens) => Read(input).EstimatePrompt().Should().Be(tokens);

    [Theory]
    [InlineData("\"Hello\"", null, 21)]
    [InlineData("[1,2,3]", null, 19)]
    [InlineData("[\"Hello\",\"Hello\"]", 6L, 12)]
    [InlineData("[\"Hello\",\"Hello\"]", 8192L, 42)]
    public void The_bound_is_never_less_than_bytes_or_tokens_nor_more_than_the_model_takes_of_each(string input, long? most, long tokens) =>
        Read(input).BoundPrompt(most).Should().Be(tokens);

    [Fact]
    public void What_it_may_cost_is_the_prompt_alone()
    {
        var needs = Read("[1,2,3]").Needs(Target(new Price(0.001m, 0.5m)));

        (needs.EstimatedTokens, needs.OutputCap).Should().Be((3, 0));
        needs.Cost.Should().Be(new CostBound(0.019m, 0));
    }

    [Fact]
    public void Without_a_price_there_is_no_bound() => Read("\"a\"").Needs(Target(null)).Cost.Should().BeNull();

    [Fact]
    public void A_call_that_nobody_counts_is_booked_at_its_prompt() => Read("[1,2,3]").Reserve().Should().Be(new TokenUsage(3, 0));

    [Theory]
    [InlineData("""{"object":"list","data":[{"embedding":[0.5]}],"model":"e-1","usage":{"prompt_tokens":8,"total_tokens":8}}""", 8)]
    [InlineData("""{"object":"list","data":[{"embedding":"AAAAPw=="}],"model":"e-1","usage":{"prompt_tokens":8,"completion_tokens":0,"total_tokens":8}}""", 8)]
    [InlineData("""{"data":[],"model":"e-1","usage":{"total_tokens":8}}""", 8)]
    [InlineData("""{"data":[],"model":"e-1","usage":{}}""", null)]
    [InlineData("""{"data":[],"model":"e-1","usage":null}""", null)]
    [InlineData("""{"data":[],"model":"e-1"}""", null)]
    public void An_answer_tells_what_was_counted_without_any_output(string json, int? tokens)
    {
        var facts = Read("\"a\"").Read(Encoding.UTF8.GetBytes(json));

        (facts.IsAnswer, facts.Model, facts.ErrorAt).Should().Be((true, "e-1", null));
        (facts.Usage?.Usage).Should().Be(tokens is { } counted ? new TokenUsage(counted, 0) : null);
    }

    [Theory]
    [InlineData("""{"error":{"message":"no"}}""", false, true)]
    [InlineData("""{"data":{}}""", false, false)]
    [InlineData("""{"data":[],"error":null}""", true, false)]
    public void What_is_no_answer_is_told_apart(string json, bool isAnswer, bool isError)
    {
        var facts = Read("\"a\"").Read(Encoding.UTF8.GetBytes(json));

        (facts.IsAnswer, facts.ErrorAt is not null).Should().Be((isAnswer, isError));
    }

    private static EmbeddingsRequest Read(string input, string more = "") =>
        EmbeddingsRequest.TryParse(Encoding.UTF8.GetBytes($$"""{"model":"m","input":{{input}}{{more}}}"""), out var request, out var error)
            ? request
            : throw new ArgumentException(error!.Message);

    private static InferenceTarget Target(Price? price)
    {
        var target = Chats.Target("m");
        return target with { Destination = target.Destination with { Price = price } };
    }
}
