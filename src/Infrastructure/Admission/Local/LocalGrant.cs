namespace CleanGateway.Infrastructure.Admission.Local;

/// <summary>What a call gets to hold.</summary>
/// <param name="Cap">The output cap that goes with it; null: it needs none.</param>
internal readonly record struct LocalGrant(long Amount, long? Cap)
{
    /// <param name="room">What the tightest of its budgets has left; null: none has a limit.</param>
    /// <returns>Null: not even one token of output fits.</returns>
    public static LocalGrant? For(CostRange cost, long? room)
    {
        var (full, part, perToken) = (MeterAmounts.Amount(cost.Full), MeterAmounts.Amount(cost.Fixed), MeterAmounts.Amount(cost.PerToken));
        var cap = MeterAmounts.Cap(cost.Cap);
        var isBounded = cap is not null || perToken == 0;
        if (room is not { } left)
            return new LocalGrant(isBounded ? full : part, cap);
        if (isBounded && full <= left)
            return new LocalGrant(full, cap);
        if (perToken == 0 || left < part)
            return null;

        var tokens = Math.Min((left - part) / perToken, cap - 1 ?? long.MaxValue);
        return tokens >= 1 ? new LocalGrant(part + (tokens * perToken), tokens) : null;
    }

    /// <summary>The cap that goes with an amount that is held already.</summary>
    public static long? CapOf(long amount, CostRange cost)
    {
        var (cap, perToken) = (MeterAmounts.Cap(cost.Cap), MeterAmounts.Amount(cost.PerToken));
        return perToken == 0 || (cap is not null && amount >= MeterAmounts.Amount(cost.Full))
            ? cap
            : Math.Max(1, (amount - MeterAmounts.Amount(cost.Fixed)) / perToken);
    }

    /// <summary>The least that the call could hold.</summary>
    public static long Least(CostRange cost)
    {
        var (full, oneToken) = (MeterAmounts.Amount(cost.Full), MeterAmounts.Amount(cost.Fixed) + MeterAmounts.Amount(cost.PerToken));
        return cost.PerToken.NanoDollars <= 0 ? full : cost.Cap == long.MaxValue ? oneToken : Math.Min(full, oneToken);
    }
}
