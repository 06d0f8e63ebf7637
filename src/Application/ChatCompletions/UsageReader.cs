using System.Buffers;
using System.Text;
using System.Text.Json;
using CleanGateway.Application.Common;
using CleanGateway.Domain.Usage;

namespace CleanGateway.Application.ChatCompletions;

/// <summary>Reads OpenAI's <c>usage</c> object, believing nothing that cannot be.</summary>
internal static class UsageReader
{
    private const int LongestTier = 32;
    private static readonly SearchValues<byte> TierLetters = SearchValues.Create("abcdefghijklmnopqrstuvwxyz0123456789_-"u8);

    /// <param name="reader">On the value of <c>usage</c>; afterwards behind it.</param>
    public static UsageReport Read(ref Utf8JsonReader reader)
    {
        if (reader.TokenType == JsonTokenType.Null)
            return UsageReport.None;

        if (reader.TokenType != JsonTokenType.StartObject)
        {
            reader.Skip();
            return UsageReport.Unusable(UnpricedReason.UsageInvalid);
        }

        long? prompt = null, completion = null;
        var (input, output, valid) = (new Parts(), new Parts(), true);
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (reader.Says("prompt_tokens"u8))
                valid &= TryReadCount(ref reader, out prompt);
            else if (reader.Says("completion_tokens"u8))
                valid &= TryReadCount(ref reader, out completion);
            else if (reader.Says("prompt_tokens_details"u8))
                valid &= TryReadParts(ref reader, out input);
            else if (reader.Says("completion_tokens_details"u8))
                valid &= TryReadParts(ref reader, out output);
            else
                Skip(ref reader);
        }

        return (valid, prompt, completion) switch
        {
            (false, _, _) => UsageReport.Unusable(UnpricedReason.UsageInvalid),
            (_, { } asked, { } answered) => UsageReport.Of(new TokenUsage(asked, answered)
            {
                CachedTokens = Within(input.Cached, asked),
                ReasoningTokens = Within(output.Reasoning, answered),
                Details = DetailsOf(input, asked, output, answered),
            }),
            _ => UsageReport.None,
        };
    }

    /// <summary>The service tier that a provider says it used; null for the usual one and for what is no word.</summary>
    /// <param name="json">A JSON string, in its quotes.</param>
    public static string? ServiceTier(ReadOnlySpan<byte> json) => json[1..^1] switch
    {
        var word when word.SequenceEqual("default"u8) || word.SequenceEqual("standard"u8) => null,
        var word when word.SequenceEqual("priority"u8) => "priority",
        var word when word.SequenceEqual("flex"u8) => "flex",
        var word when word.Length is > 0 and <= LongestTier && !word.ContainsAnyExcept(TierLetters) => Encoding.ASCII.GetString(word),
        _ => null,
    };

    // Parts cannot be more than the whole.
    private static long? Within(long? part, long whole) => part <= whole ? part : null;

    private static UsageDetails? DetailsOf(Parts input, long asked, Parts output, long answered) =>
        (input.CacheWrite ?? input.Audio ?? input.Image ?? output.Audio ?? output.Image) is null
            ? null
            : new UsageDetails
            {
                CacheWriteTokens = Within(input.CacheWrite, asked) ?? 0,
                AudioInputTokens = Within(input.Audio, asked) ?? 0,
                ImageInputTokens = Within(input.Image, asked) ?? 0,
                AudioOutputTokens = Within(output.Audio, answered) ?? 0,
                ImageOutputTokens = Within(output.Image, answered) ?? 0,
            }.OrNull();

    private static bool TryReadCount(ref Utf8JsonReader reader, out long? count)
    {
        count = null;
        reader.Read();
        if (reader.TokenType == JsonTokenType.Null)
            return true;

        if (reader.TokenType != JsonTokenType.Number || !reader.TryGetInt64(out var number) || number is < 0 or > TokenUsage.MaxTokens)
        {
            reader.Skip();
            return false;
        }

        count = number;
        return true;
    }

    // Compatible servers leave details out, send null, or more of them than OpenAI knows.
    private static bool TryReadParts(ref Utf8JsonReader reader, out Parts parts)
    {
        parts = new Parts();
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
                valid &= TryReadCount(ref reader, out parts.Cached);
            else if (reader.Says("cache_write_tokens"u8))
                valid &= TryReadCount(ref reader, out parts.CacheWrite);
            else if (reader.Says("audio_tokens"u8))
                valid &= TryReadCount(ref reader, out parts.Audio);
            else if (reader.Says("image_tokens"u8))
                valid &= TryReadCount(ref reader, out parts.Image);
            else if (reader.Says("reasoning_tokens"u8))
                valid &= TryReadCount(ref reader, out parts.Reasoning);
            else
                Skip(ref reader);
        }

        return valid;
    }

    private static void Skip(ref Utf8JsonReader reader)
    {
        reader.Read();
        reader.Skip();
    }

    /// <summary>What a details object says of the whole it belongs to; null is not said.</summary>
    private struct Parts
    {
        public long? Cached;
        public long? CacheWrite;
        public long? Audio;
        public long? Image;
        public long? Reasoning;
    }
}
