namespace CleanGateway.Domain.Usage;

public sealed record CostBound(decimal Fixed, decimal PerOutputToken)
{
    public Money Of(long outputTokens) => Money.Reserve(Fixed + outputTokens * PerOutputToken);
}
