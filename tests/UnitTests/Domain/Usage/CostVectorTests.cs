using System.Globalization;
using System.Text.Json;
using CleanGateway.Domain.Usage;

namespace CleanGateway.UnitTests.Domain.Usage;

/// <summary>The full catalogue's prices and costs that others worked out from them, where the two files are at hand.</summary>
public class CostVectorTests
{
    [Fact]
    public void Every_worked_cost_comes_out_to_the_nano_dollar()
    {
        using var catalogue = JsonDocument.Parse(File.ReadAllText(SharedData.Find("model_prices_and_context_window.json")));
        using var vectors = JsonDocument.Parse(File.ReadAllText(SharedData.Find("cost-vectors.json")));

        foreach (var vector in vectors.RootElement.EnumerateArray())
        {
            var model = vector.GetProperty("model").GetString()!;
            var expected = decimal.Parse(vector.GetProperty("expect").GetString()!, CultureInfo.InvariantCulture);

            Catalogue.PriceOf(catalogue.RootElement.GetProperty(model)).For(UsageOf(vector, model)).Amount
                .Should().Be(Money.Settle(expected), "vector {0}", vector.GetProperty("id"));
        }

        vectors.RootElement.GetArrayLength().Should().Be(19);
    }

    private static TokenUsage UsageOf(JsonElement vector, string model)
    {
        var usage = vector.GetProperty("usage");
        var (input, output) = (
            Count("prompt_tokens") + Count("input_text") + Count("input_image"), Count("completion_tokens") + Count("output_image"));
        return new TokenUsage(input, output)
        {
            CachedTokens = Count("cached_tokens"),
            ReasoningTokens = Count("reasoning_tokens"),
            Details = new UsageDetails
            {
                CacheWriteTokens = Count("cache_write_5m"),
                CacheWrite1hTokens = Count("cache_write_1h"),
                AudioInputTokens = Count("audio_in"),
                AudioOutputTokens = Count("audio_out"),
                ImageInputTokens = Count("input_image"),
                ImageOutputTokens = Count("output_image"),
                WebSearches = Count("web_search_requests"),
                Seconds = Count("seconds"),
                Characters = Count("characters"),
                Images = Count("images"),
                PixelsPerImage = PixelsOf(model),
                ServiceTier = Word("service_tier"),
                Region = Word("region"),
                InferenceGeo = Word("inference_geo"),
                Speed = Word("speed"),
                Batch = vector.TryGetProperty("batch", out var batch) && batch.GetBoolean(),
            },
        };

        long Count(string name) => usage.TryGetProperty(name, out var count) ? count.GetInt64() : 0;
        string? Word(string name) => vector.TryGetProperty(name, out var word) ? word.GetString() : null;
    }

    // "1024-x-1024/dall-e-2".
    private static long PixelsOf(string model) =>
        model.Split('/')[0].Split("-x-") is [var width, var height]
            ? long.Parse(width, CultureInfo.InvariantCulture) * long.Parse(height, CultureInfo.InvariantCulture)
            : 0;
}

/// <summary>Entries of LiteLLM's catalogue.</summary>
internal static class Catalogue
{
    public static Price PriceOf(JsonElement entry) => Price.Parse(RatesOf(entry));

    /// <summary>JSON object of an entry's rates.</summary>
    public static string RatesOf(JsonElement entry) =>
        "{" + string.Join(',', entry.EnumerateObject().Where(IsPrice).Select(member => $"\"{member.Name}\":{member.Value.GetRawText()}")) + "}";

    private static bool IsPrice(JsonProperty member) =>
        member.Name.Contains("cost", StringComparison.Ordinal) || member.Name.Contains("multiplier", StringComparison.Ordinal)
        || member.Name is "tiered_pricing" or "provider_specific_entry";
}
