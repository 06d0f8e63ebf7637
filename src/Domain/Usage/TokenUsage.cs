namespace CleanGateway.Domain.Usage;

/// <summary>
/// What a provider says it counted, in OpenAI's terms: cached tokens are part of the prompt, reasoning tokens part of
/// the completion.
/// </summary>
public readonly record struct TokenUsage(long PromptTokens, long CompletionTokens)
{
    /// <summary>
    /// More than any model takes or gives in one call by orders of magnitude; a report beyond it is an error of the
    /// provider and not believed.
    /// </summary>
    public const long MaxTokens = 10_000_000_000;

    public long? CachedTokens { get; init; }
    public long? ReasoningTokens { get; init; }

    /// <summary>Null for most calls.</summary>
    public UsageDetails? Details { get; init; }
    public long TotalTokens => PromptTokens + CompletionTokens;
}
