using System.Text.Json;
using CleanGateway.Application.ChatCompletions;
using CleanGateway.Application.Common;
using CleanGateway.Application.Inference;
using CleanGateway.Domain.Usage;

namespace CleanGateway.Application.Embeddings;

/// <summary>Reads what the gateway has to know of an answer with vectors.</summary>
internal static class EmbeddingsFacts
{
    /// <exception cref="JsonException">Not a JSON object, or not JSON at all.</exception>
    public static AnswerFacts Read(ReadOnlySpan<byte> json)
    {
        var reader = new Utf8JsonReader(json, new JsonReaderOptions { MaxDepth = ChatFacts.MaxDepth });
        if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject)
            throw new JsonException("An answer must be a JSON object.");

        var hasData = false;
        string? model = null;
        UsageReport? usage = null;
        JsonSlice? errorAt = null;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var (isData, isModel, isUsage, isError) = (reader.Says("data"u8), reader.Says("model"u8), reader.Says("usage"u8), reader.Says("error"u8));
            reader.Read();
            if (isData)
                hasData = reader.TokenType == JsonTokenType.StartArray;
            else if (isModel)
                model = reader.TextOrNull();
            else if (isUsage)
                usage = reader.TokenType == JsonTokenType.Null ? null : UsageReader.Read(ref reader, hasOutput: false);

            if (isError && reader.TokenType != JsonTokenType.Null)
            {
                var start = reader.TokenStartIndex;
                reader.Skip();
                errorAt = JsonSlice.Between(start, reader.BytesConsumed);
            }

            reader.Skip();
        }

        // Reading to the end shows that the rest is JSON too.
        while (reader.Read())
        {
        }

        return new AnswerFacts { IsAnswer = hasData, Model = model, Usage = usage, ErrorAt = errorAt };
    }
}
