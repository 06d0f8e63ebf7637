using CleanGateway.Application.Inference;
using CleanGateway.Application.Models;
using CleanGateway.Domain.Providers;
using CleanGateway.Domain.Usage;
using CleanGateway.Infrastructure.ProviderAdapters.Bridges;
using static CleanGateway.UnitTests.Infrastructure.Snapshots.Rows;

namespace CleanGateway.UnitTests.Infrastructure.Snapshots;

public class SnapshotCompilerTests
{
    [Fact]
    public void A_model_is_served_by_the_provider_of_its_type()
    {
        var snapshot = Compile([Provider(1, "vllm", "openai_compatible", config: Local), Provider(2, "main")], [Model(1, "gpt-4")]).Snapshot;

        ProviderOf(snapshot, "gpt-4").Should().Be("main");
        snapshot.Version.Should().Be(7);
    }

    [Fact]
    public void Of_several_the_first_in_the_order_of_the_rows_serves_it() =>
        ProviderOf(Compile([Provider(2, "older"), Provider(1, "younger")], [Model(1, "gpt-4")]).Snapshot, "gpt-4")
            .Should().Be("older", "rows come oldest first");

    [Fact]
    public void One_made_from_the_environment_comes_last_however_old_it_is()
    {
        var environment = Provider(1, "from-environment", source: ProviderSource.Environment);

        ProviderOf(Compile([environment, Provider(2, "operators")], [Model(1, "gpt-4")]).Snapshot, "gpt-4").Should().Be("operators");
        ProviderOf(Compile([environment], [Model(1, "gpt-4")]).Snapshot, "gpt-4").Should().Be("from-environment");
    }

    [Fact]
    public void An_alias_leads_to_the_model_of_another_name()
    {
        var snapshot = Compile([Provider(1, "main")], [Model(1, "gpt-4", rate: 0.00003m)], [Alias("my-gpt4", 1)]).Snapshot;

        var target = snapshot.FindTarget("my-gpt4", ApiFormat.ChatCompletions)!;
        (target.UpstreamModel, target.Destination.Model, target.Destination.ProviderName).Should().Be(("gpt-4", "gpt-4", "main"));
        target.Destination.Price.Should().Be(new Price(0.00003m, 0.00003m));
        snapshot.FindTarget("gpt-4", ApiFormat.ChatCompletions).Should().NotBeNull("the model can still be called by its own name");
    }

    [Fact]
    public void An_aliases_own_provider_comes_before_any_other()
    {
        var snapshot = Compile(
            [Provider(1, "main"), Provider(2, "vllm", "openai_compatible", config: Local)], [Model(1, "gpt-4")], [Alias("my-gpt4", 1, provider: 2)]).Snapshot;

        ProviderOf(snapshot, "my-gpt4").Should().Be("vllm");
        ProviderOf(snapshot, "gpt-4").Should().Be("main");
        snapshot.Find("my-gpt4")!.OwnedBy.Should().Be("openai_compatible");
    }

    [Fact]
    public void An_alias_wins_over_a_model_of_its_name()
    {
        var snapshot = Compile([Provider(1, "main")], [Model(1, "gpt-4"), Model(2, "gpt-3")], [Alias("gpt-4", 2), Alias("gpt-4o", 2)]).Snapshot;

        snapshot.FindTarget("gpt-4", ApiFormat.ChatCompletions)!.UpstreamModel.Should().Be("gpt-3");
        snapshot.FindTarget("gpt-4o", ApiFormat.ChatCompletions)!.UpstreamModel.Should().Be("gpt-3", "the built-in catalogue is beneath the tables");
    }

    [Theory]
    [InlineData("gpt-4")]
    [InlineData("gpt-4o")]
    [InlineData("other")]
    public void An_alias_whose_provider_is_disabled_leads_nowhere(string name)
    {
        var snapshot = Compile([Provider(1, "main")], [Model(1, "gpt-4")], [Alias(name, 1, provider: 99)]).Snapshot;

        snapshot.Find(name).Should().BeNull("it would go to another provider than the one it is tied to");
    }

    [Fact]
    public void Without_a_provider_of_its_type_a_model_is_not_there() =>
        Compile([Provider(1, "main")], [Model(1, "claude", "anthropic")]).Snapshot.Find("claude").Should().BeNull();

    [Fact]
    public void An_installation_without_any_row_has_the_echo_model_and_nothing_else()
    {
        var snapshot = Compile([]).Snapshot;

        snapshot.Models.Should().ContainSingle().Which.Should().Match<ServedModel>(model => model.Name == "echo" && model.OwnedBy == "echo");
        var target = snapshot.FindTarget("echo", ApiFormat.ChatCompletions)!;
        target.Provider.Should().BeOfType<MessagesOverChat>();
        target.Destination.Price.Should().Be(Price.Free);
    }

    [Fact]
    public void With_one_provider_the_built_in_catalogue_can_be_called()
    {
        var snapshot = Compile([Provider(1, "main")]).Snapshot;

        foreach (var name in new[] { "gpt-4o", "gpt-4o-mini", "echo" })
            snapshot.FindTarget(name, ApiFormat.ChatCompletions).Should().NotBeNull("{0} is built in", name);
        var target = snapshot.FindTarget("gpt-4o", ApiFormat.ChatCompletions)!;
        target.Destination.Price!.For(new TokenUsage(1000, 100) { CachedTokens = 400 }).Amount.Should().Be(new Money(3_000_000));
        (target.MaxInputTokens, target.MaxOutputTokens).Should().Be((128_000, 16_384));
    }

