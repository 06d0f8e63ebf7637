using CleanGateway.Domain.Usage;

namespace CleanGateway.Infrastructure.Admission;

/// <summary>
/// The amounts that meters reckon with, in nano-dollars. Scripts in Redis know no other numbers than doubles, which hold
/// integers exactly up to 2⁵³, about 9.007 million dollars; so the meter in memory keeps to the same.
/// </summary>
internal static class MeterAmounts
{
    /// <summary>A limit above nine million dollars counts as that.</summary>
    public const long HighestLimit = 9_000_000_000_000_000;

    // Fits in no limit.
    private const long TooMuch = HighestLimit + 1;

    public static long Limit(Money limit) => Math.Clamp(limit.NanoDollars, 0, HighestLimit);

    public static long Amount(Money amount) => Math.Clamp(amount.NanoDollars, 0, TooMuch);

    /// <summary>An output cap; null: there is none.</summary>
    public static long? Cap(long cap) => cap == long.MaxValue ? null : Math.Clamp(cap, 0, TooMuch);
}
