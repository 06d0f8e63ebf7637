using System.Text.Json;
using CleanGateway.Application.Common;
using CleanGateway.Domain.Usage;

namespace CleanGateway.Application.ChatCompletions;

/// <summary>What a details object of a <c>usage</c> says of the whole it belongs to; null is not said.</summary>
internal record struct UsageParts
{
    public long? Cached;
    public long? CacheWrite;
    public long? CacheWrite5m;
    public long? CacheWrite1h;
    public long? Audio;
    public long? Image;
    public long? Reasoning;

    /// <summary>Compatible servers leave details out, send null, or more of them than OpenAI knows.</summary>
    /// <param name="reader">On the name of the object.</param>
    /// <returns>False for what cannot be a count.</returns>
    public static bool TryRead(ref Utf8JsonReader reader, ref UsageParts parts)
    {
        reader.Read();
        if (reader.TokenType != JsonTokenType.StartObject)
        {
            reader.Skip();
            return true;
        }

        var valid = true;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (reader.Says("cached_tokens"u8))
                valid &= UsageReader.TryReadCount(ref reader, out parts.Cached);
            else if (reader.Says("cache_write_tokens"u8))
                valid &= UsageReader.TryReadCount(ref reader, out parts.CacheWrite);
            else if (reader.Says("audio_tokens"u8))
                valid &= UsageReader.TryReadCount(ref reader, out parts.Audio);
            else if (reader.Says("image_tokens"u8))
                valid &= UsageReader.TryReadCount(ref reader, out parts.Image);
            else if (reader.Says("reasoning_tokens"u8))
                valid &= UsageReader.TryReadCount(ref reader, out parts.Reasoning);
            else if (reader.Says("cache_creation_token_details"u8))
                valid &= TryRead(ref reader, ref parts);
            else if (reader.Says("ephemeral_5m_input_tokens"u8))
                valid &= UsageReader.TryReadCount(ref reader, out parts.CacheWrite5m);
            else if (reader.Says("ephemeral_1h_input_tokens"u8))
                valid &= UsageReader.TryReadCount(ref reader, out parts.CacheWrite1h);
            else
                UsageReader.Skip(ref reader);
        }

        return valid;
    }

    /// <summary>Parts cannot be more than the whole.</summary>
    public static long? Within(long? part, long whole) => part <= whole ? part : null;

    /// <summary>Null where there is nothing, so that nothing has one form.</summary>
    public static UsageDetails? Details(
        UsageParts input, long asked, UsageParts output, long answered, long? webSearches, string? geo, string? speed)
    {
        var written = input.CacheWrite ?? input.CacheWrite5m ?? input.CacheWrite1h;
        if ((written ?? input.Audio ?? input.Image ?? output.Audio ?? output.Image ?? webSearches) is null && geo is null && speed is null)
            return null;

        var hour = Within(input.CacheWrite1h, asked) ?? 0;
        return new UsageDetails
        {
            CacheWriteTokens = Within(input.CacheWrite5m ?? (input.CacheWrite is { } all ? Math.Max(all - hour, 0) : null), asked) ?? 0,
            CacheWrite1hTokens = hour,
            AudioInputTokens = Within(input.Audio, asked) ?? 0,
            ImageInputTokens = Within(input.Image, asked) ?? 0,
            AudioOutputTokens = Within(output.Audio, answered) ?? 0,
            ImageOutputTokens = Within(output.Image, answered) ?? 0,
            WebSearches = webSearches ?? 0,
            InferenceGeo = geo,
            Speed = speed,
        }.OrNull();
    }
}
