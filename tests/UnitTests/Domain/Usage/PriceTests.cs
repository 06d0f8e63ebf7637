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
            AgreesWithExactArithmetic(OneOf(Published, random), OneOf(Published, random), new TokenUsage(Tokens(random), Tokens(random)));
    }

    [Fact]
    public void Costs_agree_with_exact_arithmetic_for_any_price()
    {
        var random = new Random(Seed);
        for (var i = 0; i < 3000; i++)
            AgreesWithExactArithmetic(Math.Min(Rate(random), 1_000_000m), Math.Min(Rate(random), 1_000_000m), new TokenUsage(Tokens(random), Tokens(random)));
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

            AgreesWithExactArithmetic(half, little, new TokenUsage(1, 1));
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
    [InlineData(null, null, "{}", false)]
    [InlineData(null, null, """{"web_search_billing_unit":"per_query","regional_processing_uplift_multiplier_eu":1.1}""", false)]
    [InlineData(null, null, """{"input_cost_per_token":null}""", false)]
    [InlineData(0.1, null, "{}", true)]
    [InlineData(null, 0.1, "{}", true)]
    [InlineData(0.0, 0.0, "{}", true)]
    [InlineData(null, null, """{"input_cost_per_second":0}""", true)]
    [InlineData(null, null, """{"tiered_pricing":[{"range":[0,10],"input_cost_per_token":1}]}""", true)]
    public void A_model_has_a_price_when_any_rate_is_known(double? input, double? output, string prices, bool known)
    {
        var model = Model.Load(default, "gpt-4", "openai", (decimal?)input, (decimal?)output, "chat", DateTimeOffset.UnixEpoch, prices);

        (model.Price is not null).Should().Be(known);
    }

    [Fact]
    public void What_was_counted_and_has_no_rate_is_not_free()
    {
        var price = Price.From(0.00001m, null, "{}")!;

        price.CoversTokens.Should().BeFalse();
        price.For(new TokenUsage(100, 0)).Amount.Should().Be(new Money(1_000_000));
        price.For(new TokenUsage(100, 1)).Should().Be(Charge.Unknown(UnpricedReason.NoPrice));
        price.For(new TokenUsage(100, 0) { Details = new UsageDetails { WebSearches = 1 } }).Should().Be(Charge.Unknown(UnpricedReason.NoPrice));
        price.For(new TokenUsage(0, 0) { Details = new UsageDetails { Seconds = 1 } }).Should().Be(Charge.Unknown(UnpricedReason.NoPrice));
        Price.Parse("""{"input_cost_per_pixel":0.1}""").For(new TokenUsage(0, 0) { Details = new UsageDetails { Images = 1 } })
            .Should().Be(Charge.Unknown(UnpricedReason.NoPrice), "their size is not known");
        Price.Parse("""{"input_cost_per_second":0.1}""").For(default).Should().Be(Charge.Unknown(UnpricedReason.NoPrice), "nobody counted the seconds");
    }

    [Fact]
    public void A_sort_of_token_without_a_rate_costs_what_tokens_usually_do() =>
        new Price(0.001m, 0.002m)
            .For(new TokenUsage(100, 100)
            {
                CachedTokens = 10, ReasoningTokens = 10,
                Details = new UsageDetails
                {
                    CacheWriteTokens = 10, CacheWrite1hTokens = 10, AudioInputTokens = 10, ImageInputTokens = 10, AudioOutputTokens = 10, ImageOutputTokens = 10,
                },
            })
            .Amount!.Value.Dollars.Should().Be(0.3m);

    [Fact]
    public void An_hours_cache_without_a_rate_costs_what_a_short_one_does() =>
        Price.Parse("""{"input_cost_per_token":0.001,"output_cost_per_token":0,"cache_creation_input_token_cost":0.005}""")
            .For(new TokenUsage(10, 0) { Details = new UsageDetails { CacheWrite1hTokens = 10 } }).Amount!.Value.Dollars.Should().Be(0.05m);

    [Fact]
    public void Parts_that_are_more_than_the_whole_are_not_charged_beyond_it() =>
        new Price(0.001m, 0)
            .For(new TokenUsage(100, 0) { CachedTokens = 80, Details = new UsageDetails { CacheWriteTokens = 80, AudioInputTokens = 80 } })
            .Amount!.Value.Dollars.Should().Be(0.1m);

    [Fact]
    public void A_request_may_cost_something_in_itself() =>
        Price.Parse("""{"input_cost_per_token":0.001,"output_cost_per_token":0,"input_cost_per_request":0.5}""").For(new TokenUsage(1, 0))
            .Amount!.Value.Dollars.Should().Be(0.501m);

    [Fact]
    public void A_rate_that_cannot_be_halved_does_not_become_nothing() =>
        Price.Parse("""{"input_cost_per_token":1e-28,"output_cost_per_token":0}""").BoundFor(1, new BoundTraits { ServiceTier = "batch" }).Fixed
            .Should().Be(1e-28m);

    [Theory]
    [InlineData("""{"input_cost_per_token":"0.1"}""", "input_cost_per_token is \"0.1\"")]
    [InlineData("""{"input_cost_per_token":-1}""", "input_cost_per_token is -1")]
    [InlineData("""{"cache_read_input_token_cost":1e-30}""", "cache_read_input_token_cost is 1e-30")]
    [InlineData("""{"cache_read_input_token_cost":1e7}""", "cache_read_input_token_cost is 1e7")]
    [InlineData("""{"cache_read_input_token_cost":true}""", "cache_read_input_token_cost is true")]
    [InlineData("""{"search_context_cost_per_query":0.1}""", "search_context_cost_per_query is 0.1")]
    [InlineData("""{"search_context_cost_per_query":{"search_context_size_low":-1}}""", "search_context_size_low is -1")]
    [InlineData("""{"tiered_pricing":{}}""", "tiered_pricing is {}")]
    [InlineData("""{"tiered_pricing":[1]}""", "tiered_pricing is 1")]
    [InlineData("""{"tiered_pricing":[{"range":[5,1]}]}""", "tiered_pricing.range is [5,1]")]
    [InlineData("""{"tiered_pricing":[{"range":[0,1.5]}]}""", "tiered_pricing.range is 1.5")]
    [InlineData("""{"tiered_pricing":[{"range":[0,1],"input_cost_per_token":-1}]}""", "tiered_pricing.input_cost_per_token is -1")]
    [InlineData("""{"provider_specific_entry":{"us":5000}}""", "provider_specific_entry.us is 5000")]
    [InlineData("""{"regional_processing_uplift_multiplier_eu":-1}""", "regional_processing_uplift_multiplier_eu is -1")]
    [InlineData("[]", "no JSON object")]
    [InlineData("{", "no JSON")]
    public void What_is_no_rate_is_named(string json, string problem)
    {
        var parse = () => Price.Parse(json);

        parse.Should().Throw<FormatException>().WithMessage($"*{problem}*");
    }

    [Fact]
    public void Equal_rates_make_one_card_however_they_are_written()
    {
        var one = Price.Parse("""{ "output_cost_per_token": 2.50e-06, "input_cost_per_token": 0, "source": "x", "a": {"c":1.0,"b":[1e1]} }""");
        var other = Price.Parse("""{"a":{"b":[10],"c":1},"input_cost_per_token":0.000,"output_cost_per_token":0.0000025,"source":"x"}""");

        one.Should().Be(other);
        (one.Version, one.GetHashCode()).Should().Be((other.Version, other.GetHashCode()));
        one.Json.Should().Be("""{"a":{"b":[10],"c":1},"input_cost_per_token":0,"output_cost_per_token":0.0000025,"source":"x"}""");
        one.Version.Should().MatchRegex("^[0-9a-f]{16}$");
        one.Should().NotBe(Price.Parse("""{"input_cost_per_token":0,"output_cost_per_token":0.0000026}"""));
        Price.Assumed(1, 2).Should().NotBe(new Price(1, 2));
    }

    private static void AgreesWithExactArithmetic(decimal input, decimal output, TokenUsage usage)
    {
        var expected = ExactNanoDollars(input, output, usage);

        var charge = new Price(input, output).For(usage);

        var because = $"seed {Seed}: {usage.PromptTokens} × {input} + {usage.CompletionTokens} × {output}";
        if (expected > long.MaxValue)
            charge.Reason.Should().Be(UnpricedReason.AmountTooLarge, because);
        else
            charge.Amount.Should().Be(new Money((long)expected), because);
    }

    // Whole numbers only: both products over one denominator, then half to even.
    private static BigInteger ExactNanoDollars(decimal input, decimal output, TokenUsage usage)
    {
        const int Scale = 28;
        var numerator = (usage.PromptTokens * Scaled(input) + usage.CompletionTokens * Scaled(output)) * 1_000_000_000;
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
