namespace CleanGateway.Domain.Usage;

/// <summary>
/// What a call cost: an amount, or the reason why it is not known. Never a zero that only means "not known".
/// </summary>
public readonly record struct Charge
{
    private Charge(Money? amount, UnpricedReason? reason) => (Amount, Reason) = (amount, reason);

    /// <summary>Null exactly when <see cref="Reason"/> is not.</summary>
    public Money? Amount { get; }
    public UnpricedReason? Reason { get; }

    /// <summary>A call that never went upstream costs nothing, and that is known.</summary>
    public static Charge Nothing => Of(Money.Zero);

    public static Charge Of(Money amount) => new(amount, null);

    public static Charge Unknown(UnpricedReason reason) => new(null, reason);

    /// <summary>Usage and price, if both are there; else which is missing.</summary>
    public static Charge For(UsageReport usage, Price? price) => usage switch
    {
        { Usage: null, Missing: var reason } => Unknown(reason ?? UnpricedReason.UsageNotReported),
        { Usage: { } counted } => price?.For(counted) ?? Unknown(UnpricedReason.NoPrice),
    };
}

/// <summary>Why a cost is null. Written to the database in snake case.</summary>
public enum UnpricedReason
{
    /// <summary>The model has no price in the catalogue.</summary>
    NoPrice,

    /// <summary>The provider answered without saying what it counted.</summary>
    UsageNotReported,

    /// <summary>The provider reported what cannot be: negative, fractional, not a number, absurdly large.</summary>
    UsageInvalid,

    /// <summary>The answer broke off before the provider reported usage; what was sent until then may be billed.</summary>
    Interrupted,

    /// <summary>The provider answered with an error, or not in time; whether it bills that is not known.</summary>
    UpstreamFailed,

    /// <summary>Rate times tokens is beyond what an amount can hold.</summary>
    AmountTooLarge,
}

/// <summary>What a call used, or why that is not known.</summary>
/// <param name="Source">Null exactly when <paramref name="Usage"/> is.</param>
public readonly record struct UsageReport(TokenUsage? Usage, UnpricedReason? Missing, UsageSource? Source)
{
    public static UsageReport None => new(null, UnpricedReason.UsageNotReported, null);

    public static UsageReport Of(TokenUsage usage) => new(usage, null, UsageSource.Provider);

    public static UsageReport Estimated(TokenUsage usage) => new(usage, null, UsageSource.Estimated);

    public static UsageReport Unusable(UnpricedReason reason) => new(null, reason, null);

    /// <summary>The same, of a call that was served in this tier; null is the usual one.</summary>
    public UsageReport InTier(string? serviceTier) => serviceTier is not null && Usage is { } counted
        ? this with { Usage = counted with { Details = (counted.Details ?? new UsageDetails()) with { ServiceTier = serviceTier } } }
        : this;
}

/// <summary>Where the numbers of a <see cref="UsageReport"/> come from. Written to the database in snake case.</summary>
public enum UsageSource
{
    /// <summary>The provider counted, and said so.</summary>
    Provider,

    /// <summary>The gateway worked them out, because the provider's own were lost.</summary>
    Estimated,
}
