using System.Text.Json;
using CleanGateway.Application.LiteLlm;
using CleanGateway.Domain.Common;
using CleanGateway.Domain.Models;
using CleanGateway.Domain.Providers;
using NSubstitute;

namespace CleanGateway.UnitTests.Application.LiteLlm;

public class ImportLiteLlmTestsRows : ImportLiteLlmTests
{
    private const string Two =
        """
        model_list:
        - model_name: gpt-4o
          litellm_params: {model: openai/gpt-4o, api_key: os.environ/K}
        - model_name: fast
          litellm_params: {model: azure/my-deployment, api_key: os.environ/A, api_base: 'https://x.openai.azure.com'}
          model_info: {base_model: gpt-4o-mini}
        """;

    [Fact]
    public async Task A_name_of_its_own_becomes_an_alias_and_the_models_name_needs_none()
    {
        var report = await ImportAsync(Two);

        report.Made.Select(row => (row.Kind, row.Name, row.Path)).Should().Equal(
            ("provider", "litellm-openai", "model_list[0]"), ("provider", "litellm-azure-x.openai.azure.com", "model_list[1]"),
            ("model", "gpt-4o", "model_list[0]"), ("model", "azure/my-deployment", "model_list[1]"), ("alias", "fast", "model_list[1]"));
        var alias = Aliases.Should().ContainSingle().Subject;
        (alias.TargetModelId, alias.ProviderId).Should().Be((Models[1].Id, (ProviderId?)Providers[1].Id));
        Models.Select(model => (model.LitellmProvider, model.UpstreamModel)).Should().Equal(("openai", "gpt-4o"), ("azure", "my-deployment"));
        UnitOfWork.ReceivedCalls().Should().ContainSingle("it is one transaction");
    }

    [Fact]
    public async Task Prices_are_those_that_are_known_of_the_model_or_of_the_one_it_is_based_on()
    {
        await ImportAsync(Two);

        Models.Select(model => (model.InputCostPerToken, model.OutputCostPerToken, model.MaxOutputTokens)).Should().Equal(
            (0.0000025m, 0.00001m, 16_384), (0.00000015m, 0.0000006m, 16_384));
        Models[0].Prices.Should().Contain("cache_read_input_token_cost");
    }

    [Fact]
    public async Task Prices_that_the_file_states_win()
    {
        await ImportOneAsync(
            "model: openai/gpt-4o, input_cost_per_token: 1e-06, drop_params: true",
            info: "{output_cost_per_token: 0.000002, mode: chat, max_input_tokens: 1000, supports_vision: true}");

        var model = Models.Should().ContainSingle().Subject;
        (model.InputCostPerToken, model.OutputCostPerToken, model.MaxInputTokens, model.DropParams).Should().Be((0.000001m, 0.000002m, 1000, true));
        model.Capabilities.Should().Be("""{"supports_vision":true}""");
    }

