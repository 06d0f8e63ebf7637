using System.Text.Json;
using CleanGateway.Domain.Usage;

namespace CleanGateway.UnitTests.Domain.Usage;

public class CostBoundTests
{
    private const int Seed = 20260321;
    private const int CallsOfEachCard = 300;

    private static readonly string?[] Asked = [null, "default", "auto", "priority", "fast", "flex", "batch", "express"];
    private static readonly string?[] Told = [null, "priority", "flex", "scale"];

    [Fact]
    public void A_simple_card_is_bound_by_its_two_rates()
    {
        var bound = new Price(0.00003m, 0.00006m).BoundFor(1000, new BoundTraits { Choices = 3 });

        bound.Should().Be(new CostBound(0.03m, 0.00018m));
        bound.Of(10).Should().Be(new Money(31_800_000));
    }

    [Fact]
    public void A_bound_is_rounded_up() =>
        new Price(0.0000000001m, 0).BoundFor(1, default).Of(0).Should().Be(new Money(1), "a tenth of a nano-dollar would not be enough");

    [Fact]
    public void What_no_amount_can_hold_is_the_greatest() =>
        new Price(1_000_000m, 1_000_000m).BoundFor(long.MaxValue, default).Of(long.MaxValue).Should().Be(Money.Greatest);

    [Fact]
    public void A_long_context_counts_only_where_the_prompt_can_reach_it()
    {
        var price = Price.Parse(ListedRates.Cards["gpt-5.4"]);

        price.BoundFor(272_000, new BoundTraits { ServiceTier = "default" }).Should().Be(new CostBound(0.68m, 0.000015m));
        price.BoundFor(272_001, new BoundTraits { ServiceTier = "default" }).Should().Be(new CostBound(1.360005m, 0.0000225m));
    }

    [Theory]
    [InlineData(null, 30)]
    [InlineData("default", 15)]
    [InlineData("flex", 15)]
    [InlineData("auto", 30)]
    [InlineData("priority", 30)]
    [InlineData("fast", 30)]
    [InlineData("express", 30)]
    public void The_tier_asked_for_decides_which_rates_it_may_come_to(string? tier, int perMillion) =>
        Price.Parse(ListedRates.Cards["gpt-5.4"]).BoundFor(1, new BoundTraits { ServiceTier = tier }).PerOutputToken.Should().Be(perMillion / 1_000_000m);

    [Fact]
    public void Sound_counts_only_where_it_may_be()
    {
        var price = Price.Parse(ListedRates.Cards["gpt-4o-audio-preview"]);

        price.BoundFor(1, default).Should().Be(new CostBound(0.0000025m, 0.00001m));
        price.BoundFor(1, new BoundTraits { AudioIn = true, AudioOut = true }).Should().Be(new CostBound(0.00004m, 0.00008m));
    }

    [Fact]
    public void Written_caches_the_providers_region_and_searches_count()
    {
        var price = Price.Parse(ListedRates.Cards["claude-opus-4-8"]);

        price.BoundFor(1000, default).Fixed.Should().Be(1000 * 0.00001m * 1.1m, "the provider chooses what it caches, and where it works");
        price.BoundFor(1000, new BoundTraits { WebSearch = true, Choices = 2, Fast = true }).Fixed.Should().Be((1000 * 0.00001m * 1.1m * 2m) + 0.02m);
    }

    [Fact]
    public void No_call_within_a_listed_cards_bound_costs_more()
    {
        var random = new Random(Seed);
        foreach (var (model, json) in ListedRates.Cards)
            IsNeverPassed(model, Price.Parse(json), random);
    }

    [Fact]
    public void No_call_within_any_cards_bound_of_the_full_catalogue_costs_more()
    {
        using var catalogue = JsonDocument.Parse(File.ReadAllText(SharedData.Find("model_prices_and_context_window.json")));
        var random = new Random(Seed);
        var entries = catalogue.RootElement.EnumerateObject().Where(entry => entry.Name is not ("sample_spec" or "fallback_generalizations")).ToList();

        foreach (var entry in entries)
            IsNeverPassed(entry.Name, Catalogue.PriceOf(entry.Value), random, calls: 20);

        entries.Should().HaveCountGreaterThan(2000);
    }

    private static void IsNeverPassed(string model, Price price, Random random, int calls = CallsOfEachCard)
    {
        for (var call = 0; call < calls; call++)
        {
            var most = random.NextInt64((long)Math.Pow(10, random.Next(1, 8)));
            var cap = random.NextInt64(100_000);
            var traits = new BoundTraits
            {
                ServiceTier = Asked[random.Next(Asked.Length)], Choices = random.Next(1, 5), AudioIn = Coin(), AudioOut = Coin(), ImagesIn = Coin(),
                ImagesOut = Coin(), WebSearch = Coin(), Fast = Coin(), Region = Coin() ? "eu" : null,
            };
            var usage = Within(most, cap, traits);

            if (price.For(usage).Amount is { } cost)
            {
                var bound = price.BoundFor(most, traits).Of(cap);
                bound.NanoDollars.Should().BeGreaterThanOrEqualTo(
                    cost.NanoDollars, "seed {0}: {1}, prompt {2}, cap {3}, {4}, {5}, {6}", Seed, model, most, cap, traits, usage, usage.Details);
            }
        }

        bool Coin() => random.Next(2) == 0;

        TokenUsage Within(long most, long cap, BoundTraits traits)
        {
            var (prompt, completion) = (Coin() ? most : random.NextInt64(most + 1), random.NextInt64((cap * traits.Choices) + 1));
            return new TokenUsage(prompt, completion)
            {
                CachedTokens = Coin() ? random.NextInt64(prompt + 1) : null,
                ReasoningTokens = Coin() ? random.NextInt64(completion + 1) : null,
                Details = new UsageDetails
                {
                    CacheWriteTokens = random.NextInt64(prompt + 1),
                    CacheWrite1hTokens = Coin() ? random.NextInt64(prompt + 1) : 0,
                    AudioInputTokens = traits.AudioIn ? random.NextInt64(prompt + 1) : 0,
                    ImageInputTokens = traits.ImagesIn ? random.NextInt64(prompt + 1) : 0,
                    AudioOutputTokens = traits.AudioOut ? random.NextInt64(completion + 1) : 0,
                    ImageOutputTokens = traits.ImagesOut ? random.NextInt64(completion + 1) : 0,
                    WebSearches = traits.WebSearch ? random.Next(traits.Choices + 1) : 0,
                    SearchContextSize = Coin() ? "high" : null,
                    ServiceTier = ToldFor(traits.ServiceTier),
                    Batch = traits.ServiceTier == "batch" && Coin(),
                    InferenceGeo = Coin() ? "us" : null,
                    Speed = traits.Fast && Coin() ? "fast" : null,
                    Region = traits.Region,
                },
            };
        }

        // What a provider may say it used, of what was asked for.
        string? ToldFor(string? asked) => asked switch
        {
            null or "default" or "batch" => null,
            "flex" => Coin() ? "flex" : null,
            "express" => Told[random.Next(Told.Length)],
            _ => Coin() ? "priority" : null,
        };
    }
}
