using System.Buffers;
using System.Buffers.Binary;
using System.Text.Json;
using CleanGateway.Application.Embeddings;

namespace CleanGateway.Infrastructure.ProviderAdapters.Dialects.Embeddings;

/// <summary>Writes OpenAI's answer out of vectors that came in another form.</summary>
internal static class EmbeddingsAnswer
{
    /// <summary>What callers get who do not say.</summary>
    public const string Numbers = "float";

    /// <summary>Little-endian float32, as OpenAI's own clients ask for it.</summary>
    public const string Base64 = "base64";

    /// <param name="request">What was asked, and in which encoding.</param>
    /// <param name="model">What the provider calls the model.</param>
    /// <param name="vectors">One for each text, in their order.</param>
    /// <param name="promptTokens">What the provider counted; null when it did not, and then the gateway estimates.</param>
    /// <exception cref="InvalidDataException">There is not one vector for each text, or one has a number that is none.</exception>
    public static ReadOnlyMemory<byte> Write(EmbeddingsRequest request, string model, IReadOnlyList<ReadOnlyMemory<float>> vectors, long? promptTokens)
    {
        if (vectors.Count != request.Input.Count)
            throw new InvalidDataException($"{vectors.Count} vectors for {request.Input.Count} texts.");

        var isBase64 = request.EncodingFormat == Base64;
        var buffer = new ArrayBufferWriter<byte>(256 + (vectors.Sum(vector => vector.Length) * (isBase64 ? 6 : 12)));
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            json.WriteString("object", "list");
            json.WriteStartArray("data");
            for (var index = 0; index < vectors.Count; index++)
            {
                json.WriteStartObject();
                json.WriteString("object", "embedding");
                json.WriteNumber("index", index);
                json.WritePropertyName("embedding");
                WriteVector(json, vectors[index].Span, isBase64);
                json.WriteEndObject();
            }

            json.WriteEndArray();
            json.WriteString("model", model);
            if (promptTokens is { } tokens)
            {
                json.WriteStartObject("usage");
                json.WriteNumber("prompt_tokens", tokens);
                json.WriteNumber("total_tokens", tokens);
                json.WriteEndObject();
            }

            json.WriteEndObject();
        }

        return buffer.WrittenMemory;
    }

    private static void WriteVector(Utf8JsonWriter json, ReadOnlySpan<float> vector, bool isBase64)
    {
        foreach (var number in vector)
        {
            if (!float.IsFinite(number))
                throw new InvalidDataException("A vector has a number that is none.");
        }

        if (isBase64)
        {
            var bytes = new byte[vector.Length * sizeof(float)];
            for (var i = 0; i < vector.Length; i++)
                BinaryPrimitives.WriteSingleLittleEndian(bytes.AsSpan(i * sizeof(float)), vector[i]);
            json.WriteBase64StringValue(bytes);
            return;
        }

        json.WriteStartArray();
        foreach (var number in vector)
            json.WriteNumberValue(number);
        json.WriteEndArray();
    }
}
