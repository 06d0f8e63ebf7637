using System.Text;
using CleanGateway.Application.Embeddings;
using CleanGateway.Infrastructure.ProviderAdapters.Dialects.Embeddings;

namespace CleanGateway.UnitTests.Infrastructure.ProviderAdapters;

public class EmbeddingsAnswerTests
{
    private static readonly ReadOnlyMemory<float>[] Vectors = [new[] { 0.5f, -1.25f }, new[] { 0.1f, 3e-7f }];

    [Theory]
    [InlineData("", "[0.5,-1.25]", "[0.1,3E-07]")]
    [InlineData(""","encoding_format":"float" """, "[0.5,-1.25]", "[0.1,3E-07]")]
    [InlineData(""","encoding_format":"base64" """, "\"AAAAPwAAoL8=\"", "\"zczMPbAPoTQ=\"")]
    public void Vectors_are_written_as_they_were_asked_for(string format, string first, string second) =>
        Encoding.UTF8.GetString(EmbeddingsAnswer.Write(Read("""["a","b"]""", format), "e-1", Vectors, promptTokens: 8).Span).Should().Be(
            $$$"""{"object":"list","data":[{"object":"embedding","index":0,"embedding":{{{first}}}},{"object":"embedding","index":1,"embedding":{{{second}}}}],"model":"e-1","usage":{"prompt_tokens":8,"total_tokens":8}}""");

    [Fact]
    public void What_nobody_counted_is_not_told()
    {
        var request = Read("""["a","b"]""");

        var facts = request.Read(EmbeddingsAnswer.Write(request, "e-1", Vectors, promptTokens: null).Span);

        (facts.IsAnswer, facts.Model, facts.Usage).Should().Be((true, "e-1", null));
    }

    [Fact]
    public void A_vector_that_is_missing_is_no_answer() =>
        FluentActions.Invoking(() => EmbeddingsAnswer.Write(Read("\"a\""), "e-1", Vectors, 8)).Should().Throw<InvalidDataException>();

    [Fact]
    public void A_number_that_is_none_is_no_answer() =>
        FluentActions.Invoking(() => EmbeddingsAnswer.Write(Read("\"a\""), "e-1", [new[] { float.NaN }], 8)).Should().Throw<InvalidDataException>();

    [Theory]
    [InlineData("\"H\\u00e9\"", "Hé")]
    [InlineData("[\"a\",\"b\"]", "a|b")]
    public void Texts_are_read_in_their_order(string input, string texts)
    {
        EmbeddingsTexts.Read(Read(input), out var read).Should().BeNull();

        string.Join('|', read).Should().Be(texts);
    }

    [Theory]
    [InlineData("[1,2]", "", "input", "unsupported_value")]
    [InlineData("[[1],[2]]", "", "input", "unsupported_value")]
    [InlineData("\"a\"", ""","encoding_format":"ubinary" """, "encoding_format", "unsupported_value")]
    [InlineData("[\"\\ud800\"]", "", "input", "invalid_value")]
    public void What_other_languages_cannot_say_is_named(string input, string more, string param, string code)
    {
        var error = EmbeddingsTexts.Read(Read(input, more), out var texts);

        (error!.Param, error.Code, texts.Count).Should().Be((param, code, 0));
    }

    private static EmbeddingsRequest Read(string input, string more = "") =>
        EmbeddingsRequest.TryParse(Encoding.UTF8.GetBytes($$"""{"model":"m","input":{{input}}{{more}}}"""), out var request, out var error)
            ? request
            : throw new ArgumentException(error!.Message);
}
