namespace CleanGateway.Domain.Usage;

/// <summary>The most that a call can cost, by how long its answers may be.</summary>
/// <param name="Fixed">US dollars, whatever is answered.</param>
/// <param name="PerOutputToken">US dollars for each token that one answer may have, all choices together.</param>
public readonly record struct CostBound(decimal Fixed, decimal PerOutputToken)
{
    /// <param name="outputTokens">The most that one answer may have.</param>
    /// <returns>Rounded up to whole nano-dollars; what no amount can hold is the greatest one.</returns>
    public Money Of(long outputTokens)
    {
        try
        {
            return Money.Reserve(Fixed + outputTokens * PerOutputToken);
        }
        catch (OverflowException)
        {
            return Money.Greatest;
        }
    }
}
