namespace CleanGateway.Domain.Usage;

/// <summary>What a provider charges different rates for, depending on how soon it answers.</summary>
internal enum ServiceTier
{
    Standard,
    Priority,
    Flex,
    Batch,
}

internal static class ServiceTiers
{
    private static readonly ServiceTier[] Usual = [ServiceTier.Standard];
    private static readonly ServiceTier[] MaybePriority = [ServiceTier.Standard, ServiceTier.Priority];
    private static readonly ServiceTier[] MaybeFlex = [ServiceTier.Standard, ServiceTier.Flex];
    private static readonly ServiceTier[] MaybeBatch = [ServiceTier.Standard, ServiceTier.Batch];
    private static readonly ServiceTier[] Any = [ServiceTier.Standard, ServiceTier.Priority, ServiceTier.Flex];

    /// <summary>The tier whose rates a call is charged at, by what the provider says it used.</summary>
    public static ServiceTier Charged(UsageDetails? details) => details switch
    {
        { Batch: true } => ServiceTier.Batch,
        { ServiceTier: { } name } => Named(name) ?? ServiceTier.Standard,
        _ => ServiceTier.Standard,
    };

    /// <summary>Every tier that a call may be charged at which asks for this one; an unknown word may lead anywhere.</summary>
    public static ServiceTier[] Reachable(string? asked) => asked switch
    {
        null or "auto" => MaybePriority,   // left out, it is what the provider's project is set to
        _ => Named(asked) switch
        {
            ServiceTier.Standard => Usual,
            ServiceTier.Priority => MaybePriority,
            ServiceTier.Flex => MaybeFlex,
            ServiceTier.Batch => MaybeBatch,
            _ => Any,
        },
    };

    private static ServiceTier? Named(string name) => name switch
    {
        "default" or "standard" or "auto" => ServiceTier.Standard,
        "priority" or "fast" => ServiceTier.Priority,
        "flex" => ServiceTier.Flex,
        "batch" => ServiceTier.Batch,
        _ => null,
    };
}
