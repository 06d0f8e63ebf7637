using System.Text.Json;
using CleanGateway.Infrastructure.ProviderAdapters.Dialects.Chat;

namespace CleanGateway.Infrastructure.ProviderAdapters.Dialects.Anthropic;

/// <summary>
/// What a message's <c>usage</c> objects say together: a stream tells it in pieces, each of the whole call until then, so
/// that a later number takes the place of an earlier one.
/// </summary>
internal sealed class AnthropicUsage
{
    private readonly Dictionary<string, long> counts = new(StringComparer.Ordinal);
    private readonly Dictionary<string, string> words = new(StringComparer.Ordinal);

    /// <param name="usage">Null says nothing.</param>
    public void Add(JsonElement? usage)
    {
        if (usage is not { ValueKind: JsonValueKind.Object } said)
            return;

        foreach (var member in said.EnumerateObject())
        {
            if (member.Value.ValueKind == JsonValueKind.Number && member.Value.TryGetInt64(out var count))
                counts[member.Name] = count;
            else if (member.Value.ValueKind == JsonValueKind.String)
                words[member.Name] = member.Value.GetString()!;
            else if (member.Name is "cache_creation" or "output_tokens_details" or "server_tool_use")
                Add(member.Value);   // none of their names is used twice
        }
    }

    /// <returns>Null when nothing was counted.</returns>
    public ChatUsage? ToChat()
    {
        if (!counts.ContainsKey("input_tokens") || !counts.ContainsKey("output_tokens"))
            return null;

        var written1h = Count("ephemeral_1h_input_tokens");
        var written = Math.Max(Count("cache_creation_input_tokens"), Count("ephemeral_5m_input_tokens") + written1h);

        // Anthropic's input is without the cache's.
        return new ChatUsage(Count("input_tokens") + Count("cache_read_input_tokens") + written, Count("output_tokens"))
        {
            CachedTokens = Count("cache_read_input_tokens"),
            CacheWriteTokens = written - written1h,
            CacheWrite1hTokens = written1h,
            ReasoningTokens = Count("thinking_tokens"),
            WebSearches = Count("web_search_requests"),
            ServiceTier = Word("service_tier") is "standard" ? "default" : Word("service_tier"),
            InferenceGeo = Word("inference_geo"),
            Speed = Word("speed"),
        };
    }

    private long Count(string name) => counts.GetValueOrDefault(name);

    private string? Word(string name) => words.GetValueOrDefault(name);
}
