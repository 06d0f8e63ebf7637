using CleanGateway.Domain.Usage;

namespace CleanGateway.UnitTests.Domain.Usage;

public class ExactDecimalTests
{
    [Theory]
    [InlineData("0", "0")]
    [InlineData("0.000", "0")]
    [InlineData("0e99", "0")]
    [InlineData("-0.0", "0")]
    [InlineData("2.5e-06", "0.0000025")]
    [InlineData("1E3", "1000")]
    [InlineData("1.50", "1.5")]
    [InlineData("100", "100")]
    [InlineData("-1.10", "-1.1")]
    [InlineData("4.5003000000000007e-07", "0.00000045003000000000007")]
    [InlineData("1e-28", "0.0000000000000000000000000001")]
    [InlineData("79228162514264337593543950335", "79228162514264337593543950335")]
    public void A_number_keeps_every_digit(string text, string written)
    {
        ExactDecimal.TryParse(text, out var value).Should().BeTrue();

        ExactDecimal.Write(value).Should().Be(written);
    }

    [Theory]
    [InlineData("1e-29")]
    [InlineData("1.5e-28")]
    [InlineData("0.12345678901234567890123456789012")]
    [InlineData("79228162514264337593543950336")]
    [InlineData("1e400")]
    [InlineData("1e99999999999")]
    [InlineData("NaN")]
    [InlineData("1,5")]
    [InlineData("")]
    [InlineData("e5")]
    public void What_cannot_be_held_exactly_is_refused(string text) => ExactDecimal.TryParse(text, out _).Should().BeFalse();
}
