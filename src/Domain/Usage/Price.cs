using System.Security.Cryptography;
using System.Text;

namespace CleanGateway.Domain.Usage;

/// <summary>Exact rates of a model in US dollars per token.</summary>
public sealed record Price(decimal InputPerToken, decimal OutputPerToken)
{
    public static Price Free { get; } = new(0, 0);

    /// <summary>The same for the same rates, another for any other: the first 16 hex digits of their SHA-256.</summary>
    public string Version => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(FormattableString.Invariant($"{InputPerToken}|{OutputPerToken}"))))[..16];

    public CostBound BoundFor(long mostPromptTokens, BoundTraits traits) => new(mostPromptTokens * InputPerToken, OutputPerToken * traits.Choices);

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
