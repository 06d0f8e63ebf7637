namespace CleanGateway.Domain.Usage;

/// <summary>What is charged by something else than tokens, in US dollars per unit.</summary>
internal sealed class UnitRates(RateDocument card)
{
    private const string UsualSearch = "medium";

    private readonly decimal? perSecond = First(
        card, "input_cost_per_second", "output_cost_per_second", "input_cost_per_audio_per_second", "output_cost_per_video_per_second");
    private readonly decimal? perCharacter = First(card, "input_cost_per_character", "output_cost_per_character");
    private readonly decimal? perImage = First(card, "output_cost_per_image", "input_cost_per_image");
    private readonly decimal? perPixel = First(card, "input_cost_per_pixel", "output_cost_per_pixel");
    private readonly decimal? perQuery = First(card, "input_cost_per_query");

    public decimal PerRequest { get; } = First(card, "input_cost_per_request") ?? 0;

    /// <summary>The dearest web search; 0 where none is known.</summary>
    public decimal HighestSearch { get; } = card.SearchRates.Values.DefaultIfEmpty().Max();

    public bool HasCharacters => perCharacter is not null;

    /// <summary>Adds what a call used of these.</summary>
    /// <returns>False when there is no rate for something that it used.</returns>
    public bool TryAdd(UsageDetails used, bool hasTokens, ref decimal cost)
    {
        if (!TryAdd(used.WebSearches, Search(used.SearchContextSize), ref cost) || !TryAdd(used.Queries, perQuery, ref cost))
            return false;

        // Where tokens were counted, these are only another measure of the same.
        return hasTokens
            || (TryAdd(used.Seconds, perSecond, ref cost) && TryAdd(used.Characters, perCharacter, ref cost) && TryAddImages(used, ref cost));
    }

    private bool TryAddImages(UsageDetails used, ref decimal cost) => perImage is not null
        ? TryAdd(used.Images, perImage, ref cost)
        : used.Images == 0 || (used.PixelsPerImage > 0 && TryAdd(used.Images * (decimal)used.PixelsPerImage, perPixel, ref cost));

    private decimal? Search(string? size) =>
        card.SearchRates.TryGetValue(size ?? UsualSearch, out var rate) || card.SearchRates.TryGetValue(UsualSearch, out rate) ? rate
        : card.SearchRates.Count > 0 ? HighestSearch
        : null;

    private static bool TryAdd(decimal quantity, decimal? rate, ref decimal cost)
    {
        if (quantity == 0)
            return true;

        cost += quantity * (rate ?? 0);
        return rate is not null;
    }

    // The same thing may be listed as what goes in and as what comes out, and is paid once. Where one of them is listed
    // as nothing the other counts.
    private static decimal? First(RateDocument card, params ReadOnlySpan<string> names)
    {
        decimal? found = null;
        foreach (var name in names)
        {
            if (card.Rates.TryGetValue(name, out var rate) && found is null or 0)
                found = rate;
        }

        return found;
    }
}
