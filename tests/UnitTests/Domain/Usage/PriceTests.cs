using System.Numerics;
using CleanGateway.Domain.Models;
using CleanGateway.Domain.Usage;

namespace CleanGateway.UnitTests.Domain.Usage;

public class PriceTests
{
    private const int Seed = 20260102;

    // Published prices that are no whole nano-dollars per token, next to round and great ones.
    private static readonly decimal[] Published =
        [0m, 0.0000025m, 0.00001m, 0.00000015m, 0.000000075m, 0.00003m, 0.00006m, 0.0000001625m, 0.00000005m, 0.0000000375m, 0.00015m, 0.0006m];

    [Fact]
    public void A_call_costs_tokens_times_rates() =>
        new Price(0.00003m, 0.00006m).For(new TokenUsage(9, 3)).Amount.Should().Be(new Money(450_000));

    [Fact]
    public void Both_halves_are_rounded_together_and_once() =>
        new Price(0.0000000005m, 0.0000000005m).For(new TokenUsage(1, 1)).Amount.Should().Be(new Money(1), "two halves are a whole");

    [Fact]
    public void Costs_agree_with_exact_arithmetic_for_published_prices()
    {
        var random = new Random(Seed);
        for (var i = 0; i < 3000; i++)
            AgreesWithExactArithmetic(new Price(OneOf(Published, random), OneOf(Published, random)), new TokenUsage(Tokens(random), Tokens(random)));
    }

    [Fact]
    public void Costs_agree_with_exact_arithmetic_for_any_price()
    {
        var random = new Random(Seed);
        for (var i = 0; i < 3000; i++)
            AgreesWithExactArithmetic(new Price(Rate(random), Rate(random)), new TokenUsage(Tokens(random), Tokens(random)));
    }

    [Fact]
    public void Costs_agree_with_exact_arithmetic_on_and_beside_half_a_nano_dollar()
    {
        var random = new Random(Seed);
        for (var i = 0; i < 3000; i++)
        {
            // One token of the first rate ends in half a nano-dollar; one of the second puts it a little above, or not.
            var half = (random.Next(1_000_000) + 0.5m) / 1_000_000_000m;
            var little = random.Next(3) == 0 ? 0m : new decimal(random.Next(1, 1000), 0, 0, isNegative: false, scale: (byte)random.Next(10, 25));

            AgreesWithExactArithmetic(new Price(half, little), new TokenUsage(1, 1));
        }
    }

    [Fact]
    public void What_no_amount_can_hold_is_unknown_and_not_a_failure()
    {
        var charge = new Price(1_000_000m, 1_000_000m).For(new TokenUsage(TokenUsage.MaxTokens, TokenUsage.MaxTokens));

        charge.Amount.Should().BeNull();
        charge.Reason.Should().Be(UnpricedReason.AmountTooLarge);
    }

    [Fact]
    public void The_most_tokens_at_a_usual_price_still_have_an_exact_cost() =>
        new Price(0.00003m, 0.00006m).For(new TokenUsage(TokenUsage.MaxTokens, TokenUsage.MaxTokens)).Amount!.Value.Dollars.Should().Be(900_000m);

    [Theory]
    [InlineData(null, null, false)]
    [InlineData(0.1, null, false)]
    [InlineData(null, 0.1, false)]
    [InlineData(0.0, 0.0, true)]
    [InlineData(0.1, 0.2, true)]
    public void A_model_has_a_price_when_both_rates_are_known(double? input, double? output, bool known)
    {
        var model = Model.Load(default, "gpt-4", "openai", (decimal?)input, (decimal?)output, "chat", DateTimeOffset.UnixEpoch);

        (model.Price is not null).Should().Be(known);
    }

    private static void AgreesWithExactArithmetic(Price price, TokenUsage usage)
    {
        var expected = ExactNanoDollars(price, usage);

        var charge = price.For(usage);

        var because = $"seed {Seed}: {usage.PromptTokens} × {price.InputPerToken} + {usage.CompletionTokens} × {price.OutputPerToken}";
        if (expected > long.MaxValue)
            charge.Reason.Should().Be(UnpricedReason.AmountTooLarge, because);
        else
            charge.Amount.Should().Be(new Money((long)expected), because);
    }

    // Whole numbers only: both products over one denominator, then half to even.
    private static BigInteger ExactNanoDollars(Price price, TokenUsage usage)
    {
        const int Scale = 28;
        var numerator = (usage.PromptTokens * Scaled(price.InputPerToken) + usage.CompletionTokens * Scaled(price.OutputPerToken)) * 1_000_000_000;
        var denominator = BigInteger.Pow(10, Scale);
        var whole = BigInteger.DivRem(numerator, denominator, out var rest);
        var comparison = (rest * 2).CompareTo(denominator);
        return comparison > 0 || (comparison == 0 && !whole.IsEven) ? whole + 1 : whole;

        static BigInteger Scaled(decimal rate)
        {
            var bits = decimal.GetBits(rate);
            var mantissa = (new BigInteger((uint)bits[2]) << 64) + (new BigInteger((uint)bits[1]) << 32) + (uint)bits[0];
            return mantissa * BigInteger.Pow(10, Scale - rate.Scale);
        }
    }

    private static T OneOf<T>(T[] choices, Random random) => choices[random.Next(choices.Length)];

    private static long Tokens(Random random) => random.NextInt64((long)Math.Pow(10, random.Next(1, 11)));

    private static decimal Rate(Random random) => new(random.Next(), random.Next(1000), 0, isNegative: false, scale: (byte)random.Next(6, 25));
}
