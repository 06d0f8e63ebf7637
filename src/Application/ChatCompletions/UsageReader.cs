using System.Buffers;
using System.Text;
using System.Text.Json;
using CleanGateway.Application.Common;
using CleanGateway.Domain.Usage;

namespace CleanGateway.Application.ChatCompletions;

/// <summary>
/// Reads the <c>usage</c> object of OpenAI's APIs and of servers that speak as they do, believing nothing that cannot be.
/// Chats count <c>prompt_tokens</c> and <c>completion_tokens</c>, responses <c>input_tokens</c> and <c>output_tokens</c>.
/// </summary>
internal static class UsageReader
{
    private const int LongestWord = 32;
    private static readonly SearchValues<byte> WordLetters = SearchValues.Create("abcdefghijklmnopqrstuvwxyz0123456789_-"u8);

    /// <param name="reader">On the value of <c>usage</c>; afterwards behind it.</param>
    /// <param name="hasOutput">False for APIs that answer nothing that is counted.</param>
    public static UsageReport Read(ref Utf8JsonReader reader, bool hasOutput = true)
    {
        if (reader.TokenType == JsonTokenType.Null)
            return UsageReport.None;

        if (reader.TokenType != JsonTokenType.StartObject)
        {
            reader.Skip();
            return UsageReport.Unusable(UnpricedReason.UsageInvalid);
        }

        var (counts, input, output, valid) = (new Counts(), new UsageParts(), new UsageParts(), true);
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (reader.Says("prompt_tokens"u8))
                valid &= TryReadCount(ref reader, out counts.Prompt);
            else if (reader.Says("completion_tokens"u8))
                valid &= TryReadCount(ref reader, out counts.Completion);
            else if (reader.Says("input_tokens"u8))
                valid &= TryReadCount(ref reader, out counts.Input);
            else if (reader.Says("output_tokens"u8))
                valid &= TryReadCount(ref reader, out counts.Output);
            else if (reader.Says("total_tokens"u8))
                TryReadCount(ref reader, out counts.Total);   // what it adds up is there besides
            else if (reader.Says("prompt_tokens_details"u8) || reader.Says("input_tokens_details"u8))
                valid &= UsageParts.TryRead(ref reader, ref input);
            else if (reader.Says("completion_tokens_details"u8) || reader.Says("output_tokens_details"u8))
                valid &= UsageParts.TryRead(ref reader, ref output);
            else if (reader.Says("prompt_cache_hit_tokens"u8) || reader.Says("cache_read_input_tokens"u8))
                valid &= TryReadCount(ref reader, out counts.CacheRead);
            else if (reader.Says("cache_creation_input_tokens"u8))
                valid &= TryReadCount(ref reader, out counts.CacheWrite);
            else if (reader.Says("server_tool_use"u8))
                counts.WebSearches = ReadSearches(ref reader);
            else if (reader.Says("inference_geo"u8))
                counts.Geo = ReadWord(ref reader);
            else if (reader.Says("speed"u8))
                counts.Speed = ReadWord(ref reader);
            else
                Skip(ref reader);
        }

        return valid ? counts.Report(input, output, hasOutput) : UsageReport.Unusable(UnpricedReason.UsageInvalid);
    }

    /// <summary>The service tier that a provider says it used; null for the usual one and for what is no word.</summary>
    /// <param name="json">A JSON string, in its quotes.</param>
    public static string? ServiceTier(ReadOnlySpan<byte> json) => json[1..^1] switch
    {
        var word when word.SequenceEqual("default"u8) || word.SequenceEqual("standard"u8) => null,
        var word when word.SequenceEqual("priority"u8) => "priority",
        var word when word.SequenceEqual("flex"u8) => "flex",
        var word => WordOrNull(word),
    };

    internal static bool TryReadCount(ref Utf8JsonReader reader, out long? count)
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

    internal static void Skip(ref Utf8JsonReader reader)
    {
        reader.Read();
        reader.Skip();
    }

    // Anthropic's, as servers in front of it pass it on.
    private static long? ReadSearches(ref Utf8JsonReader reader)
    {
        reader.Read();
        if (reader.TokenType != JsonTokenType.StartObject)
        {
            reader.Skip();
            return null;
        }

        long? searches = null;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (reader.Says("web_search_requests"u8))
                TryReadCount(ref reader, out searches);
            else
                Skip(ref reader);
        }

        return searches;
    }

    private static string? ReadWord(ref Utf8JsonReader reader)
    {
        reader.Read();
        var word = reader.TokenType == JsonTokenType.String ? WordOrNull(reader.ValueSpan) : null;
        reader.Skip();
        return word;
    }

    private static string? WordOrNull(ReadOnlySpan<byte> word) =>
        word.Length is > 0 and <= LongestWord && !word.ContainsAnyExcept(WordLetters) ? Encoding.ASCII.GetString(word) : null;

    /// <summary>What stands in the object itself; null is not said.</summary>
    private struct Counts
    {
        public long? Prompt;
        public long? Completion;
        public long? Input;
        public long? Output;
        public long? Total;
        public long? CacheRead;
        public long? CacheWrite;
        public long? WebSearches;
        public string? Geo;
        public string? Speed;

        public readonly UsageReport Report(UsageParts input, UsageParts output, bool hasOutput)
        {
            if ((Prompt ?? Input ?? (hasOutput ? null : Total)) is not { } asked)
                return UsageReport.None;

            if ((hasOutput ? Completion ?? Output : 0) is not { } answered)
                return UsageReport.None;

            // Some count what the model thought into the total alone, and charge it.
            if (hasOutput && Total is { } total && total - asked > answered)
                answered = total - asked;

            var parts = input with { Cached = input.Cached ?? CacheRead, CacheWrite = input.CacheWrite ?? CacheWrite };
            return UsageReport.Of(new TokenUsage(asked, answered)
            {
                CachedTokens = UsageParts.Within(parts.Cached, asked),
                ReasoningTokens = UsageParts.Within(output.Reasoning, answered),
                Details = UsageParts.Details(parts, asked, output, answered, WebSearches, Geo, Speed),
            });
        }
    }
}
