using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using CleanGateway.Domain.AdminTokens;
using CleanGateway.IntegrationTests.Fixtures;

namespace CleanGateway.IntegrationTests;

/// <summary>A LiteLLM proxy's configuration that comes in through the admin API.</summary>
public class AdminTestsLiteLlm(GatewayFixture gateway) : AdminTest(gateway)
{
    private string Yaml =>
        $$"""
        model_list:
        - model_name: my-gpt
          litellm_params:
            model: openai/gpt-4
            api_base: {{Upstream.Url}}
            api_key: sk-literal-key-0123456789
          model_info: {input_cost_per_token: 0.00003, output_cost_per_token: 0.00006}
        - model_name: claude
          litellm_params: {model: anthropic/claude-sonnet-4-5, api_key: os.environ/ANTHROPIC_KEY}
        general_settings: {master_key: sk-master}
        """;

    [Fact]
    public async Task A_model_can_be_called_by_its_name_as_soon_as_its_network_is_open()
    {
        await IssueKeyAsync();

        var report = await JsonAsync(await ImportAsync(Yaml));
        await SqlAsync("UPDATE providers SET enabled = false WHERE provider_type = 'anthropic'");   // its variable is not set here
        await SqlAsync("""UPDATE providers SET config = config || '{"allow_cidrs": ["127.0.0.0/8"]}' WHERE provider_type = 'openai_compatible'""");
        await Gateway.SettledAsync();
        using var answer = await ChatAsync("my-gpt");

        answer.StatusCode.Should().Be(HttpStatusCode.OK);
        Upstream.Request.Headers["Authorization"].Should().Be("Bearer sk-literal-key-0123456789");
        (await LoggedAsync()).Cost.Should().BePositive();
        Names(report, "made").Should().Equal(
            $"provider litellm-openai-127.0.0.1-{Upstream.Port}", "provider litellm-anthropic", "model openai/gpt-4", "alias my-gpt",
            "model claude-sonnet-4-5", "alias claude");
        report.GetProperty("not_carried_over").EnumerateArray().Select(note => note.GetProperty("path").GetString()).Should().Equal("general_settings.master_key");
        report.GetRawText().Should().NotContain("sk-literal").And.NotContain("sk-master");
    }

    [Fact]
    public async Task It_is_written_at_once_sealed_and_audited_and_again_it_changes_nothing()
    {
        var before = await ScalarAsync<long>("SELECT version FROM config_version");

        await ImportAsync(Yaml);
        var after = await ScalarAsync<long>("SELECT version FROM config_version");
        var rows = await RowsAsync("SELECT name, encrypted_credentials, credentials_hint, source FROM providers ORDER BY name");
        var again = await JsonAsync(await ImportAsync(Yaml, "?update=true"));

        (after - before, await ScalarAsync<long>("SELECT version FROM config_version") - after).Should().Be((1, 0));
        rows.Select(row => (row[2], row[3])).Should().Equal(("env://ANTHROPIC_KEY", "operator"), ("6789", "operator"));
        rows.Select(row => (string)row[1]!).Should().OnlyContain(text => text.StartsWith("enc:v1:"));
        (Names(again, "made").Count, Names(again, "changed").Count, Names(again, "unchanged").Count).Should().Be((0, 0, 6));
        (await RowsAsync(
            """
            SELECT target_type, count(*) FROM audit_log WHERE action = 'import_lite_llm'
            AND target_id IN (SELECT id::text FROM providers UNION SELECT id::text FROM models UNION SELECT id::text FROM model_aliases)
            GROUP BY 1 ORDER BY 1
            """))
            .Select(row => (row[0], row[1])).Should().Equal(("model", 2L), ("model_alias", 2L), ("provider", 2L));
    }

    [Fact]
    public async Task A_dry_run_writes_nothing()
    {
        var report = await JsonAsync(await ImportAsync(Yaml, "?dry_run=true"));

        report.GetProperty("dry_run").GetBoolean().Should().BeTrue();
        Names(report, "made").Should().HaveCount(6);
        (await ScalarAsync<long>("SELECT (SELECT count(*) FROM providers) + (SELECT count(*) FROM models) + (SELECT count(*) FROM model_aliases)")).Should().Be(0);
    }

    [Theory]
    [InlineData("a: [", "application/yaml", HttpStatusCode.BadRequest, "line 2, column 1: it is not valid YAML")]
    [InlineData("a: 1\na: 2", "text/yaml", HttpStatusCode.BadRequest, "line 2, column 1: 'a' is there twice")]
    [InlineData("a: !!x 1", "application/x-yaml", HttpStatusCode.BadRequest, "line 1, column 4")]
    [InlineData("[]", "application/yaml", HttpStatusCode.BadRequest, "The file is no mapping")]
    [InlineData("{}", "application/json", HttpStatusCode.UnsupportedMediaType, "expected application/yaml")]
    public async Task What_is_no_such_file_is_told_where(string yaml, string type, HttpStatusCode status, string detail)
    {
        using var answer = await ImportAsync(yaml, type: type);

        answer.StatusCode.Should().Be(status);
        (await JsonAsync(answer)).GetProperty("detail").GetString().Should().Contain(detail);
    }

    [Fact]
    public async Task What_is_too_large_is_refused_and_so_is_who_is_no_owner()
    {
        using var large = await ImportAsync(new string('#', (1024 * 1024) + 1));
        using var refused = await ImportAsync(Yaml, token: await TokenAsync(AdminRole.Admin));
        using var unclear = await ImportAsync(Yaml, "?dry_run=maybe");

        (large.StatusCode, refused.StatusCode, unclear.StatusCode)
            .Should().Be((HttpStatusCode.RequestEntityTooLarge, HttpStatusCode.Forbidden, HttpStatusCode.BadRequest));
    }

    private async Task<HttpResponseMessage> ImportAsync(string yaml, string query = "", string type = "application/yaml", string? token = null)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, $"/admin/import/litellm{query}") { Content = new StringContent(yaml, Encoding.UTF8, type) };
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token ?? Gateway.AdminToken);
        return await Client(key: null, Gateway.AdminUrl).SendAsync(request, Stop);
    }

    private static List<string> Names(JsonElement report, string part) =>
        [.. report.GetProperty(part).EnumerateArray().Select(row => $"{row.GetProperty("kind").GetString()} {row.GetProperty("name").GetString()}")];
}
