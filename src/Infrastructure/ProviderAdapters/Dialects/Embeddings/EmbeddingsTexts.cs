using System.Text.Json;
using CleanGateway.Application.Embeddings;
using CleanGateway.Domain.Common;

namespace CleanGateway.Infrastructure.ProviderAdapters.Dialects.Embeddings;

/// <summary>Takes the texts out of a request for vectors, for languages other than OpenAI's.</summary>
internal static class EmbeddingsTexts
{
    /// <summary>Reads what such a language can say.</summary>
    /// <param name="texts">One for each vector, in their order; empty where there is an error.</param>
    /// <returns>Null, or the error that names what cannot be said: tokens, which only OpenAI's models know, or another encoding.</returns>
    public static GatewayError? Read(EmbeddingsRequest request, out IReadOnlyList<string> texts)
    {
        texts = [];
        if (request.Input.Form is EmbeddingsInputForm.Tokens or EmbeddingsInputForm.TokenLists)
        {
            return GatewayError.Invalid(
                $"Unsupported 'input': the provider of the model '{request.Model}' does not take tokens; allowed are a string and an array of strings.",
                "input", "unsupported_value");
        }

        if (request.EncodingFormat is not (null or EmbeddingsAnswer.Numbers or EmbeddingsAnswer.Base64))
        {
            return GatewayError.Invalid(
                $"Unsupported 'encoding_format': the provider of the model '{request.Model}' gives numbers; allowed are float and base64.",
                "encoding_format", "unsupported_value");
        }

        try
        {
            texts = ReadTexts(request);
            return null;
        }
        catch (InvalidOperationException)
        {
            return GatewayError.Invalid("Invalid 'input': a text contains half of a surrogate pair.", "input", "invalid_value");
        }
    }

    private static List<string> ReadTexts(EmbeddingsRequest request)
    {
        var texts = new List<string>(request.Input.Count);
        var reader = new Utf8JsonReader(request.Body.Span[request.Input.At.Start..request.Input.At.End]);
        while (reader.Read())
        {
            if (reader.TokenType == JsonTokenType.String)
                texts.Add(reader.GetString()!);
        }

        return texts;
    }
}
