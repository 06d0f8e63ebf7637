using System.Text.Json;

namespace CleanGateway.Infrastructure.ProviderAdapters.Dialects.Chat;

/// <summary>
/// What a provider says it counted, in OpenAI's terms: cached tokens, those written to a cache and those of media are part
/// of the prompt, those of reasoning part of the completion. What OpenAI has no word for stands where LiteLLM puts it.
/// </summary>
internal sealed record ChatUsage(long PromptTokens, long CompletionTokens)
{
    public long CachedTokens { get; init; }

    /// <summary>Written to the provider's cache for the usual time.</summary>
    public long CacheWriteTokens { get; init; }

    /// <summary>Written to the provider's cache for an hour.</summary>
    public long CacheWrite1hTokens { get; init; }
    public long AudioInputTokens { get; init; }
    public long ImageInputTokens { get; init; }
    public long ReasoningTokens { get; init; }
    public long AudioOutputTokens { get; init; }
    public long ImageOutputTokens { get; init; }
    public long WebSearches { get; init; }

    /// <summary>Where the provider says it worked the answer out, where that has a price.</summary>
    public string? InferenceGeo { get; init; }

    /// <summary><c>fast</c> has a price.</summary>
    public string? Speed { get; init; }

    /// <summary>The tier the provider says it used; stands beside the usage, not in it.</summary>
    public string? ServiceTier { get; init; }

    public void WriteTo(Utf8JsonWriter json)
    {
        json.WriteStartObject("usage");
        json.WriteNumber("prompt_tokens", PromptTokens);
        json.WriteNumber("completion_tokens", CompletionTokens);
        json.WriteNumber("total_tokens", PromptTokens + CompletionTokens);

        json.WriteStartObject("prompt_tokens_details");
        json.WriteNumber("cached_tokens", CachedTokens);
        Write(json, "cache_write_tokens", CacheWriteTokens + CacheWrite1hTokens);
        if (CacheWrite1hTokens > 0)
        {
            json.WriteStartObject("cache_creation_token_details");
            json.WriteNumber("ephemeral_5m_input_tokens", CacheWriteTokens);
            json.WriteNumber("ephemeral_1h_input_tokens", CacheWrite1hTokens);
            json.WriteEndObject();
        }

        Write(json, "audio_tokens", AudioInputTokens);
        Write(json, "image_tokens", ImageInputTokens);
        json.WriteEndObject();

        json.WriteStartObject("completion_tokens_details");
        json.WriteNumber("reasoning_tokens", ReasoningTokens);
        Write(json, "audio_tokens", AudioOutputTokens);
        Write(json, "image_tokens", ImageOutputTokens);
        json.WriteEndObject();

        if (WebSearches > 0)
        {
            json.WriteStartObject("server_tool_use");
            json.WriteNumber("web_search_requests", WebSearches);
            json.WriteEndObject();
        }

        if (InferenceGeo is not null)
            json.WriteString("inference_geo", InferenceGeo);
        if (Speed is not null)
            json.WriteString("speed", Speed);
        json.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter json, string name, long count)
    {
        if (count > 0)
            json.WriteNumber(name, count);
    }
}
