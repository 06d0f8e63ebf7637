namespace CleanGateway.Domain.Usage;

/// <summary>Exact rates of a model in US dollars per token.</summary>
public sealed record Price(decimal InputPerToken, decimal OutputPerToken)
{
    public static Price Free { get; } = new(0, 0);

    /// <summary>What a call with this usage costs: exact rates, one rounding.</summary>
    public Charge For(TokenUsage usage)
    {
        try
        {
            return Charge.Of(Money.Settle(usage.PromptTokens * InputPerToken + usage.CompletionTokens * OutputPerToken));
        }
        catch (OverflowException)
        {
            return Charge.Unknown(UnpricedReason.AmountTooLarge);
        }
    }
}
