namespace CleanGateway.Domain.Usage;

/// <summary>
/// A price card: everything a model costs, in exact rates. Never changed; equal cards have equal rates. How a cost comes
/// about is in <c>docs/prices.md</c>.
/// </summary>
public sealed class Price : IEquatable<Price>
{
    private const string InputRate = "input_cost_per_token";
    private const string OutputRate = "output_cost_per_token";
    private const string FastSpeed = "fast";

    private readonly RateDocument card;
    private readonly PromptLengths lengths;
    private readonly UnitRates units;
    private readonly decimal highestGeoMultiplier;

    /// <param name="inputPerToken">US dollars.</param>
    /// <param name="outputPerToken">US dollars.</param>
    public Price(decimal inputPerToken, decimal outputPerToken)
        : this(RateDocument.Parse("{}", (InputRate, inputPerToken), (OutputRate, outputPerToken)))
    {
    }

    private Price(RateDocument card)
    {
        this.card = card;
        lengths = new PromptLengths(card);
        units = new UnitRates(card);
        highestGeoMultiplier = HighestGeoMultiplier(card);
    }

    public static Price Free { get; } = new(0, 0);

    /// <summary>JSON object of the rates under the catalogue's names; equal rates have equal text.</summary>
    public string Json => card.Json;

    /// <summary>The same for the same rates, another for any other: the first 16 hex digits of the SHA-256 of <see cref="Json"/>.</summary>
    public string Version => card.Version;

    /// <summary>Every token has a rate, whatever the prompt's length and the service tier: what a chat needs to have a cost.</summary>
    public bool CoversTokens => lengths.AreComplete;

    /// <summary>Every token of a prompt has a rate, whatever its length and the service tier: all that a call without output needs.</summary>
    public bool CoversPrompts => lengths.HaveInput;

    /// <param name="json">What <see cref="Json"/> was.</param>
    /// <exception cref="FormatException">It cannot have been.</exception>
    public static Price Parse(string json) => new(RateDocument.Parse(json));

    /// <param name="inputPerToken">US dollars; null is not known.</param>
    /// <param name="outputPerToken">US dollars; null is not known.</param>
    /// <param name="others">JSON object of all other rates, under the names of LiteLLM's catalogue.</param>
    /// <returns>Null when no rate at all is known, which is not the same as free.</returns>
    /// <exception cref="FormatException">A rate is none; the message names it.</exception>
    public static Price? From(decimal? inputPerToken, decimal? outputPerToken, string others)
    {
        var card = RateDocument.Parse(others, (InputRate, inputPerToken), (OutputRate, outputPerToken));
        return card.HasAnyRate ? new Price(card) : null;
    }

    /// <summary>A card for models without one: the most they can be thought to cost. No model's own card is equal to it.</summary>
    public static Price Assumed(decimal inputPerToken, decimal outputPerToken) =>
        new(RateDocument.Parse("""{"assumed":true}""", (InputRate, inputPerToken), (OutputRate, outputPerToken)));

    /// <summary>What a call with this usage costs: exact rates, one rounding.</summary>
    public Charge For(TokenUsage usage)
    {
        try
        {
            return CostOf(usage) is { } dollars ? Charge.Of(Money.Settle(dollars)) : Charge.Unknown(UnpricedReason.NoPrice);
        }
        catch (OverflowException)
        {
            return Charge.Unknown(UnpricedReason.AmountTooLarge);
        }
    }

    /// <summary>
    /// The most that a call can cost: every token at the dearest rate that it could come to. No usage that is within the
    /// prompt's length, the answers' and the traits costs more.
    /// </summary>
    /// <param name="mostPromptTokens">The prompt has no more.</param>
    public CostBound BoundFor(long mostPromptTokens, BoundTraits traits)
    {
        var choices = Math.Max(1, traits.Choices);
        var prompt = Math.Clamp(mostPromptTokens, 0, TokenUsage.MaxTokens);
        var (input, output) = lengths.HighestUpTo(prompt, traits);
        var multiplier = Math.Max(1, RegionMultiplier(traits.Region)) * highestGeoMultiplier * (traits.Fast ? Math.Max(1, Multiplier(FastSpeed)) : 1);
        var searches = traits.WebSearch ? (decimal)choices * Math.Max(1, traits.Searches) : 0;
        return new CostBound(
            prompt * input * multiplier + units.PerRequest + searches * units.HighestSearch,
            output * multiplier * choices);
    }

    public bool Equals(Price? other) => other is not null && other.Json == Json;

    public override bool Equals(object? obj) => Equals(obj as Price);

    public override int GetHashCode() => string.GetHashCode(Json, StringComparison.Ordinal);

    public override string ToString() => $"{Version} {Json}";

    // US dollars; null when something was used that has no rate.
    private decimal? CostOf(TokenUsage usage)
    {
        var details = usage.Details;
        if (details is null && usage.TotalTokens == 0 && units.PerRequest == 0 && !CoversTokens)
            return null;   // it is paid by something that was not counted

        if (details?.Characters > 0 && units.HasCharacters)
            usage = default;   // speech is paid by one or the other

        if (new TokenSplit(usage).At(lengths.Of(usage.PromptTokens, ServiceTiers.Charged(details))) is not { } cost)
            return null;

        if (details is not null)
        {
            cost *= RegionMultiplier(details.Region) * GeoMultiplier(details.InferenceGeo) * (details.Speed == FastSpeed ? Multiplier(FastSpeed) : 1);
            if (!units.TryAdd(details, hasTokens: usage.TotalTokens > 0, ref cost))
                return null;
        }

        return cost + units.PerRequest;
    }

    private decimal RegionMultiplier(string? region) => region is null ? 1 : Multiplier($"regional_processing_uplift_multiplier_{region}");

    private decimal GeoMultiplier(string? geo) => geo is null or FastSpeed ? 1 : Multiplier(geo);

    private decimal Multiplier(string name) => card.Multipliers.GetValueOrDefault(name, 1);

    // The provider chooses where it works an answer out, within what the account allows.
    private static decimal HighestGeoMultiplier(RateDocument card) => card.Multipliers
        .Where(multiplier => multiplier.Key != FastSpeed && !multiplier.Key.Contains("multiplier", StringComparison.Ordinal))
        .Select(multiplier => multiplier.Value).Append(1).Max();
}
