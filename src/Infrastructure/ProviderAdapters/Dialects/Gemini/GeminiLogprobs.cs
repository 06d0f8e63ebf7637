using System.Buffers;
using System.Text;
using System.Text.Json;

namespace CleanGateway.Infrastructure.ProviderAdapters.Dialects.Gemini;

/// <summary>Says <c>logprobsResult</c> as OpenAI's <c>logprobs.content</c>.</summary>
internal static class GeminiLogprobs
{
    /// <returns>An array; null when there is none.</returns>
    public static JsonElement? Read(JsonElement result)
    {
        var chosen = result.Items("chosenCandidates").ToList();
        if (chosen.Count == 0)
            return null;

        var top = result.Items("topCandidates").ToList();
        var content = new ArrayBufferWriter<byte>(256);
        using (var json = new Utf8JsonWriter(content))
        {
            json.WriteStartArray();
            for (var index = 0; index < chosen.Count; index++)
            {
                json.WriteStartObject();
                WriteToken(json, chosen[index]);
                json.WriteStartArray("top_logprobs");
                foreach (var candidate in index < top.Count ? top[index].Items("candidates") : [])
                {
                    json.WriteStartObject();
                    WriteToken(json, candidate);
                    json.WriteEndObject();
                }

                json.WriteEndArray();
                json.WriteEndObject();
            }

            json.WriteEndArray();
        }

        return JsonElement.Parse(content.WrittenSpan);
    }

    private static void WriteToken(Utf8JsonWriter json, JsonElement candidate)
    {
        var token = candidate.TextOf("token") ?? "";
        json.WriteString("token", token);
        json.WritePropertyName("logprob");
        if (candidate.Has("logProbability"))
            candidate.GetProperty("logProbability").WriteTo(json);
        else
            json.WriteNumberValue(0);   // certain, and left out as such
        json.WriteStartArray("bytes");
        foreach (var one in Encoding.UTF8.GetBytes(token))
            json.WriteNumberValue(one);
        json.WriteEndArray();
    }
}
