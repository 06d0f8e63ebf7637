using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using CleanGateway.Application.Embeddings;
using CleanGateway.Infrastructure.ProviderAdapters.Dialects;
using CleanGateway.Infrastructure.ProviderAdapters.Dialects.Gemini;

namespace CleanGateway.UnitTests.Infrastructure.ProviderAdapters.Gemini;

public sealed class GeminiEmbeddingsTests : IDisposable
{
    private const string Vertex = "https://europe-west4-aiplatform.googleapis.com/v1/projects/acme/locations/europe-west4/publishers/google/models/";

    private readonly GeminiCalls gemini = new();

    [Fact]
    public void The_Gemini_API_is_asked_for_all_texts_in_one_batch()
    {
        var sent = Write("""{"model":"gemini-embedding-001","input":["a","ä\n"],"dimensions":256,"task_type":"RETRIEVAL_QUERY","user":"u"}""").Message!;

        sent.Url.AbsoluteUri.Should().Be("https://generativelanguage.googleapis.com/v1beta/models/gemini-embedding-001:batchEmbedContents");
        JsonNode.Parse(sent.Body.Span).ShouldEqual(
            JsonNode.Parse("""
                {"requests":[
                  {"model":"models/gemini-embedding-001","content":{"parts":[{"text":"a"}]},"taskType":"RETRIEVAL_QUERY","outputDimensionality":256},
                  {"model":"models/gemini-embedding-001","content":{"parts":[{"text":"ä\n"}]},"taskType":"RETRIEVAL_QUERY","outputDimensionality":256}]}
                """), "the request");
    }

    [Theory]
    [InlineData(
        """{"model":"text-embedding-005","input":["a","b"],"dimensions":256,"task_type":"CLUSTERING"}""", "text-embedding-005:predict",
        """{"instances":[{"content":"a","task_type":"CLUSTERING"},{"content":"b","task_type":"CLUSTERING"}],"parameters":{"outputDimensionality":256,"autoTruncate":false}}""")]
    [InlineData(
        """{"model":"gemini-embedding-001","input":["a"]}""", "gemini-embedding-001:predict",
        """{"instances":[{"content":"a"}],"parameters":{"autoTruncate":false}}""")]
    [InlineData(
        """{"model":"gemini-embedding-2-preview","input":"a","dimensions":8}""", "gemini-embedding-2-preview:embedContent",
        """{"content":{"parts":[{"text":"a"}]},"outputDimensionality":8}""")]
    public void Vertex_AI_is_asked_as_the_model_wants_it(string json, string url, string body)
    {
        var sent = Write(json, GeminiCalls.Vertex).Message!;

        sent.Url.AbsoluteUri.Should().Be(Vertex + url);
        JsonNode.Parse(sent.Body.Span).ShouldEqual(JsonNode.Parse(body), "the request");
    }

    [Theory]
    [InlineData("""{"model":"gemini-embedding-001","input":["a","b"]}""", "input")]
    [InlineData("""{"model":"gemini-embedding-2","input":["a","b"]}""", "input")]
    [InlineData("""{"model":"text-embedding-005","input":[1,2]}""", "input")]
    [InlineData("""{"model":"text-embedding-005","input":"a","encoding_format":"int8"}""", "encoding_format")]
    [InlineData("""{"model":"text-embedding-005","input":"a","truncate":true}""", "truncate")]
    [InlineData("""{"model":"text-embedding-005","input":"a","task_type":7}""", "task_type")]
    public void What_Vertex_AI_cannot_be_asked_is_an_error_that_names_it(string json, string param) =>
        Write(json, GeminiCalls.Vertex).Error!.Param.Should().Be(param);

    [Theory]
    [InlineData("""{"embeddings":[{"values":[1,-0.5]},{"values":[0.25,2e-1]}],"usageMetadata":{"promptTokenCount":7}}""", 7)]
    [InlineData("""{"embeddings":[{"values":[1,-0.5]},{"values":[0.25,0.2]}]}""", null)]
    [InlineData("""{"predictions":[{"embeddings":{"values":[1,-0.5],"statistics":{"token_count":3,"truncated":false}}},{"embeddings":{"values":[0.25,0.2],"statistics":{"token_count":4.0}}}]}""", 7)]
    [InlineData("""{"predictions":[{"embeddings":{"values":[1,-0.5],"statistics":{"token_count":3}}},{"embeddings":{"values":[0.25,0.2]}}]}""", null)]
    public void Vectors_are_said_in_OpenAIs_form_with_what_was_counted(string upstream, int? tokens)
    {
        var usage = tokens is null ? "" : $$""","usage":{"prompt_tokens":{{tokens}},"total_tokens":{{tokens}}}""";

        JsonNode.Parse(Read(upstream).Span).ShouldEqual(
            JsonNode.Parse($$"""
                {"object":"list","data":[{"object":"embedding","index":0,"embedding":[1,-0.5]},{"object":"embedding","index":1,"embedding":[0.25,0.2]}],
                 "model":"text-embedding-005"{{usage}}}
                """), "the answer");
    }

    [Theory]
    [InlineData("""{"embeddings":[{"values":[1]}]}""")]
    [InlineData("""{"embeddings":[{"values":["a"]},{"values":[1]}]}""")]
    [InlineData("""{"embeddings":[{},{}]}""")]
    [InlineData("""{}""")]
    public void Other_than_a_vector_for_each_text_is_no_answer(string upstream)
    {
        var read = () => Read(upstream);

        read.Should().Throw<Exception>().Where(wrong => wrong is JsonException || wrong is InvalidDataException);
    }

    public void Dispose() => gemini.Dispose();

    private ReadOnlyMemory<byte> Read(string upstream)
    {
        var answer = Write("""{"model":"text-embedding-005","input":["a","b"]}""").Message!.Answer.ReadWhole(Encoding.UTF8.GetBytes(upstream), out var failure);
        failure.Should().BeNull();
        return answer;
    }

    private DialectRequest Write(string json, GeminiSurface? surface = null)
    {
        EmbeddingsRequest.TryParse(Encoding.UTF8.GetBytes(json), out var request, out _).Should().BeTrue();
        return gemini.Dialect(surface).Write(request, Chats.Target(request.Model));
    }
}
