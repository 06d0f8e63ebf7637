using System.Globalization;
using System.Text.RegularExpressions;

namespace CleanGateway.Domain.Usage;

/// <summary>
/// The rates of a card worked out beforehand for every length of prompts at which they change and every service tier.
/// All tokens of a call are charged at the rates of its prompt's length, cached ones counted.
/// </summary>
internal sealed partial class PromptLengths
{
    private static readonly ServiceTier[] Tiers = Enum.GetValues<ServiceTier>();

    // Rates i are for prompts longer than floors[i]; the first floor is below every prompt.
    private readonly long[] floors;
    private readonly TokenRates[][] rates;

    public PromptLengths(RateDocument card)
    {
        int[] limits =
        [
            .. card.Rates.Keys.Select(name => Limit().Match(name)).Where(match => match.Success)
                .Select(match => int.Parse(match.ValueSpan["input_cost_per_token_above_".Length..^"k_tokens".Length], CultureInfo.InvariantCulture))
                .Distinct().OrderDescending(),
        ];
        floors = [.. limits.Select(limit => limit * 1000L).Concat(card.Tiers.SkipLast(1).Select(tier => tier.To)).Append(-1).Distinct().Order()];
        rates = [.. floors.Select(floor => At(card, floor, [.. limits.Where(limit => limit * 1000L <= floor)]))];
    }

    /// <summary>Every token of a prompt and of an answer has a rate, whatever their number and the tier.</summary>
    public bool AreComplete => Array.TrueForAll(rates, tiers => Array.TrueForAll(tiers, rate => rate is { Input: not null, Output: not null }));

    /// <summary>Every token of a prompt has a rate, whatever their number and the tier.</summary>
    public bool HaveInput => Array.TrueForAll(rates, tiers => Array.TrueForAll(tiers, rate => rate.Input is not null));

    public TokenRates Of(long prompt, ServiceTier tier)
    {
        var at = floors.Length - 1;
        while (at > 0 && prompt <= floors[at])
            at--;

        return rates[at][(int)tier];
    }

    /// <summary>The dearest token of a prompt and of an answer, of calls with prompts up to a length.</summary>
    public (decimal Input, decimal Output) HighestUpTo(long prompt, BoundTraits traits)
    {
        var (input, output) = (0m, 0m);
        for (var at = 0; at < floors.Length && (at == 0 || prompt > floors[at]); at++)
        {
            foreach (var tier in ServiceTiers.Reachable(traits.ServiceTier))
            {
                input = Math.Max(input, rates[at][(int)tier].HighestInput(traits));
                output = Math.Max(output, rates[at][(int)tier].HighestOutput(traits));
            }
        }

        return (input, output);
    }

    private static TokenRates[] At(RateDocument card, long floor, int[] reached)
    {
        var own = card.Rates;
        if (card.Tiers.Count > 0)
        {
            var tier = card.Tiers.FirstOrDefault(tier => tier.To > floor) ?? card.Tiers[^1];
            var merged = new Dictionary<string, decimal>(own, StringComparer.Ordinal);
            foreach (var (name, rate) in tier.Rates)
                merged[name] = rate;
            own = merged;
        }

        return [.. Tiers.Select(tier => TokenRates.Of(own, reached, tier))];
    }

    [GeneratedRegex(@"^input_cost_per_token_above_\d{1,6}k_tokens$")]
    private static partial Regex Limit();
}
