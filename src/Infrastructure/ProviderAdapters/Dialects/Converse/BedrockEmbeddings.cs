using System.Buffers;
using System.Collections.Frozen;
using System.Globalization;
using System.Net.Http.Headers;
using System.Text.Encodings.Web;
using System.Text.Json;
using CleanGateway.Application.Embeddings;
using CleanGateway.Application.Inference;
using CleanGateway.Domain.Common;
using CleanGateway.Infrastructure.ProviderAdapters.Dialects.Chat;
using CleanGateway.Infrastructure.ProviderAdapters.Dialects.Embeddings;
using CleanGateway.Infrastructure.ProviderAdapters.Framing;

namespace CleanGateway.Infrastructure.ProviderAdapters.Dialects.Converse;

/// <summary>
/// Vectors through InvokeModel, whose bodies are each vendor's own: Amazon Titan, one text to a call, and Cohere. Cohere
/// makes vectors for a purpose (<c>input_type</c>); who does not say which gets those of documents, as LiteLLM does it.
/// </summary>
internal static class BedrockEmbeddings
{
    private const int MostTextsOfCohere = 96;

    private static readonly FrozenSet<string> Everywhere =
        new[] { "model", "input", "user", "encoding_format", "dimensions" }.ToFrozenSet(StringComparer.Ordinal);

    /// <summary>Writes a request to a model of which <see cref="BedrockModel.Embeddings"/> says how.</summary>
    /// <exception cref="GatewayException">A parameter is wrong.</exception>
    public static DialectRequest Write(EmbeddingsRequest request, InferenceTarget target, UpstreamAccount account)
    {
        if (EmbeddingsTexts.Read(request, out var texts) is { } error)
            return error;

        var model = BedrockModel.Of(target);
        var isCohere = model.Embeddings == "cohere";
        var most = isCohere ? MostTextsOfCohere : 1;
        if (texts.Count > most)
        {
            return GatewayError.Invalid(
                FormattableString.Invariant($"Invalid 'input': {texts.Count} texts, but the model '{request.Model}' takes at most {most} in a call."),
                "input", "array_above_max_length");
        }

        var reader = new Utf8JsonReader(request.Body.Span);
        var root = JsonElement.ParseValue(ref reader);
        var unsaid = new UnsaidParams(target, "Bedrock");
        string[] own = isCohere ? ["input_type", "truncate"] : model.TakesDimensions ? ["normalize"] : [];
        foreach (var member in root.EnumerateObject().Where(member => member.Value.ValueKind != JsonValueKind.Null))
        {
            if (!Everywhere.Contains(member.Name) && !own.Contains(member.Name))
                unsaid.Add(member.Name);
        }

        if (request.Dimensions is not null && !model.TakesDimensions)
            unsaid.Add("dimensions", $"this model makes vectors of one length only. {ConverseRequest.WayOut}");
        if (unsaid.Error is not null)
            return unsaid.Error;

        var dimensions = model.TakesDimensions ? request.Dimensions : null;
        var body = WriteBody(json =>
        {
            if (isCohere)
                WriteCohere(json, texts, root, dimensions);
            else
                WriteTitan(json, texts[0], dimensions, own.Length == 0 ? null : root.Flag("normalize", "normalize"));
        });
        return new UpstreamMessage(BedrockUrls.Of(account, target.UpstreamModel, "invoke"), body, new Reader(request, target.UpstreamModel))
        {
            DroppedParams = unsaid.Dropped,
        };
    }

    private static ReadOnlyMemory<byte> WriteBody(Action<Utf8JsonWriter> write)
    {
        var buffer = new ArrayBufferWriter<byte>(1024);
        using (var json = new Utf8JsonWriter(buffer, new JsonWriterOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
        {
            json.WriteStartObject();
            write(json);
            json.WriteEndObject();
        }

        return buffer.WrittenMemory;
    }

    private static void WriteTitan(Utf8JsonWriter json, string text, int? dimensions, bool? normalize)
    {
        json.WriteString("inputText", text);
        if (dimensions is { } length)
            json.WriteNumber("dimensions", length);
        if (normalize is { } flag)
            json.WriteBoolean("normalize", flag);
    }

    private static void WriteCohere(Utf8JsonWriter json, IReadOnlyList<string> texts, JsonElement root, int? dimensions)
    {
        json.WriteStartArray("texts");
        foreach (var text in texts)
            json.WriteStringValue(text);
        json.WriteEndArray();
        json.WriteString("input_type", root.Text("input_type", "input_type") ?? "search_document");
        json.WriteStartArray("embedding_types");
        json.WriteStringValue("float");
        json.WriteEndArray();
        if (root.Text("truncate", "truncate") is { } truncate)
            json.WriteString("truncate", truncate);
        if (dimensions is { } length)
            json.WriteNumber("output_dimension", length);
    }

    private sealed class Reader(EmbeddingsRequest request, string model) : IAnswerReader
    {
        private long? tokens;

        public void Begin(HttpResponseHeaders headers)
        {
            if (headers.TryGetValues("x-amzn-bedrock-input-token-count", out var values)
                && long.TryParse(values.FirstOrDefault(), NumberStyles.None, CultureInfo.InvariantCulture, out var count))
            {
                tokens = count;
            }
        }

        public ReadOnlyMemory<byte> ReadWhole(ReadOnlyMemory<byte> body, out UpstreamFailure? failure)
        {
            failure = null;
            try
            {
                var reader = new Utf8JsonReader(body.Span);
                var root = JsonElement.ParseValue(ref reader);
                if (root.Given("embedding") is null && root.Given("embeddings") is null)
                {
                    failure = BedrockErrors.Read(root);
                    return default;
                }

                var counted = root.Given("inputTextTokenCount")?.GetInt64() ?? tokens;
                return EmbeddingsAnswer.Write(request, model, [.. Vectors(root)], counted);
            }
            catch (Exception wrong) when (wrong is InvalidOperationException or KeyNotFoundException or FormatException)
            {
                throw new JsonException("The answer is not of the provider's language.", wrong);
            }
        }

        public void Read(UpstreamEvent item, AnswerEvents answer) => throw new InvalidDataException("Vectors do not come in a stream.");

        public void End(AnswerEvents answer) { }

        // Titan's one; Cohere's in a list, by itself or under its type.
        private static IEnumerable<ReadOnlyMemory<float>> Vectors(JsonElement root)
        {
            if (root.Given("embedding") is { } one)
                return [Vector(one)];

            var several = root.GetProperty("embeddings");
            return (several.ValueKind == JsonValueKind.Array ? several : several.GetProperty("float")).EnumerateArray().Select(Vector);
        }

        private static ReadOnlyMemory<float> Vector(JsonElement numbers) => numbers.EnumerateArray().Select(number => number.GetSingle()).ToArray();
    }
}
