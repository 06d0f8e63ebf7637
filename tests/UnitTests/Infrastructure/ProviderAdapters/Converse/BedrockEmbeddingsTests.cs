using System.Net;
using System.Text;
using System.Text.Json;
using CleanGateway.Application.Embeddings;
using CleanGateway.Application.Inference;
using CleanGateway.Infrastructure.ProviderAdapters.Dialects;

namespace CleanGateway.UnitTests.Infrastructure.ProviderAdapters.Converse;

public sealed class BedrockEmbeddingsTests : IDisposable
{
    private const string TitanOne = "amazon.titan-embed-text-v1";
    private const string Titan = "amazon.titan-embed-text-v2:0";
    private const string Cohere = "cohere.embed-english-v3";
    private const string CohereFour = "us.cohere.embed-v4:0";

    private readonly ConverseCalls calls = new();

    [Theory]
    [InlineData(TitanOne, """ "input":"größe" """, """{"inputText":"größe"}""")]
    [InlineData(Titan, """ "input":["a"],"dimensions":256,"normalize":false,"encoding_format":"base64","user":"u" """, """{"inputText":"a","dimensions":256,"normalize":false}""")]
    [InlineData(Cohere, """ "input":["a","b"] """, """{"texts":["a","b"],"input_type":"search_document","embedding_types":["float"]}""")]
    [InlineData(
        CohereFour, """ "input":"a","dimensions":512,"input_type":"search_query","truncate":"END" """,
        """{"texts":["a"],"input_type":"search_query","embedding_types":["float"],"truncate":"END","output_dimension":512}""")]
    public void A_request_is_said_in_the_words_of_the_model(string model, string members, string body)
    {
        var message = Write(model, members).Message!;

        Chats.Text(message.Body).Should().Be(body);
        message.Url.AbsolutePath.Should().Be($"/model/{model.Replace(":", "%3A", StringComparison.Ordinal)}/invoke");
    }

    [Theory]
    [InlineData(Titan, """ "input":["a","b"] """, "input")]
    [InlineData(Titan, """ "input":[1,2] """, "input")]
    [InlineData(Titan, """ "input":"a","encoding_format":"int8" """, "encoding_format")]
    [InlineData(Titan, """ "input":"a","normalize":1 """, "normalize")]
    [InlineData(Titan, """ "input":"a","input_type":"search_query" """, "input_type")]
    [InlineData(TitanOne, """ "input":"a","dimensions":256 """, "dimensions")]
    [InlineData(TitanOne, """ "input":"a","normalize":true """, "normalize")]
    [InlineData(Cohere, """ "input":"a","dimensions":256 """, "dimensions")]
    public void What_the_model_does_not_take_is_named(string model, string members, string param) =>
        Write(model, members).Error!.Param.Should().Be(param);

    [Fact]
    public void Parameters_that_may_be_left_out_are_and_that_is_told()
    {
        var message = Write(TitanOne, """ "input":"a","dimensions":256,"other":1 """, dropParams: true).Message!;

        message.DroppedParams.Should().BeEquivalentTo("dimensions", "other");
        Chats.Text(message.Body).Should().Be("""{"inputText":"a"}""");
    }

    [Theory]
    [InlineData(96, true)]
    [InlineData(97, false)]
    public void Cohere_takes_96_texts_in_a_call(int count, bool taken)
    {
        var texts = string.Join(',', Enumerable.Repeat("\"a\"", count));

        (Write(Cohere, $" \"input\":[{texts}] ").Error is null).Should().Be(taken);
    }

    [Theory]
    [InlineData(Titan, """{"embedding":[0.5,-1],"inputTextTokenCount":3}""", null, 3)]
    [InlineData(Cohere, """{"embeddings":[[0.5,-1]]}""", "7", 7)]
    [InlineData(CohereFour, """{"embeddings":{"float":[[0.5,-1]]}}""", "7", 7)]
    public void An_answer_is_said_in_the_words_of_OpenAI(string model, string body, string? header, int tokens)
    {
        var answer = Reader(model, header).ReadWhole(Encoding.UTF8.GetBytes(body), out var failure);

        failure.Should().BeNull();
        Chats.Text(answer).Should().Be(
            $$$"""{"object":"list","data":[{"object":"embedding","index":0,"embedding":[0.5,-1]}],"model":"{{{model}}}","usage":{"prompt_tokens":{{{tokens}}},"total_tokens":{{{tokens}}}}}""");
    }

    [Fact]
    public void What_nobody_counted_is_not_told() =>
        Chats.Text(Reader(Cohere, null).ReadWhole("""{"embeddings":[[1]]}"""u8.ToArray(), out _)).Should().NotContain("usage");

    [Theory]
    [InlineData("""{"embeddings":[[1],[2]]}""")]
    [InlineData("""{"embeddings":{"int8":[[1]]}}""")]
    [InlineData("""{"embeddings":[["a"]]}""")]
    public void An_answer_that_is_not_of_the_language_is_met_as_such(string body)
    {
        var read = () => Reader(Cohere, null).ReadWhole(Encoding.UTF8.GetBytes(body), out _);

        read.Should().Throw<Exception>().Which.Should().Match(wrong => wrong is JsonException || wrong is InvalidDataException);
    }

    [Fact]
    public void An_answer_without_vectors_is_a_failure()
    {
        Reader(Titan, null).ReadWhole("""{"Output":{"__type":"a#UnknownOperationException"}}"""u8.ToArray(), out var failure);

        failure!.Type.Should().Be("UnknownOperationException");
    }

    [Theory]
    [InlineData(Titan, true)]
    [InlineData(Cohere, true)]
    [InlineData("amazon.nova-2-multimodal-embeddings-v1:0", false)]
    [InlineData("amazon.nova-pro-v1:0", false)]
    public void Only_models_whose_words_are_known_are_asked(string model, bool spoken) =>
        calls.Dialect.Speaks(ApiFormat.Embeddings, ConverseCalls.Target(model)).Should().Be(spoken);

    public void Dispose() => calls.Dispose();

    private DialectRequest Write(string model, string members, bool dropParams = false)
    {
        EmbeddingsRequest.TryParse(Encoding.UTF8.GetBytes($$"""{"model":"{{model}}",{{members}}}"""), out var request, out var error).Should().BeTrue(error?.Message);
        return calls.Dialect.Write(request, ConverseCalls.Target(model, dropParams));
    }

    private IAnswerReader Reader(string model, string? tokens)
    {
        var reader = Write(model, """ "input":"a" """).Message!.Answer;
        using var response = new HttpResponseMessage(HttpStatusCode.OK);
        if (tokens is not null)
            response.Headers.Add("X-Amzn-Bedrock-Input-Token-Count", tokens);
        reader.Begin(response.Headers);
        return reader;
    }
}
