using System.Collections.Frozen;
using System.Text.Json;
using CleanGateway.Infrastructure.ProviderAdapters.Dialects.Chat;

namespace CleanGateway.Infrastructure.ProviderAdapters.Dialects.Converse;

/// <summary>What callers say to a model in its own words, which Bedrock hands on unread.</summary>
internal static class ConverseAdditional
{
    // What has a parameter of its own, which the gateway reads, caps and charges, in the words of any family of models; and what
    // has a price or a reach that no row of a model knows.
    private static readonly FrozenSet<string> NotAdditional = new[]
    {
        "max_tokens", "max_completion_tokens", "max_output_tokens", "max_new_tokens", "max_gen_len", "max_tokens_to_sample", "max_length",
        "maxTokens", "maxTokenCount", "maxOutputTokens", "inferenceConfig", "textGenerationConfig", "generationConfig",
        "n", "best_of", "num_generations", "numResults", "model", "messages", "system", "prompt", "inputText", "stream",
        "anthropic_version", "tools", "toolConfig", "mcp_servers", "container", "connectors", "web_search_options", "speed", "inference_geo",
        "service_tier", "serviceTier", "performanceConfig", "guardrailConfig",
    }.ToFrozenSet(StringComparer.OrdinalIgnoreCase);

    /// <summary>Adds a caller's fields: their word counts, where it is no way around what the gateway says.</summary>
    /// <param name="own">An object.</param>
    /// <param name="at">Where it stands in the request.</param>
    /// <param name="cap">The output cap; null when there is none.</param>
    public static void AddOwn(
        JsonElement own, string at, long? cap, OrderedDictionary<string, Action<Utf8JsonWriter>> fields, UnsaidParams unsaid)
    {
        foreach (var member in own.EnumerateObject())
        {
            var path = $"{at}.{member.Name}";
            if (NotAdditional.Contains(member.Name))
                unsaid.Refuse(path, "it cannot be set here. Use the request's own parameter for it, where there is one.");
            else if (member.Name != "thinking" || member.Value.ValueKind != JsonValueKind.Object)
                fields[member.Name] = member.Value.WriteTo;
            else if (ConverseThinking.Within(member.Value, cap) is { } within)
                fields[member.Name] = within;
            else
                unsaid.AddDropped(path);
        }
    }
}
