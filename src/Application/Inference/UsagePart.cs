using CleanGateway.Domain.Usage;

namespace CleanGateway.Application.Inference;

/// <summary>
/// What one event says of the usage, in APIs that tell it in pieces. Counts are of the whole call until then: a later one
/// takes the place of an earlier one of the same, and null says nothing.
/// </summary>
public sealed record UsagePart
{
    /// <summary>Input tokens that were neither read from nor written to the provider's cache.</summary>
    public long? Input { get; init; }
    public long? CacheRead { get; init; }

    /// <summary>Written to the cache, for however long.</summary>
    public long? CacheWrite { get; init; }

    /// <summary>Of those the ones that were written for an hour.</summary>
    public long? CacheWrite1h { get; init; }

    /// <summary>Reasoning included.</summary>
    public long? Output { get; init; }
    public long? Reasoning { get; init; }
    public long? WebSearches { get; init; }

    /// <summary>The provider's own word; null also for the usual tier.</summary>
    public string? ServiceTier { get; init; }
    public string? InferenceGeo { get; init; }
    public string? Speed { get; init; }

    /// <summary>The output is counted to its end.</summary>
    public bool IsFinal { get; init; }

    /// <summary>It said what cannot be.</summary>
    public bool IsInvalid { get; init; }

    /// <summary>This, and of what it leaves open what was said before.</summary>
    public UsagePart Over(UsagePart? earlier) => earlier is null ? this : new UsagePart
    {
        Input = Input ?? earlier.Input,
        CacheRead = CacheRead ?? earlier.CacheRead,
        CacheWrite = CacheWrite ?? earlier.CacheWrite,
        CacheWrite1h = CacheWrite1h ?? earlier.CacheWrite1h,
        Output = Output ?? earlier.Output,
        Reasoning = Reasoning ?? earlier.Reasoning,
        WebSearches = WebSearches ?? earlier.WebSearches,
        ServiceTier = ServiceTier ?? earlier.ServiceTier,
        InferenceGeo = InferenceGeo ?? earlier.InferenceGeo,
        Speed = Speed ?? earlier.Speed,
        IsFinal = IsFinal || earlier.IsFinal,
        IsInvalid = IsInvalid || earlier.IsInvalid,
    };

    /// <summary>All of the usage, where this is all that is said of it.</summary>
    public UsageReport ToReport() => this switch
    {
        { IsInvalid: true } => UsageReport.Unusable(UnpricedReason.UsageInvalid),
        { Input: { } input, Output: { } output } => UsageReport.Of(Count(input, output)),
        _ => UsageReport.None,
    };

    /// <summary>The usage of a stream: as it was counted, or with an estimate of the output where it broke off before that.</summary>
    /// <param name="said">About how many tokens of output were seen.</param>
    public UsageReport ToReport(long said) => this switch
    {
        { IsInvalid: true } or { IsFinal: true } => ToReport(),
        { Input: { } input } => UsageReport.Estimated(Count(input, Math.Max(Output ?? 0, said))),
        _ => UsageReport.None,
    };

    private TokenUsage Count(long input, long output)
    {
        var written = Math.Max(CacheWrite ?? 0, CacheWrite1h ?? 0);
        return new TokenUsage(input + (CacheRead ?? 0) + written, output)
        {
            CachedTokens = CacheRead,
            ReasoningTokens = Reasoning <= output ? Reasoning : null,
            Details = new UsageDetails
            {
                CacheWriteTokens = written - (CacheWrite1h ?? 0),
                CacheWrite1hTokens = CacheWrite1h ?? 0,
                WebSearches = WebSearches ?? 0,
                ServiceTier = ServiceTier == "batch" ? null : ServiceTier,
                Batch = ServiceTier == "batch",
                InferenceGeo = InferenceGeo,
                Speed = Speed,
            }.OrNull(),
        };
    }
}
