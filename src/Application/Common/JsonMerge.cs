using System.Text.Json;
using System.Text.Json.Nodes;
using CleanGateway.Domain.Usage;

namespace CleanGateway.Application.Common;

/// <summary>JSON documents that are changed as RFC 7396 (JSON Merge Patch) has it: members replace, null takes away.</summary>
internal static class JsonMerge
{
    /// <param name="json">A JSON object.</param>
    /// <param name="patch">A JSON object.</param>
    /// <returns>The result in <see cref="CanonicalJson"/>'s form; no digit of a number is lost.</returns>
    public static string Apply(string json, JsonElement patch)
    {
        var merged = Merge(JsonNode.Parse(json), patch)!;
        using var document = JsonDocument.Parse(merged.ToJsonString());
        return CanonicalJson.Write(document.RootElement);
    }

    private static JsonNode? Merge(JsonNode? target, JsonElement patch)
    {
        if (patch.ValueKind != JsonValueKind.Object)
            return patch.ValueKind == JsonValueKind.Null ? null : JsonNode.Parse(patch.GetRawText());

        var result = target as JsonObject ?? [];
        foreach (var member in patch.EnumerateObject())
        {
            if (member.Value.ValueKind == JsonValueKind.Null)
            {
                result.Remove(member.Name);
                continue;
            }

            var before = result[member.Name];
            result.Remove(member.Name);
            result[member.Name] = Merge(before, member.Value);
        }

        return result;
    }
}
