using System.Net;
using CleanGateway.IntegrationTests.Clients;
using CleanGateway.IntegrationTests.Fixtures;

namespace CleanGateway.IntegrationTests;

/// <summary>The guide's "Setup Test Data", with psql, on the gateway as it runs.</summary>
public class DocumentTestsGuideSetup(GatewayFixture gateway) : DocumentTest(gateway)
{
    [Fact]
    public async Task The_printed_rows_go_in_with_one_script_and_a_chat_is_answered()
    {
        await PsqlAsync(AtTheFakeUpstream(Printed.Guide001.TestData));

        await Eventually.IsTrueAsync(async () => await StatusAsync("my-gpt4") == HttpStatusCode.OK, "the alias is served");
        Upstream.Requests[^1].Headers["Authorization"].Should().Be("Bearer sk-proj-YOUR_OPENAI_API_KEY_HERE");
        Upstream.Requests[^1].Json.GetProperty("model").GetString().Should().Be("gpt-4");
    }

    [Fact]
    public async Task The_printed_rows_go_in_unchanged_and_are_encrypted_and_listed()
    {
        await PsqlAsync(Printed.Guide001.TestData);

        await Gateway.SettledAsync();
        await CredentialsAreSealedAsync("sk-proj-YOUR_OPENAI_API_KEY_HERE");
        var models = await JsonAsync(await Client().GetAsync("/v1/models", Stop));
        models.GetProperty("data").EnumerateArray().Select(model => (model.GetProperty("id").GetString(), model.GetProperty("owned_by").GetString()))
            .Should().Contain([("gpt-4", "openai"), ("my-gpt4", "openai")]);
    }

    [Fact]
    public async Task The_printed_rows_hold_what_is_printed()
    {
        await PsqlAsync(Printed.Guide001.TestData);

        (await RowsAsync("SELECT name, display_name, provider_type, config::text, enabled FROM providers")).Should().ContainSingle().Which
            .Should().Equal("openai-main", "OpenAI", "openai", """{"base_url": "https://api.openai.com/v1"}""", true);
        (await RowsAsync("SELECT name, enabled, rate_limit, monthly_budget, expires_at FROM api_keys")).Should().ContainSingle().Which
            .Should().Equal("Test Key", true, 100, 10.0m, null);
        (await RowsAsync("SELECT model_name, litellm_provider, input_cost_per_token, output_cost_per_token, mode FROM models"))
            .Should().ContainSingle().Which.Should().Equal("gpt-4", "openai", 0.00003m, 0.00006m, "chat");
        (await RowsAsync(
            """
            SELECT a.alias, m.model_name, p.name, a.enabled
            FROM model_aliases a JOIN models m ON m.id = a.target_model_id JOIN providers p ON p.id = a.provider_id
            """)).Should().ContainSingle().Which.Should().Equal("my-gpt4", "gpt-4", "openai-main", true);
    }

    [Fact]
    public async Task Each_printed_row_takes_effect_on_the_running_gateway()
    {
        // Asked before as well: that a key or a model is unknown is remembered, but only until it is made.
        (await StatusAsync("gpt-4")).Should().Be(HttpStatusCode.Unauthorized);

        await PsqlAsync(Printed.Guide001.InsertKey);
        await Eventually.IsTrueAsync(async () => await StatusAsync("gpt-4") == HttpStatusCode.BadRequest, "the key is known, the model is not");

        await PsqlAsync(AtTheFakeUpstream(Printed.Guide001.InsertProvider));
        await PsqlAsync(Printed.Guide001.InsertModel);
        await Eventually.IsTrueAsync(async () => await StatusAsync("gpt-4") == HttpStatusCode.OK, "the model is served");
        (await StatusAsync("my-gpt4")).Should().Be(HttpStatusCode.BadRequest);

        await PsqlAsync(Printed.Guide001.InsertAlias);
        await Eventually.IsTrueAsync(async () => await StatusAsync("my-gpt4") == HttpStatusCode.OK, "the alias is served");
    }

    [Fact]
    public async Task Printed_credentials_are_replaced_in_the_running_gateway_and_encrypted_again()
    {
        await InsertTestDataAsync();
        await CredentialsAreSealedAsync("sk-proj-YOUR_OPENAI_API_KEY_HERE");

        await PsqlAsync(Printed.Guide001.UpdateCredentials);

        await Eventually.IsTrueAsync(
            async () => await StatusAsync("gpt-4") == HttpStatusCode.OK
                && Upstream.Requests[^1].Headers["Authorization"] == "Bearer sk-proj-YOUR_NEW_KEY",
            "the upstream is called with the new key");
        await CredentialsAreSealedAsync("sk-proj-YOUR_NEW_KEY");
        (await StatusAsync("gpt-4")).Should().Be(HttpStatusCode.OK);
        Upstream.Requests[^1].Headers["Authorization"].Should().Be("Bearer sk-proj-YOUR_NEW_KEY", "it is the same from the sealed row");
    }

    private async Task CredentialsAreSealedAsync(string secret)
    {
        await Eventually.IsTrueAsync(
            async () => !(await ScalarAsync<string>("SELECT encrypted_credentials FROM providers")).Contains("api_key", StringComparison.Ordinal),
            "the credentials are encrypted");
        (await ScalarAsync<string>("SELECT encrypted_credentials FROM providers")).Should().NotContain(secret).And.NotBeEmpty();
    }

    private async Task<HttpStatusCode> StatusAsync(string model)
    {
        using var response = await ChatAsync(model);
        return response.StatusCode;
    }
}