    [Theory]
    [InlineData("{input_cost_per_token: -1}", "model_list[0]", "input_cost_per_token")]
    [InlineData("{mode: image_generation}", "model_list[0].litellm_params.model", "Its mode is 'image_generation'")]
    [InlineData("{supports_vision: maybe}", "model_list[0]", "supports_vision is \"maybe\": expected true or false")]
    public async Task A_model_that_cannot_be_is_not_made(string info, string path, string reason)
    {
        var report = await ImportOneAsync("model: openai/gpt-4o", info: info);

        Models.Should().BeEmpty();
        report.NotCarriedOver.Should().Contain(note => note.Path == path && note.Reason.Contains(reason, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Doing_it_again_changes_nothing()
    {
        await ImportAsync(Two);
        UnitOfWork.ClearReceivedCalls();

        foreach (var update in (bool[])[false, true])
        {
            var report = await ImportAsync(Two, update: update);

            (report.Made.Count, report.Changed.Count, report.Conflicts.Count, report.Unchanged.Count).Should().Be((0, 0, 0, 5));
        }

        UnitOfWork.ReceivedCalls().Should().BeEmpty();
        (Providers.Count, Models.Count, Aliases.Count).Should().Be((2, 2, 1));
    }

    [Fact]
    public async Task What_an_owner_has_opened_stays_open()
    {
        const string Yaml = "model_list: [{model_name: m, litellm_params: {model: ollama/llama3}}]";
        await ImportAsync(Yaml);
        Providers[0].Configure("""{"allow_cidrs": ["127.0.0.0/8"], "base_url": "http://localhost:11434/v1"}""");

        (await ImportAsync(Yaml)).Unchanged.Should().HaveCount(3);
        var moved = await ImportAsync("model_list: [{model_name: m, litellm_params: {model: ollama/llama3, api_key: k}}]", update: true);

        moved.Changed.Should().ContainSingle().Which.Detail.Should().Be("credentials");
        Providers[0].Config.Should().Contain("allow_cidrs");
    }

    [Fact]
    public async Task A_dry_run_tells_the_same_and_writes_nothing()
    {
        var report = await ImportAsync(Two, dryRun: true);

        (report.DryRun, report.Made.Count).Should().Be((true, 5));
        UnitOfWork.ReceivedCalls().Should().BeEmpty();
    }

    [Fact]
    public async Task What_is_there_and_says_something_else_is_left_alone()
    {
        await ImportAsync(Two);
        var sealedBefore = Providers[1].EncryptedCredentials;

        var report = await ImportAsync(Two.Replace("os.environ/A", "os.environ/B", StringComparison.Ordinal));

        report.Conflicts.Should().ContainSingle().Which.Should().Be(new ImportedRow("provider", "litellm-azure-x.openai.azure.com", "model_list[1]", "credentials"));
        report.NotCarriedOver.Should().ContainSingle(note => note.Path == "model_list[1]");
        Providers[1].EncryptedCredentials.Should().Be(sealedBefore);
    }

    [Fact]
    public async Task And_is_changed_when_that_is_asked_for()
    {
        await ImportAsync(Two);

        var report = await ImportAsync(
            Two.Replace("os.environ/A", "os.environ/B", StringComparison.Ordinal).Replace("{base_model: gpt-4o-mini}", "{input_cost_per_token: 0.5}", StringComparison.Ordinal),
            update: true);

        report.Changed.Select(row => (row.Kind, row.Detail)).Should().Equal(("provider", "credentials"), ("model", "input_cost_per_token"));
        Row(Providers[1]).Credentials.Should().Be("""{"api_key":"env://B"}""");
        Models[1].InputCostPerToken.Should().Be(0.5m);
    }

    [Fact]
    public async Task An_alias_that_leads_elsewhere_is_a_conflict_until_it_is_to_be_changed()
    {
        var other = Model.Load(new ModelId(Guid.NewGuid()), "other", "openai", 1, 1, "chat", Now);
        Models.Add(other);
        Aliases.Add(ModelAlias.Create("fast", other.Id, null, Now));

        (await ImportAsync(Two)).Conflicts.Should().ContainSingle().Which.Kind.Should().Be("alias");
        Aliases[0].TargetModelId.Should().Be(other.Id);

        (await ImportAsync(Two, update: true)).Changed.Should().ContainSingle().Which.Kind.Should().Be("alias");
        Aliases[0].TargetModelId.Should().NotBe(other.Id);
    }

    [Fact]
    public async Task A_model_that_leads_elsewhere_takes_no_alias_with_it()
    {
        Models.Add(Model.Load(new ModelId(Guid.NewGuid()), "azure/my-deployment", "openai", 1, 1, "chat", Now));

        var report = await ImportAsync(Two);

        report.Conflicts.Should().ContainSingle().Which.Name.Should().Be("azure/my-deployment");
        report.NotCarriedOver.Should().ContainSingle(note => note.Path == "model_list[1]" && note.Reason.Contains("leads elsewhere"));
        Aliases.Should().BeEmpty();
    }

    [Fact]
    public async Task Where_another_provider_could_serve_the_model_an_alias_ties_it_to_its_own()
    {
        Providers.Add(Provider.Register(new ProviderId(Guid.NewGuid()), "mine", "openai", "{}", ProviderSource.Operator, Now));

        await ImportAsync(Two);

        Aliases.Select(alias => alias.Alias).Should().Equal("gpt-4o", "fast");
    }

    [Fact]
    public async Task Of_several_deployments_of_one_name_the_first_that_can_be_reached_counts()
    {
        var report = await ImportAsync(
            """
            model_list:
            - {model_name: m, litellm_params: {model: cohere/command-r}}
            - {model_name: m, litellm_params: {model: openai/gpt-4o}}
            - {model_name: m, litellm_params: {model: openai/gpt-4.1, rpm: 6}}
            """);

        Models.Should().ContainSingle().Which.ModelName.Should().Be("gpt-4o");
        report.NotCarriedOver.Select(note => note.Path).Should().Equal("model_list[0].litellm_params.model", "model_list[2]");
    }

    [Fact]
    public async Task Aliases_of_groups_are_aliases()
    {
        var report = await ImportAsync(Two + "\nrouter_settings:\n  model_group_alias: {old: fast, older: {model: gpt-4o, hidden: true}, lost: nothing, gpt-4o: fast}\n");

        Aliases.Select(alias => alias.Alias).Should().Equal("fast", "old", "older");
        report.NotCarriedOver.Select(note => note.Path).Should().Equal("router_settings.model_group_alias.lost", "router_settings.model_group_alias.gpt-4o");
    }

    [Fact]
    public async Task Every_setting_that_has_no_counterpart_is_reported_with_its_path_and_no_secret()
    {
        var report = await ImportAsync(
            """
            include: [more.yaml]
            litellm_settings: {drop_params: true, fallbacks: [{m: [n]}], num_retries: 3, callbacks: [langfuse], made_up: sk-secret}
            router_settings: {routing_strategy: least-busy, redis_password: sk-secret}
            general_settings: {master_key: sk-secret, database_url: 'postgres://u:sk-secret@h/d'}
            environment_variables: {OPENAI_API_KEY: sk-secret}
            model_list:
            - model_name: m
              litellm_params: {model: openai/gpt-4o, rpm: 6, temperature: 0.5, made_up: sk-secret}
              model_info: {id: x, max_tokens: 5}
              made_up: sk-secret
            """);

        report.NotCarriedOver.Select(note => note.Path).Should().Equal(
            "include", "litellm_settings.fallbacks", "litellm_settings.num_retries", "litellm_settings.callbacks", "litellm_settings.made_up",
            "router_settings.routing_strategy", "router_settings.redis_password", "general_settings.master_key", "general_settings.database_url",
            "environment_variables.OPENAI_API_KEY", "model_list[0].litellm_params.rpm", "model_list[0].litellm_params.temperature",
            "model_list[0].litellm_params.made_up", "model_list[0].model_info.max_tokens", "model_list[0].made_up");
        JsonSerializer.Serialize(report).Should().NotContain("sk-secret");
        Models.Single().DropParams.Should().BeTrue();
    }

    [Theory]
    [InlineData("[1]", "The file is no mapping")]
    [InlineData("model_list: x", "model_list is no list")]
    [InlineData("a: [", "line 2, column 1: it is not valid YAML")]
    public async Task A_file_that_is_none_is_refused(string yaml, string message)
    {
        var importing = () => ImportAsync(yaml);

        (await importing.Should().ThrowAsync<GatewayException>()).Which.Error.Message.Should().Contain(message);
    }

    [Theory]
    [InlineData("model_list: []")]
    [InlineData("model_list:")]
    [InlineData("litellm_settings:")]
    [InlineData("model_list: [1, {}, {model_name: m}, {model_name: '', litellm_params: {}}, {litellm_params: {model: openai/x}}]")]
    public async Task A_file_of_nothing_that_can_be_used_makes_nothing(string yaml) => (await ImportAsync(yaml)).Made.Should().BeEmpty();
}
