using CleanGateway.IntegrationTests.Fixtures;

namespace CleanGateway.IntegrationTests;

/// <summary>Which of several providers a model's calls go to.</summary>
public class ChatTestsWhoServes(GatewayFixture gateway) : ChatTest(gateway), IAsyncLifetime
{
    private const string Nobody = """{"error":{"message":"unknown model: gpt-4","type":"invalid_request_error","code":400}}""";

    async ValueTask IAsyncLifetime.InitializeAsync()
    {
        await InitializeAsync();
        await IssueKeyAsync();
        await AddModelAsync();
    }

    [Fact]
    public async Task The_oldest_provider_of_the_models_type_serves_it()
    {
        await AddProviderAsync("younger", row: ("created_at", "'2026-02-02'"));
        var oldest = await AddProviderAsync("oldest", row: ("created_at", "'2026-01-01'"));
        await AddProviderAsync("another-type", "openai_compatible", ("created_at", "'2025-01-01'"));

        await ShouldServeAsync("oldest", oldest);
    }

    [Fact]
    public async Task Of_two_of_the_same_age_the_lower_id_serves()
    {
        await AddProviderAsync("second", row: [("id", "'22222222-2222-4222-8222-222222222222'"), ("created_at", "'2026-01-01'")]);
        var first = await AddProviderAsync("first", row: [("id", "'11111111-1111-4111-8111-111111111111'"), ("created_at", "'2026-01-01'")]);

        await ShouldServeAsync("first", first);
    }

    [Fact]
    public async Task One_made_from_the_environment_comes_last_however_old_it_is()
    {
        var environment = await AddProviderAsync("environment", row: [("source", "'environment'"), ("created_at", "'2020-01-01'")]);
        await ShouldServeAsync("environment", environment);
        await SqlAsync("DELETE FROM requests");

        var operators = await AddProviderAsync("operators", row: ("created_at", "'2026-01-01'"));
        await ShouldServeAsync("operators", operators);
    }

    [Fact]
    public async Task A_disabled_one_does_not_serve_and_the_next_takes_its_place()
    {
        await AddProviderAsync("oldest", row: [("created_at", "'2026-01-01'"), ("enabled", "false")]);
        var next = await AddProviderAsync("next", row: ("created_at", "'2026-02-02'"));

        await ShouldServeAsync("next", next);
    }

    [Fact]
    public async Task Disabling_and_enabling_takes_effect_at_once()
    {
        var id = await AddProviderAsync("only");
        await SetAsync("providers", enabled: false);
        await ShouldServeNobodyAsync("gpt-4");
        await SqlAsync("DELETE FROM requests");

        await SetAsync("providers", enabled: true);
        await ShouldServeAsync("only", id);
    }

    [Fact]
    public async Task An_alias_goes_to_the_provider_it_names()
    {
        await AddProviderAsync("oldest", row: ("created_at", "'2026-01-01'"));
        var named = await AddProviderAsync("named", row: ("created_at", "'2026-02-02'"));
        await AddAliasAsync("mine", provider: named);

        await ShouldServeAsync("named", named, "mine");
    }

    [Fact]
    public async Task An_alias_may_name_a_provider_of_another_type()
    {
        await AddProviderAsync("oldest");
        var named = await AddProviderAsync("named", "openai_compatible");
        await AddAliasAsync("mine", provider: named);

        await ShouldServeAsync("named", named, "mine");
    }

    [Fact]
    public async Task An_alias_that_names_none_goes_where_its_model_goes()
    {
        await AddProviderAsync("younger", row: ("created_at", "'2026-02-02'"));
        var oldest = await AddProviderAsync("oldest", row: ("created_at", "'2026-01-01'"));
        await AddAliasAsync("mine");

        await ShouldServeAsync("oldest", oldest, "mine");
    }

    [Fact]
    public async Task An_alias_whose_provider_is_disabled_goes_nowhere_else()
    {
        await AddProviderAsync("oldest");
        await AddAliasAsync("gpt-4", provider: await AddProviderAsync("named", row: ("enabled", "false")));

        await ShouldServeNobodyAsync("gpt-4");
    }

    [Fact]
    public async Task An_alias_wins_over_a_model_of_its_name_until_it_is_disabled()
    {
        var provider = await AddProviderAsync("oldest");
        await AddModelAsync("gpt-5");
        await AddAliasAsync("gpt-5");
        await ShouldServeAsync("oldest", provider, "gpt-5");
        await SqlAsync("DELETE FROM requests");

        await SetAsync("model_aliases", enabled: false);
        await ShouldServeAsync("oldest", provider, "gpt-5", asked: "gpt-5");
    }

    [Fact]
    public async Task A_model_that_does_not_chat_is_not_served_here()
    {
        await AddProviderAsync("oldest");
        await SqlAsync("UPDATE models SET mode = 'embedding'");
        await Gateway.SettledAsync();

        await ShouldServeNobodyAsync("gpt-4");
    }

    [Fact]
    public async Task A_key_that_may_use_an_alias_may_not_use_what_is_behind_it()
    {
        var provider = await AddProviderAsync("oldest");
        await AddAliasAsync("mine");
        await IssueKeyAsync("narrow", models: ["mine"]);
        using var refused = await ChatAsync(key: "narrow");
        (await TextAsync(refused)).Should().Be(
            ErrorOf("This API key may not use the model 'gpt-4'.", "permission_error", "model", "model_not_allowed"));
        await SqlAsync("DELETE FROM requests");

        await ShouldServeAsync("oldest", provider, "mine", key: "narrow");
    }

    private async Task SetAsync(string table, bool enabled)
    {
        await SqlAsync($"UPDATE {table} SET enabled = $1", enabled);
        await Gateway.SettledAsync();
    }

    private async Task ShouldServeAsync(string name, Guid id, string model = "gpt-4", string asked = "gpt-4", string key = Key)
    {
        using var response = await ChatAsync(model, key: key);

        (await TextAsync(response)).Should().Contain("Hello there");
        Upstream.Requests[^1].Path.Should().Be($"/{name}/chat/completions");
        Upstream.Requests[^1].Json.GetProperty("model").GetString().Should().Be(asked);
        (await RowsAsync("SELECT model, provider_id, provider_name FROM requests")).Should().ContainSingle().Which.Should().Equal(model, id, name);
        (await RowsAsync("SELECT model, provider_id FROM usage_records ORDER BY id DESC LIMIT 1")).Single().Should().Equal(asked, id);
    }

    private async Task ShouldServeNobodyAsync(string model)
    {
        var before = Upstream.Requests.Count;

        using var response = await ChatAsync(model);

        ((int)response.StatusCode).Should().Be(400);
        (await TextAsync(response)).Should().Be(Nobody);
        Upstream.Requests.Should().HaveCount(before);
        (await LoggedAsync()).Should().Match<LoggedExchange>(logged => logged.Outcome == "rejected" && logged.ErrorCode == "unknown_model" && logged.Cost == 0);
    }
}
