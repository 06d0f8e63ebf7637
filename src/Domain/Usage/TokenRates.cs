namespace CleanGateway.Domain.Usage;

/// <summary>US dollars per token of each sort, for one length of prompts and one service tier; null is not known.</summary>
internal sealed record TokenRates(
    decimal? Input, decimal? CacheRead, decimal? CacheWrite, decimal? CacheWrite1h, decimal? AudioIn, decimal? ImageIn,
    decimal? Output, decimal? Reasoning, decimal? AudioOut, decimal? ImageOut)
{
    private const string InputUnit = "input_cost_per_token";
    private const string OutputUnit = "output_cost_per_token";
    private const string CacheWriteUnit = "cache_creation_input_token_cost";

    /// <param name="rates">Under the catalogue's names.</param>
    /// <param name="reached">The limits, in thousands of tokens, that the prompt is beyond; the highest first.</param>
    public static TokenRates Of(IReadOnlyDictionary<string, decimal> rates, IReadOnlyList<int> reached, ServiceTier tier)
    {
        var find = new Finder(rates, reached, tier);
        var (input, output) = (find.Rate(InputUnit), find.Rate(OutputUnit));

        // DeepSeek's older name of the same.
        var cacheRead = rates.ContainsKey("cache_read_input_token_cost") ? "cache_read_input_token_cost" : "input_cost_per_token_cache_hit";
        var cacheWrite = find.Part(CacheWriteUnit, InputUnit) ?? input;
        return new TokenRates(
            input,
            find.Part(cacheRead, InputUnit) ?? input,
            cacheWrite,
            find.Part("cache_creation_input_token_cost_above_1hr", CacheWriteUnit) ?? cacheWrite,
            find.Part("input_cost_per_audio_token", InputUnit) ?? input,
            find.Part("input_cost_per_image_token", InputUnit) ?? input,
            output,
            find.Part("output_cost_per_reasoning_token", OutputUnit) ?? output,
            find.Part("output_cost_per_audio_token", OutputUnit) ?? output,
            find.Part("output_cost_per_image_token", OutputUnit) ?? output);
    }

    /// <summary>The dearest that a token of the prompt can be.</summary>
    public decimal HighestInput(BoundTraits traits) =>
        Highest(Input, CacheRead, CacheWrite, CacheWrite1h, traits.AudioIn ? AudioIn : null, traits.ImagesIn ? ImageIn : null);

    /// <summary>The dearest that a token of the answer can be.</summary>
    public decimal HighestOutput(BoundTraits traits) =>
        Highest(Output, Reasoning, traits.AudioOut ? AudioOut : null, traits.ImagesOut ? ImageOut : null);

    private static decimal Highest(params ReadOnlySpan<decimal?> rates)
    {
        var highest = 0m;
        foreach (var rate in rates)
            highest = Math.Max(highest, rate ?? 0);

        return highest;
    }

    private readonly struct Finder(IReadOnlyDictionary<string, decimal> rates, IReadOnlyList<int> reached, ServiceTier tier)
    {
        private readonly string? suffix = tier switch
        {
            ServiceTier.Priority => "_priority",
            ServiceTier.Flex => "_flex",
            ServiceTier.Batch => "_batches",
            _ => null,
        };

        /// <summary>Null without a base: a variant alone is taken for a mistake of the catalogue.</summary>
        public decimal? Rate(string unit) => rates.TryGetValue(unit, out var own) ? Variant(unit) ?? own : null;

        /// <summary>
        /// The rate of a special sort of token. One that costs what tokens usually do follows the usual rate to where
        /// only that has a variant: beyond a limit, and in other tiers.
        /// </summary>
        public decimal? Part(string unit, string usual)
        {
            if (!rates.TryGetValue(unit, out var own))
                return null;

            return Variant(unit) ?? (rates.TryGetValue(usual, out var whole) && whole == own ? Variant(usual) : null) ?? own;
        }

        private decimal? Variant(string unit)
        {
            foreach (var limit in reached)
            {
                var beyond = $"{unit}_above_{limit}k_tokens";
                if (InTier(beyond) is { } rate)
                    return rate;
                if (rates.TryGetValue(beyond, out var standard))
                    return standard;
            }

            return InTier(unit);
        }

        private decimal? InTier(string unit)
        {
            if (suffix is null)
                return null;
            if (rates.TryGetValue(unit + suffix, out var rate))
                return rate;

            return tier == ServiceTier.Batch && rates.TryGetValue(unit, out var standard) ? Half(standard) : null;
        }

        // Half of what a batch does not list. The smallest there is cannot be halved, and must not become nothing.
        private static decimal Half(decimal rate) => rate / 2 is > 0 and var half ? half : rate;
    }
}
