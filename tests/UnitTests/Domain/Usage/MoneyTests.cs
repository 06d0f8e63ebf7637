using System.Globalization;
using CleanGateway.Domain.Usage;

namespace CleanGateway.UnitTests.Domain.Usage;

public class MoneyTests
{
    [Theory]
    [InlineData("0", 0)]
    [InlineData("0.000000001", 1)]
    [InlineData("0.00045", 450_000)]
    [InlineData("1", 1_000_000_000)]
    [InlineData("0.0000000005", 0)]
    [InlineData("0.0000000015", 2)]
    [InlineData("0.0000000025", 2)]
    [InlineData("0.0000000035", 4)]
    [InlineData("0.00000000049999999999999999", 0)]
    [InlineData("0.00000000050000000000000001", 1)]
    [InlineData("0.00000000249999999999999999", 2)]
    [InlineData("0.00000000250000000000000001", 3)]
    [InlineData("123456.7890123455", 123_456_789_012_346)]
    [InlineData("123456.7890123465", 123_456_789_012_346)]
    [InlineData("0.0000000000000000000000000001", 0)]
    public void Half_a_nano_dollar_is_rounded_to_the_even_one(string dollars, long nanoDollars) =>
        Money.Settle(decimal.Parse(dollars, CultureInfo.InvariantCulture)).Should().Be(new Money(nanoDollars));

    [Theory]
    [InlineData("9223372036.854775807")]
    [InlineData("9223372036.8547758074")]
    public void The_greatest_amount_fits(string dollars) =>
        Money.Settle(decimal.Parse(dollars, CultureInfo.InvariantCulture)).NanoDollars.Should().Be(long.MaxValue);

    [Theory]
    [InlineData("9223372036.8547758075")]
    [InlineData("9223372036.854775808")]
    [InlineData("10000000000")]
    [InlineData("79228162514264337593543950335")]
    public void More_is_refused_and_never_wraps_around(string dollars)
    {
        var settle = () => Money.Settle(decimal.Parse(dollars, CultureInfo.InvariantCulture));

        settle.Should().Throw<OverflowException>();
    }

    [Theory]
    [InlineData("0", 0)]
    [InlineData("0.000000001", 1)]
    [InlineData("0.0000000010000000000000000001", 2)]
    [InlineData("0.0000000000000000000000000001", 1)]
    public void What_is_set_aside_is_rounded_up(string dollars, long nanoDollars) =>
        Money.Reserve(decimal.Parse(dollars, CultureInfo.InvariantCulture)).Should().Be(new Money(nanoDollars));

    [Fact]
    public void A_sum_is_exact_or_refused()
    {
        (new Money(450_000) + new Money(1)).Should().Be(new Money(450_001));
        var tooMuch = () => new Money(long.MaxValue) + new Money(1);
        tooMuch.Should().Throw<OverflowException>();
    }

    [Theory]
    [InlineData(1, "0.000000001")]
    [InlineData(450_000, "0.00045")]
    [InlineData(long.MaxValue, "9223372036.854775807")]
    public void An_amount_is_the_same_in_dollars(long nanoDollars, string dollars)
    {
        new Money(nanoDollars).Dollars.Should().Be(decimal.Parse(dollars, CultureInfo.InvariantCulture));
        Money.Settle(new Money(nanoDollars).Dollars).NanoDollars.Should().Be(nanoDollars);
    }

    [Fact]
    public void An_amount_is_shown_with_all_its_digits() => new Money(450_000).ToString().Should().Be("$0.000450000");
}
