using CleanGateway.Domain.Usage;

namespace CleanGateway.UnitTests.Domain.Usage;

public class ChargeTests
{
    private static readonly Price Price = new(0.00003m, 0.00006m);

    [Fact]
    public void Usage_and_price_make_an_amount() =>
        Charge.For(UsageReport.Of(new TokenUsage(9, 3)), Price).Should().Be(Charge.Of(new Money(450_000)));

    [Fact]
    public void No_tokens_cost_a_known_nothing() => Charge.For(UsageReport.Of(default), Price).Should().Be(Charge.Nothing);

    [Fact]
    public void Without_a_price_the_cost_is_unknown_even_of_no_tokens() =>
        Charge.For(UsageReport.Of(default), price: null).Should().Be(Charge.Unknown(UnpricedReason.NoPrice));

    [Theory]
    [InlineData(UnpricedReason.UsageNotReported)]
    [InlineData(UnpricedReason.UsageInvalid)]
    [InlineData(UnpricedReason.Interrupted)]
    [InlineData(UnpricedReason.UpstreamFailed)]
    public void Without_usage_the_reason_is_why_there_is_none(UnpricedReason missing)
    {
        Charge.For(UsageReport.Unusable(missing), Price).Should().Be(Charge.Unknown(missing));
        Charge.For(UsageReport.Unusable(missing), price: null).Should().Be(Charge.Unknown(missing));
        Charge.For(UsageReport.Unusable(missing), Price.Free).Should().Be(Charge.Unknown(missing), "a free model's tokens are not known either");
    }

    [Fact]
    public void A_charge_has_an_amount_or_a_reason_and_never_both()
    {
        Charge.Nothing.Should().Match<Charge>(charge => charge.Amount == Money.Zero && charge.Reason == null);
        Charge.Unknown(UnpricedReason.NoPrice).Should().Match<Charge>(charge => charge.Amount == null && charge.Reason == UnpricedReason.NoPrice);
    }
}
