using System.Net.Http.Headers;
using System.Text.Json;
using CleanGateway.Application.Embeddings;
using CleanGateway.Infrastructure.ProviderAdapters.Dialects.Embeddings;
using CleanGateway.Infrastructure.ProviderAdapters.Framing;

namespace CleanGateway.Infrastructure.ProviderAdapters.Dialects.Gemini;

/// <summary>Reads vectors, in whichever of Google's three forms they come.</summary>
internal sealed class GeminiEmbeddingsReader(EmbeddingsRequest request, string model) : IAnswerReader
{
    public void Begin(HttpResponseHeaders headers) { }

    public ReadOnlyMemory<byte> ReadWhole(ReadOnlyMemory<byte> body, out UpstreamFailure? failure)
    {
        try
        {
            var reader = new Utf8JsonReader(body.Span);
            var root = JsonElement.ParseValue(ref reader);
            failure = GeminiErrors.Find(root);
            return failure is null ? Read(root) : default;
        }
        catch (Exception wrong) when (wrong is InvalidOperationException or KeyNotFoundException or FormatException)
        {
            throw new JsonException("The answer is not of the provider's language.", wrong);
        }
    }

    public void Read(UpstreamEvent item, AnswerEvents answer) => throw new InvalidDataException("Vectors are answered as a whole.");

    public void End(AnswerEvents answer) { }

    private ReadOnlyMemory<byte> Read(JsonElement root)
    {
        if (root.Has("predictions"))
        {
            var predictions = root.Items("predictions").Select(item => item.GetProperty("embeddings")).ToList();
            var counts = predictions.Select(item => item.Has("statistics") ? item.GetProperty("statistics").Count("token_count") : null).ToList();
            return Write(predictions, counts.TrueForAll(count => count is not null) ? counts.Sum() : null);
        }

        var tokens = root.Has("usageMetadata") ? root.GetProperty("usageMetadata").Count("promptTokenCount") : null;
        return Write(root.Has("embedding") ? [root.GetProperty("embedding")] : [.. root.Items("embeddings")], tokens);
    }

    private ReadOnlyMemory<byte> Write(List<JsonElement> embeddings, long? tokens) => EmbeddingsAnswer.Write(
        request, model,
        [.. embeddings.Select(VectorOf)],
        tokens);

    private static ReadOnlyMemory<float> VectorOf(JsonElement embedding) =>
        embedding.GetProperty("values").EnumerateArray().Select(number => number.GetSingle()).ToArray();
}