    [Fact]
    public void A_built_in_model_has_the_rates_of_long_prompts_and_other_tiers()
    {
        var price = Compile([Provider(1, "main")]).Snapshot.FindTarget("gpt-5.4", ApiFormat.ChatCompletions)!.Destination.Price!;

        price.For(new TokenUsage(300_000, 1000) { CachedTokens = 100_000 }).Amount!.Value.Dollars.Should().Be(1.0725m);
        price.For(new TokenUsage(1000, 200) { CachedTokens = 400, Details = new UsageDetails { ServiceTier = "flex" } }).Amount!.Value.Dollars.Should().Be(0.002302m);
    }

    [Theory]
    [InlineData(null)]
    [InlineData(0.5)]
    public void A_model_without_a_price_is_charged_at_the_highest_that_is_configured(double? rate)
    {
        (string, string)[] highest = [("MAX_PRICE_INPUT_PER_TOKEN", "0.25"), ("MAX_PRICE_OUTPUT_PER_TOKEN", "0.75")];
        var snapshot = Compile([Provider(1, "main")], [Model(1, "gpt-4", rate: (decimal?)rate)], settings: TestSettings.Read(highest)).Snapshot;

        snapshot.FindTarget("gpt-4", ApiFormat.ChatCompletions)!.Destination.Price.Should().Be(rate is null ? Price.Assumed(0.25m, 0.75m) : new Price(0.5m, 0.5m));
    }

    [Fact]
    public void With_half_a_price_a_chat_has_none()
    {
        var half = CleanGateway.Domain.Models.Model.Load(new(Id(1)), "gpt-4", "openai", 0.1m, null, "chat", default);

        Compile([Provider(1, "main")], [half]).Snapshot.FindTarget("gpt-4", ApiFormat.ChatCompletions)!.Destination.Price.Should().BeNull();
    }

    [Fact]
    public void A_row_takes_the_place_of_a_built_in_model()
    {
        var snapshot = Compile(
            [Provider(1, "main"), Provider(2, "vllm", "openai_compatible", config: Local)], [Model(1, "gpt-4o", "openai_compatible", rate: 0.5m)]).Snapshot;

        ProviderOf(snapshot, "gpt-4o").Should().Be("vllm");
        snapshot.FindTarget("gpt-4o", ApiFormat.ChatCompletions)!.Destination.Price.Should().Be(new Price(0.5m, 0.5m));
        Compile([Provider(1, "main")], [Model(1, "echo")]).Snapshot.FindTarget("echo", ApiFormat.ChatCompletions)!.Destination.ProviderName.Should().Be("main");
    }

    [Fact]
    public void A_model_whose_price_is_not_known_is_not_free() =>
        Compile([Provider(1, "main")], [Model(1, "gpt-4", rate: null)]).Snapshot.FindTarget("gpt-4", ApiFormat.ChatCompletions)!.Destination.Price.Should().BeNull();

    [Fact]
    public void A_model_that_does_not_chat_is_listed_and_answers_no_chat()
    {
        var snapshot = Compile(
            [Provider(1, "main")], [Model(1, "text-embedding-3", mode: "embedding")], [Alias("embed", 1)]).Snapshot;

        snapshot.Find("text-embedding-3").Should().NotBeNull();
        snapshot.FindTarget("text-embedding-3", ApiFormat.ChatCompletions).Should().BeNull();
        snapshot.FindTarget("embed", ApiFormat.ChatCompletions).Should().BeNull();
    }

    [Fact]
    public void Names_are_told_apart_by_case()
    {
        var snapshot = Compile([Provider(1, "main")], [Model(1, "Gpt-4")]).Snapshot;

        snapshot.Find("gpt-4").Should().BeNull();
        snapshot.Find("Gpt-4").Should().NotBeNull();
    }

    [Fact]
    public void A_row_of_type_echo_serves_the_echo_model_under_its_own_name() =>
        ProviderOf(Compile([Provider(1, "my-echo", "echo", config: "whatever")]).Snapshot, "echo").Should().Be("my-echo");

    [Fact]
    public void A_provider_that_cannot_be_used_takes_nothing_else_down()
    {
        var result = Compile(
            [Provider(1, "broken", config: "{"), Provider(2, "main"), Provider(3, "odd", "telegraph")], [Model(1, "gpt-4")], [Alias("tied", 1, provider: 1)]);

        ProviderOf(result.Snapshot, "gpt-4").Should().Be("main");
        result.Snapshot.Find("tied").Should().BeNull();
        result.Problems.Should().HaveCount(2);
        result.Problems[0].Should().Contain("'broken'");
        result.Problems[1].Should().Contain("'odd'").And.Contain("telegraph").And.Contain("anthropic, azure, bedrock, echo, gemini, openai, openai_compatible, vertex_ai");
    }

    private const string Local = """{"base_url":"http://127.0.0.1:8000/v1"}""";

    private static string? ProviderOf(GatewaySnapshot snapshot, string model) => snapshot.FindTarget(model, ApiFormat.ChatCompletions)?.Destination.ProviderName;
}
