namespace CleanGateway.Domain.Usage;

/// <summary>
/// The tokens of a call by what they cost, each counted once. Parts that together are more than the whole give way in
/// order, so that never more is charged than was counted.
/// </summary>
internal readonly ref struct TokenSplit
{
    public TokenSplit(TokenUsage usage)
    {
        var details = usage.Details;
        var rest = usage.PromptTokens;
        CacheWrite1h = Take(details?.CacheWrite1hTokens, ref rest);
        CacheWrite = Take(details?.CacheWriteTokens, ref rest);
        CacheRead = Take(usage.CachedTokens, ref rest);
        AudioIn = Take(details?.AudioInputTokens, ref rest);
        ImageIn = Take(details?.ImageInputTokens, ref rest);
        Input = rest;

        rest = usage.CompletionTokens;
        AudioOut = Take(details?.AudioOutputTokens, ref rest);
        ImageOut = Take(details?.ImageOutputTokens, ref rest);
        Reasoning = Take(usage.ReasoningTokens, ref rest);
        Output = rest;
    }

    public long Input { get; }
    public long CacheRead { get; }
    public long CacheWrite { get; }
    public long CacheWrite1h { get; }
    public long AudioIn { get; }
    public long ImageIn { get; }
    public long Output { get; }
    public long Reasoning { get; }
    public long AudioOut { get; }
    public long ImageOut { get; }

    /// <summary>US dollars; null when there are tokens without a rate.</summary>
    public decimal? At(TokenRates rates)
    {
        var cost = 0m;
        return TryAdd(Input, rates.Input, ref cost)
            && TryAdd(CacheRead, rates.CacheRead, ref cost)
            && TryAdd(CacheWrite, rates.CacheWrite, ref cost)
            && TryAdd(CacheWrite1h, rates.CacheWrite1h, ref cost)
            && TryAdd(AudioIn, rates.AudioIn, ref cost)
            && TryAdd(ImageIn, rates.ImageIn, ref cost)
            && TryAdd(Output, rates.Output, ref cost)
            && TryAdd(Reasoning, rates.Reasoning, ref cost)
            && TryAdd(AudioOut, rates.AudioOut, ref cost)
            && TryAdd(ImageOut, rates.ImageOut, ref cost)
            ? cost
            : null;
    }

    private static bool TryAdd(long tokens, decimal? rate, ref decimal cost)
    {
        cost += tokens * (rate ?? 0);
        return tokens == 0 || rate is not null;
    }

    private static long Take(long? part, ref long rest)
    {
        var taken = Math.Clamp(part ?? 0, 0, rest);
        rest -= taken;
        return taken;
    }
}
