using System.Text.Json;
using CleanGateway.Infrastructure.ProviderAdapters.Dialects.Chat;

namespace CleanGateway.Infrastructure.ProviderAdapters.Dialects.Gemini;

/// <summary>Reads <c>usageMetadata</c>, which every chunk of a stream may have and which counts from its beginning.</summary>
internal static class GeminiUsage
{
    /// <summary>Something is counted in it.</summary>
    public static bool IsCounted(JsonElement usage) =>
        usage.Has("promptTokenCount") || usage.Has("candidatesTokenCount") || usage.Has("totalTokenCount");

    /// <param name="usage">One in which something is counted.</param>
    /// <param name="traffic">The last <c>trafficType</c> that was told.</param>
    /// <param name="searches">Searches of the web that are charged.</param>
    public static ChatUsage Read(JsonElement usage, string? traffic, long searches)
    {
        var prompt = usage.Count("promptTokenCount") ?? 0;
        var tools = usage.Count("toolUsePromptTokenCount") ?? 0;
        var candidates = usage.Count("candidatesTokenCount") ?? 0;
        var thoughts = usage.Count("thoughtsTokenCount") ?? 0;

        // Thoughts are counted beside the candidates, but for models that count them in: the total tells.
        var total = usage.Count("totalTokenCount");
        var isInclusive = thoughts > 0 && (total == prompt + candidates || total == prompt + tools + candidates);
        return new ChatUsage(prompt + tools, isInclusive ? candidates : candidates + thoughts)
        {
            CachedTokens = usage.Count("cachedContentTokenCount") ?? 0,
            ReasoningTokens = thoughts,
            AudioInputTokens = Of(usage, "promptTokensDetails", "AUDIO") + Of(usage, "toolUsePromptTokensDetails", "AUDIO"),
            ImageInputTokens = Of(usage, "promptTokensDetails", "IMAGE") + Of(usage, "toolUsePromptTokensDetails", "IMAGE"),
            AudioOutputTokens = Of(usage, "candidatesTokensDetails", "AUDIO"),
            ImageOutputTokens = Of(usage, "candidatesTokensDetails", "IMAGE"),
            WebSearches = searches,
            ServiceTier = TierOf(traffic),
        };
    }

    private static long Of(JsonElement usage, string list, string modality) =>
        usage.Items(list).Where(item => item.TextOf("modality") == modality).Sum(item => item.Count("tokenCount") ?? 0);

    // "scale" is OpenAI's word for capacity that is paid for in advance.
    private static string? TierOf(string? traffic) => traffic switch
    {
        "ON_DEMAND_PRIORITY" => "priority",
        "ON_DEMAND_FLEX" => "flex",
        "PROVISIONED_THROUGHPUT" => "scale",
        "ON_DEMAND" or "ON_DEMAND_OFFPEAK" => "default",
        _ => null,
    };
}
