using System.Text.Json;
using CleanGateway.Application.Common;
using CleanGateway.Domain.Usage;

namespace CleanGateway.Application.ChatCompletions;

/// <summary>Reads OpenAI's <c>usage</c> object, believing nothing that cannot be.</summary>
internal static class UsageReader
{
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

        long? prompt = null, completion = null, cached = null, reasoning = null;
        var valid = true;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (reader.Says("prompt_tokens"u8))
                valid &= TryReadCount(ref reader, out prompt);
            else if (reader.Says("completion_tokens"u8))
                valid &= TryReadCount(ref reader, out completion);
            else if (reader.Says("prompt_tokens_details"u8))
                valid &= TryReadDetail(ref reader, "cached_tokens"u8, out cached);
            else if (reader.Says("completion_tokens_details"u8))
                valid &= TryReadDetail(ref reader, "reasoning_tokens"u8, out reasoning);
            else
                Skip(ref reader);
        }

        return (valid, prompt, completion) switch
        {
            (false, _, _) => UsageReport.Unusable(UnpricedReason.UsageInvalid),
            (_, { } input, { } output) => UsageReport.Of(new TokenUsage(input, output)
            {
                // Parts cannot be more than the whole.
                CachedTokens = cached <= input ? cached : null,
                ReasoningTokens = reasoning <= output ? reasoning : null,
            }),
            _ => UsageReport.None,
        };
    }

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
    private static bool TryReadDetail(ref Utf8JsonReader reader, ReadOnlySpan<byte> name, out long? count)
    {
        count = null;
        reader.Read();
        if (reader.TokenType != JsonTokenType.StartObject)
        {
            reader.Skip();
            return true;
        }

        var valid = true;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (reader.Says(name))
                valid &= TryReadCount(ref reader, out count);
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
}
