using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace CleanGateway.Domain.Usage;

/// <summary>
/// The rates of a price card under the names of LiteLLM's catalogue. What it does not know it keeps, so that the card can
/// be read again by someone who does.
/// </summary>
internal sealed class RateDocument
{
    private const decimal HighestRate = 1_000_000m;
    private const decimal HighestMultiplier = 1000m;
    private const string Tiered = "tiered_pricing";
    private const string Searches = "search_context_cost_per_query";
    private const string SearchPrefix = "search_context_size_";
    private const string ProviderEntry = "provider_specific_entry";

    private readonly Dictionary<string, decimal> rates = new(StringComparer.Ordinal);
    private readonly Dictionary<string, decimal> multipliers = new(StringComparer.Ordinal);
    private readonly Dictionary<string, decimal> searches = new(StringComparer.Ordinal);
    private readonly List<PromptTier> tiers = [];

    private RateDocument(SortedDictionary<string, JsonElement> members)
    {
        foreach (var (name, value) in members)
            Read(name, value);

        tiers.Sort((left, right) => left.To.CompareTo(right.To));
        Json = CanonicalJson.Write(members);
        Version = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(Json)))[..16];
    }

    /// <summary>US dollars per unit.</summary>
    public IReadOnlyDictionary<string, decimal> Rates => rates;

    /// <summary>Regions' under their members' names; of the provider's own entry under its words.</summary>
    public IReadOnlyDictionary<string, decimal> Multipliers => multipliers;

    /// <summary>US dollars per web search, by <c>low</c>, <c>medium</c> and <c>high</c>.</summary>
    public IReadOnlyDictionary<string, decimal> SearchRates => searches;

    /// <summary>Rates by the length of the prompt, the shortest first.</summary>
    public IReadOnlyList<PromptTier> Tiers => tiers;

    /// <summary>The same text for the same rates.</summary>
    public string Json { get; }

    /// <summary>The first 16 hex digits of the SHA-256 of <see cref="Json"/>.</summary>
    public string Version { get; }

    public bool HasAnyRate => rates.Count > 0 || tiers.Count > 0 || searches.Count > 0;

    /// <param name="json">A JSON object.</param>
    /// <param name="more">Members that go before those of the same name; null ones are not there.</param>
    /// <exception cref="FormatException">Something in it cannot be; the message names it.</exception>
    public static RateDocument Parse(string json, params ReadOnlySpan<(string Name, decimal? Rate)> more)
    {
        using var document = Open(json);
        var members = new SortedDictionary<string, JsonElement>(StringComparer.Ordinal);
        foreach (var member in document.RootElement.EnumerateObject())
        {
            if (member.Value.ValueKind != JsonValueKind.Null)
                members[member.Name] = member.Value;
        }

        foreach (var (name, rate) in more)
        {
            if (rate is { } known)
                members[name] = JsonSerializer.SerializeToElement(known);
        }

        return new RateDocument(members);
    }

    private static JsonDocument Open(string json)
    {
        try
        {
            var document = JsonDocument.Parse(json);
            return document.RootElement.ValueKind == JsonValueKind.Object ? document : throw new FormatException("the rates are no JSON object");
        }
        catch (JsonException malformed)
        {
            throw new FormatException($"the rates are no JSON: {malformed.Message}", malformed);
        }
    }

    private void Read(string name, JsonElement value)
    {
        if (name == Tiered)
            ReadTiers(value);
        else if (name == Searches)
            ReadSearches(value);
        else if (name == ProviderEntry)
            ReadProviderEntry(value);
        else if (name.Contains("multiplier", StringComparison.Ordinal))
            multipliers[name] = Multiplier(name, value);
        else if (IsRate(name))
            rates[name] = Rate(name, value);
    }

    private static bool IsRate(string name) => name.Contains("cost", StringComparison.Ordinal);

    private void ReadTiers(JsonElement value)
    {
        foreach (var tier in Expect(Tiered, value, JsonValueKind.Array, "an array").EnumerateArray())
        {
            if (!Expect(Tiered, tier, JsonValueKind.Object, "objects").TryGetProperty("range", out var range))
                continue;   // tiers by something else than the prompt

            if (range.ValueKind != JsonValueKind.Array || range.GetArrayLength() != 2)
                throw Wrong($"{Tiered}.range", range, "two numbers of tokens");

            var (from, to) = (Tokens(range[0]), Tokens(range[1]));
            if (from >= to)
                throw Wrong($"{Tiered}.range", range, "the lower number first");

            var own = tier.EnumerateObject().Where(member => IsRate(member.Name) && member.Value.ValueKind != JsonValueKind.Null)
                .Select(member => KeyValuePair.Create(member.Name, Rate($"{Tiered}.{member.Name}", member.Value)));
            tiers.Add(new PromptTier(to, new Dictionary<string, decimal>(own, StringComparer.Ordinal)));
        }
    }

    private void ReadSearches(JsonElement value)
    {
        foreach (var size in Expect(Searches, value, JsonValueKind.Object, "an object").EnumerateObject())
        {
            var name = size.Name.StartsWith(SearchPrefix, StringComparison.Ordinal) ? size.Name[SearchPrefix.Length..] : size.Name;
            searches[name] = Rate($"{Searches}.{size.Name}", size.Value);
        }
    }

    // Numbers multiply; what else stands there is for other readers.
    private void ReadProviderEntry(JsonElement value)
    {
        foreach (var member in Expect(ProviderEntry, value, JsonValueKind.Object, "an object").EnumerateObject())
        {
            if (member.Value.ValueKind == JsonValueKind.Number)
                multipliers[member.Name] = Multiplier($"{ProviderEntry}.{member.Name}", member.Value);
        }
    }

    private static decimal Rate(string name, JsonElement value) => Number(name, value, HighestRate, "dollars from 0 to 1000000, 28 digits at most");

    private static decimal Multiplier(string name, JsonElement value) => Number(name, value, HighestMultiplier, "a number from 0 to 1000");

    private static long Tokens(JsonElement value)
    {
        var tokens = Number($"{Tiered}.range", value, TokenUsage.MaxTokens, "numbers of tokens");
        return decimal.IsInteger(tokens) ? decimal.ToInt64(tokens) : throw Wrong($"{Tiered}.range", value, "whole numbers of tokens");
    }

    private static decimal Number(string name, JsonElement value, decimal most, string expected) =>
        value.ValueKind == JsonValueKind.Number && ExactDecimal.TryParse(value.GetRawText(), out var number) && number >= 0 && number <= most
            ? number
            : throw Wrong(name, value, expected);

    private static JsonElement Expect(string name, JsonElement value, JsonValueKind kind, string expected) =>
        value.ValueKind == kind ? value : throw Wrong(name, value, expected);

    private static FormatException Wrong(string name, JsonElement value, string expected)
    {
        var text = value.GetRawText();
        return new FormatException($"{name} is {(text.Length <= 40 ? text : text[..40] + "…")}: expected {expected}");
    }
}

/// <summary>Rates for prompts up to a length, all tokens of the call at the same.</summary>
/// <param name="To">Tokens of the longest prompt.</param>
internal sealed record PromptTier(long To, IReadOnlyDictionary<string, decimal> Rates);
