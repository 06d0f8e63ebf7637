using System.Globalization;
using CleanGateway.Domain.Usage;

namespace CleanGateway.UnitTests.Domain.Usage;

/// <summary>Listed rates and usage against costs that were worked out elsewhere, in exact fractions, to the nano-dollar.</summary>
public class PriceTestsListed
{
    [Theory]
    [InlineData("gpt-5.4", "prompt=1000 cached=400 completion=200", 4_600_000)]
    [InlineData("gpt-5.4", "prompt=272001 cached=1 completion=7", 1_360_158_000)]
    [InlineData("gpt-5.4", "prompt=272000 cached=1 completion=7", 680_102_750)]
    [InlineData("gpt-5.4", "prompt=300000 cached=100000 completion=999 tier=priority", 1_072_477_500)]
    [InlineData("gpt-5.4", "prompt=123457 cached=23 completion=11 tier=flex", 154_377_990)]
    [InlineData("gpt-5.4", "prompt=999 cached=333 completion=77 tier=batch", 1_451_625)]
    [InlineData("gpt-5.4", "prompt=999 completion=77 region=us", 4_017_750)]
    [InlineData("gpt-4o", "prompt=12345 cached=1024 completion=678", 36_362_500)]
    [InlineData("gpt-4o", "prompt=12345 cached=1024 completion=678 tier=priority", 61_816_250)]
    [InlineData("gpt-4o-mini", "prompt=1 completion=1", 750)]
    [InlineData("gpt-4o-mini", "prompt=9999999 completion=8888888", 6_833_332_650)]
    [InlineData("gpt-4", "prompt=10 completion=10", 900_000)]
    [InlineData("gpt-4", "prompt=8000 cached=4000 completion=1", 240_060_000)]
    [InlineData("o3", "prompt=5000 cached=1000 completion=3000 reason=2500 tier=flex", 16_250_000)]
    [InlineData("gpt-4o-audio-preview", "prompt=200 ain=150 completion=100 aout=80", 12_725_000)]
    [InlineData("gpt-image-2", "prompt=350 iin=300 completion=4000 iout=4000", 122_650_000)]
    [InlineData("claude-opus-4-8", "prompt=16000 cached=10000 w5=2000 w1h=3000 completion=500 geo=us", 71_500_000)]
    [InlineData("claude-opus-4-8", "prompt=1000 completion=500 geo=us speed=fast searches=3", 68_500_000)]
    [InlineData("anthropic.claude-sonnet-4-5-20250929-v1:0", "prompt=206000 cached=200000 w5=2000 w1h=3000 completion=500", 188_250_000)]
    [InlineData("anthropic.claude-sonnet-4-5-20250929-v1:0", "prompt=200000 cached=196000 w5=1 completion=500", 78_300_750)]
    [InlineData("gemini-2.5-pro", "prompt=200001 cached=100000 w5=77 completion=1234 reason=1000", 293_512_500)]
    [InlineData("gemini-2.5-pro", "prompt=199999 cached=100000 w5=77 completion=1234 reason=1000", 149_838_750)]
    [InlineData("gemini-3.6-flash", "prompt=1000 cached=200 completion=400 reason=300 tier=priority", 7_614_000)]
    [InlineData("dashscope/qwen3-max", "prompt=32000 completion=3", 38_418_000)]
    [InlineData("dashscope/qwen3-max", "prompt=32001 completion=3", 76_838_400)]
    [InlineData("dashscope/qwen3-max", "prompt=9000000 completion=3", 27_000_045_000)]
    [InlineData("dashscope/qwen-plus-2025-07-28", "prompt=256001 cached=5 completion=100 reason=60", 308_065_200)]
    [InlineData("deepseek/deepseek-chat", "prompt=1003 cached=64 completion=9", 268_492)]
    [InlineData("groq/llama-3.1-8b-instant", "prompt=3 completion=1", 230)]
    [InlineData("whisper-1", "seconds=59", 5_900_000)]
    [InlineData("tts-1", "chars=333", 4_995_000)]
    [InlineData("text-embedding-3-small", "prompt=8", 160)]
    [InlineData("text-embedding-3-small", "prompt=25", 500)]
    public void A_call_costs_exactly(string model, string usage, long nanoDollars) =>
        Price.Parse(ListedRates.Cards[model]).For(Read(usage)).Amount.Should().Be(new Money(nanoDollars));

    [Fact]
    public void Every_card_is_tried_and_comes_back_as_it_was()
    {
        foreach (var (model, json) in ListedRates.Cards)
            Price.Parse(Price.Parse(json).Json).Should().Be(Price.Parse(json), model);

        ListedRates.Cards.Values.Select(json => Price.Parse(json).Version).Should().OnlyHaveUniqueItems();
    }

    private static TokenUsage Read(string usage)
    {
        var words = usage.Split(' ').Select(word => word.Split('=')).ToDictionary(parts => parts[0], parts => parts[1]);
        return new TokenUsage(Count("prompt"), Count("completion"))
        {
            CachedTokens = Count("cached"),
            ReasoningTokens = Count("reason"),
            Details = new UsageDetails
            {
                CacheWriteTokens = Count("w5"),
                CacheWrite1hTokens = Count("w1h"),
                AudioInputTokens = Count("ain"),
                ImageInputTokens = Count("iin"),
                AudioOutputTokens = Count("aout"),
                ImageOutputTokens = Count("iout"),
                WebSearches = Count("searches"),
                Seconds = Count("seconds"),
                Characters = Count("chars"),
                ServiceTier = words.GetValueOrDefault("tier"),
                Region = words.GetValueOrDefault("region"),
                InferenceGeo = words.GetValueOrDefault("geo"),
                Speed = words.GetValueOrDefault("speed"),
            },
        };

        long Count(string name) => long.Parse(words.GetValueOrDefault(name, "0"), CultureInfo.InvariantCulture);
    }
}
