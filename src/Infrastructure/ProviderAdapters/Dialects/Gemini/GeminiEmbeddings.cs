using System.Buffers;
using System.Collections.Frozen;
using System.Text.Encodings.Web;
using System.Text.Json;
using CleanGateway.Application.Embeddings;
using CleanGateway.Application.Inference;
using CleanGateway.Domain.Common;
using CleanGateway.Infrastructure.ProviderAdapters.Dialects.Chat;
using CleanGateway.Infrastructure.ProviderAdapters.Dialects.Embeddings;

namespace CleanGateway.Infrastructure.ProviderAdapters.Dialects.Gemini;

/// <summary>
/// Asks for vectors: in one batch of the Gemini API, or by one of the two ways of Vertex AI, of which some models take one text
/// at a time.
/// </summary>
internal sealed class GeminiEmbeddings(GeminiSurface surface)
{
    private static readonly JsonWriterOptions Relaxed = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, SkipValidation = true };

    // task_type is Google's own: what the vectors are for.
    private static readonly FrozenSet<string> Said = new[] { "model", "input", "encoding_format", "dimensions", "user", "task_type" }
        .ToFrozenSet(StringComparer.Ordinal);

    public DialectRequest Write(EmbeddingsRequest request, InferenceTarget target)
    {
        if (EmbeddingsTexts.Read(request, out var texts) is { } unreadable)
            return unreadable;

        var root = JsonElement.Parse(request.Body.Span);
        var unsaid = new UnsaidParams(target, "Gemini");
        foreach (var member in root.EnumerateObject().Where(member => member.Value.ValueKind != JsonValueKind.Null && !Said.Contains(member.Name)))
            unsaid.Add(member.Name);

        var model = GeminiModels.Of(target);
        var most = surface.Predicts ? model.Number("max_embedding_inputs") : null;
        if (texts.Count > most)
            unsaid.Refuse(
                "input", $"this model takes {most} text at a time at this provider, but there are {texts.Count}. Send them in calls of their own.");
        if (unsaid.Error is { } error)
            return error;

        try
        {
            var asked = new Asked(surface.ResourceOf(target.UpstreamModel), texts, root.Text("task_type", "task_type"), request.Dimensions);
            var (method, body) = !surface.Predicts ? ("batchEmbedContents", Json(json => WriteBatch(json, asked)))
                : model.Can("uses_embed_content") == true ? ("embedContent", Json(json => WriteOne(json, asked)))
                : ("predict", Json(json => WriteInstances(json, asked)));
            return new UpstreamMessage(surface.UrlFor(target.UpstreamModel, method), body, new GeminiEmbeddingsReader(request, target.UpstreamModel))
            {
                DroppedParams = unsaid.Dropped,
            };
        }
        catch (GatewayException wrong)
        {
            return wrong.Error;
        }
    }

    private static void WriteBatch(Utf8JsonWriter json, Asked asked)
    {
        json.WriteStartArray("requests");
        foreach (var text in asked.Texts)
        {
            json.WriteStartObject();
            json.WriteString("model", asked.Resource);
            WriteContent(json, text, asked);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    private static void WriteOne(Utf8JsonWriter json, Asked asked) => WriteContent(json, asked.Texts[0], asked);

    private static void WriteContent(Utf8JsonWriter json, string text, Asked asked)
    {
        json.WriteStartObject("content");
        json.WriteStartArray("parts");
        json.WriteStartObject();
        json.WriteString("text", text);
        json.WriteEndObject();
        json.WriteEndArray();
        json.WriteEndObject();
        if (asked.TaskType is not null)
            json.WriteString("taskType", asked.TaskType);
        if (asked.Dimensions is { } dimensions)
            json.WriteNumber("outputDimensionality", dimensions);
    }

    // A text that is too long is refused, as OpenAI does it; left to itself, Google would cut it off without a word.
    private static void WriteInstances(Utf8JsonWriter json, Asked asked)
    {
        json.WriteStartArray("instances");
        foreach (var text in asked.Texts)
        {
            json.WriteStartObject();
            json.WriteString("content", text);
            if (asked.TaskType is not null)
                json.WriteString("task_type", asked.TaskType);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteStartObject("parameters");
        json.WriteBoolean("autoTruncate", false);
        if (asked.Dimensions is { } dimensions)
            json.WriteNumber("outputDimensionality", dimensions);
        json.WriteEndObject();
    }

    private static ReadOnlyMemory<byte> Json(Action<Utf8JsonWriter> write)
    {
        var body = new ArrayBufferWriter<byte>(512);
        using var json = new Utf8JsonWriter(body, Relaxed);
        json.WriteStartObject();
        write(json);
        json.WriteEndObject();
        json.Flush();
        return body.WrittenMemory;
    }

    /// <param name="Resource">The model's full name.</param>
    private sealed record Asked(string Resource, IReadOnlyList<string> Texts, string? TaskType, int? Dimensions);
}
