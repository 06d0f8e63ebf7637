namespace CleanGateway.Domain.Usage;

public sealed record BoundTraits(string? ServiceTier, int Choices)
{
    public bool MaySearch { get; init; }
    public bool MaySpeak { get; init; }
}
