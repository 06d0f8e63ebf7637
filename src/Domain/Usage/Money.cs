namespace CleanGateway.Domain.Usage;

/// <summary>An amount of US dollars in whole nano-dollars (10⁻⁹), so that sums are exact.</summary>
public readonly record struct Money(long NanoDollars)
{
    private const decimal NanoDollarsPerDollar = 1_000_000_000m;

    public static Money Zero => default;

    public static Money Greatest => new(long.MaxValue);

    public decimal Dollars => NanoDollars / NanoDollarsPerDollar;

    /// <summary>
    /// The one rounding of a call's cost: half to even, so that many calls do not drift one way.
    /// </summary>
    /// <exception cref="OverflowException">More than nine billion dollars.</exception>
    public static Money Settle(decimal dollars) =>
        new(decimal.ToInt64(decimal.Round(dollars * NanoDollarsPerDollar, 0, MidpointRounding.ToEven)));

    /// <summary>Rounds up, so that what is set aside for a call is never less than what it comes to.</summary>
    /// <exception cref="OverflowException">More than nine billion dollars.</exception>
    public static Money Reserve(decimal dollars) => new(decimal.ToInt64(decimal.Ceiling(dollars * NanoDollarsPerDollar)));

    public static Money operator +(Money left, Money right) => new(checked(left.NanoDollars + right.NanoDollars));

    public override string ToString() => FormattableString.Invariant($"${Dollars:0.000000000}");
}
