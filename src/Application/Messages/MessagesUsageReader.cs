using System.Text;
using System.Text.Json;
using CleanGateway.Application.Common;
using CleanGateway.Application.Inference;
using CleanGateway.Domain.Usage;

namespace CleanGateway.Application.Messages;

/// <summary>Reads Anthropic's <c>usage</c> object, believing nothing that cannot be.</summary>
internal static class MessagesUsageReader
{
    private const int LongestWord = 32;

    /// <param name="reader">On the value of <c>usage</c>; afterwards on its last token.</param>
    /// <returns>Null when it says nothing.</returns>
    public static UsagePart? Read(ref Utf8JsonReader reader)
    {
        if (reader.TokenType == JsonTokenType.Null)
            return null;

        if (reader.TokenType != JsonTokenType.StartObject)
        {
            reader.Skip();
            return new UsagePart { IsInvalid = true };
        }

        var part = new UsagePart();
        long? written5m = null;
        var valid = true;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (reader.Says("input_tokens"u8))
                part = part with { Input = Count(ref reader, ref valid) };
            else if (reader.Says("output_tokens"u8))
                part = part with { Output = Count(ref reader, ref valid) };
            else if (reader.Says("cache_read_input_tokens"u8))
                part = part with { CacheRead = Count(ref reader, ref valid) };
            else if (reader.Says("cache_creation_input_tokens"u8))
                part = part with { CacheWrite = Count(ref reader, ref valid) };
            else if (reader.Says("cache_creation"u8))
                (written5m, part) = ReadCacheCreation(ref reader, part, ref valid);
            else if (reader.Says("output_tokens_details"u8))
                part = part with { Reasoning = Member(ref reader, "thinking_tokens"u8, ref valid) };
            else if (reader.Says("server_tool_use"u8))
                part = part with { WebSearches = Member(ref reader, "web_search_requests"u8, ref valid) };
            else if (reader.Says("service_tier"u8))
                part = part with { ServiceTier = Word(ref reader) is var tier and not "standard" ? tier : null };
            else if (reader.Says("inference_geo"u8))
                part = part with { InferenceGeo = Word(ref reader) is var geo and not "not_available" ? geo : null };
            else if (reader.Says("speed"u8))
                part = part with { Speed = Word(ref reader) is var speed and not "standard" ? speed : null };
            else
                Fields.Skip(ref reader);
        }

        if (written5m is { } usual && part.CacheWrite is null)
            part = part with { CacheWrite = usual + (part.CacheWrite1h ?? 0) };
        return valid ? part : new UsagePart { IsInvalid = true };
    }

    private static (long? Written5m, UsagePart Part) ReadCacheCreation(ref Utf8JsonReader reader, UsagePart part, ref bool valid)
    {
        reader.Read();
        if (reader.TokenType != JsonTokenType.StartObject)
        {
            reader.Skip();
            return (null, part);
        }

        long? written5m = null;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (reader.Says("ephemeral_5m_input_tokens"u8))
                written5m = Count(ref reader, ref valid);
            else if (reader.Says("ephemeral_1h_input_tokens"u8))
                part = part with { CacheWrite1h = Count(ref reader, ref valid) };
            else
                Fields.Skip(ref reader);
        }

        return (written5m, part);
    }

    private static long? Member(ref Utf8JsonReader reader, ReadOnlySpan<byte> name, ref bool valid)
    {
        reader.Read();
        if (reader.TokenType != JsonTokenType.StartObject)
        {
            reader.Skip();
            return null;
        }

        long? count = null;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (reader.Says(name))
                count = Count(ref reader, ref valid);
            else
                Fields.Skip(ref reader);
        }

        return count;
    }

    private static long? Count(ref Utf8JsonReader reader, ref bool valid)
    {
        reader.Read();
        if (reader.TokenType == JsonTokenType.Null)
            return null;

        if (reader.TokenType == JsonTokenType.Number && reader.TryGetInt64(out var number) && number is >= 0 and <= TokenUsage.MaxTokens)
            return number;

        reader.Skip();
        valid = false;
        return null;
    }

    // These become parts of the ledger: what is no word is not kept.
    private static string? Word(ref Utf8JsonReader reader)
    {
        reader.Read();
        if (reader.TokenType != JsonTokenType.String || reader.ValueIsEscaped || reader.ValueSpan.Length is 0 or > LongestWord)
        {
            reader.Skip();
            return null;
        }

        foreach (var letter in reader.ValueSpan)
        {
            if (!char.IsAsciiLetterOrDigit((char)letter) && letter is not ((byte)'_' or (byte)'-'))
                return null;
        }

        return Encoding.ASCII.GetString(reader.ValueSpan);
    }
}
