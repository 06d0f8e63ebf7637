using System.Net;
using System.Text;
using System.Text.Json;
using CleanGateway.Infrastructure.Snapshots;
using CleanGateway.IntegrationTests.Fixtures;
using CleanGateway.UnitTests;
using Microsoft.Extensions.DependencyInjection;

namespace CleanGateway.IntegrationTests;

/// <summary>Catalogues that come in through the admin API.</summary>
public class ModelImportTests(GatewayFixture gateway) : GatewayTest(gateway)
{
    private const string Path = "/admin/models/import";
    private const string Listed =
        """
        {"sample_spec":{"input_cost_per_token":"text"},
         "gpt-4":{"litellm_provider":"openai","mode":"chat","input_cost_per_token":3e-05,"output_cost_per_token":6.0e-05,"cache_read_input_token_cost":1.5e-05,
                  "max_input_tokens":8192.0,"max_output_tokens":4096,"supports_vision":false,"source":"somewhere"},
         "wrong":{"litellm_provider":"openai","input_cost_per_token":-1}}
        """;

    [Fact]
    public async Task A_catalogue_is_taken_once_and_then_changes_nothing()
    {
        var before = await VersionAsync();

        var first = await ImportAsync(Listed);
        var after = await VersionAsync();
        var second = await ImportAsync(Listed);

        Counts(first).Should().Be((1, 0, 0));
        first.GetProperty("dry_run").GetBoolean().Should().BeFalse();
        first.GetProperty("invalid").EnumerateArray().Should().ContainSingle().Which.GetProperty("model").GetString().Should().Be("wrong");
        Counts(second).Should().Be((0, 0, 1));
        (after - before, await VersionAsync() - after).Should().Be((1, 0));
        (await RowsAsync(
            """
            SELECT model_name, input_cost_per_token::text, output_cost_per_token::text, prices::text, capabilities::text, extra::text,
                   max_input_tokens, max_output_tokens
            FROM models
            """))
            .Should().ContainSingle().Which.Should().Equal(
                "gpt-4", "0.00003", "0.00006", """{"cache_read_input_token_cost": 0.000015}""", """{"supports_vision": false}""", """{"source": "somewhere"}""",
                8192, 4096);
    }

    [Fact]
    public async Task A_dry_run_tells_each_field_and_writes_nothing()
    {
        await SqlAsync(
            """
            INSERT INTO models (model_name, litellm_provider, input_cost_per_token, output_cost_per_token, prices)
            VALUES ('gpt-4', 'openai', 0.000030, 0.00005, '{"cache_read_input_token_cost": 1.50e-5}')
            """);
        var before = await VersionAsync();

        var told = await ImportAsync(Listed, "?dry_run=true");

        Counts(told).Should().Be((0, 1, 0));
        var change = told.GetProperty("changes").EnumerateArray().Should().ContainSingle().Subject;
        change.GetProperty("fields").EnumerateArray().Select(field => field.GetRawText()).Should().Equal(
            """{"field":"max_input_tokens","old":null,"new":8192}""", """{"field":"max_output_tokens","old":null,"new":4096}""",
            """{"field":"output_cost_per_token","old":0.00005,"new":0.00006}""", """{"field":"source","old":null,"new":"somewhere"}""",
            """{"field":"supports_vision","old":null,"new":false}""");
        (await VersionAsync()).Should().Be(before);
        (await ScalarAsync<decimal>("SELECT output_cost_per_token FROM models")).Should().Be(0.00005m);
    }

    [Fact]
    public async Task A_row_with_rates_that_are_none_is_named_and_keeps_the_last_configuration_in_use()
    {
        await ServeToAKeyAsync();

        await SqlAsync("UPDATE models SET prices = '{\"cache_read_input_token_cost\": -1}'");
        await Gateway.SettledAsync();

        (await ChatAsync()).StatusCode.Should().Be(HttpStatusCode.OK);
        Gateway.Services.GetRequiredService<GatewaySnapshots>().Problems.Should().ContainSingle()
            .Which.Should().StartWith("model 'gpt-4': cache_read_input_token_cost is -1: expected dollars");
    }

    [Fact]
    public async Task A_price_card_that_cannot_be_kept_keeps_no_configuration_from_being_used()
    {
        await IssueKeyAsync();
        await SqlAsync("ALTER TABLE price_cards RENAME TO price_cards_away");
        try
        {
            await ServeAsync();
            await SqlAsync("UPDATE models SET prices = '{\"input_cost_per_audio_token\": 0.123}'");
            await Gateway.SettledAsync();
            (await ChatAsync()).StatusCode.Should().Be(HttpStatusCode.OK);
        }
        finally
        {
            await SqlAsync("ALTER TABLE price_cards_away RENAME TO price_cards");
        }

        await SqlAsync("UPDATE models SET capabilities = '{\"supports_vision\": true}'");
        await Gateway.SettledAsync();

        (await ScalarAsync<long>("SELECT count(*) FROM usage_records u JOIN price_cards c ON c.version = u.price_version"))
            .Should().Be(1, "the next configuration brings it");
    }

    [Fact]
    public async Task Models_that_the_file_does_not_name_stay()
    {
        await SqlAsync("INSERT INTO models (model_name, litellm_provider, input_cost_per_token) VALUES ('mine', 'openai', 1)");

        await ImportAsync(Listed);

        (await RowsAsync("SELECT model_name FROM models ORDER BY 1")).Select(row => row[0]).Should().Equal("gpt-4", "mine");
    }

    [Fact]
    public async Task Calls_are_charged_by_what_was_imported_and_the_card_is_kept()
    {
        await IssueKeyAsync();
        await ServeAsync("other");
        await ImportAsync(Listed);
        await Gateway.SettledAsync();
        Upstream.Answer = call => call.RespondAsync(
            200,
            """
            {"id":"x","object":"chat.completion","model":"gpt-4","choices":[{"index":0,"message":{"role":"assistant","content":"Hi"},"finish_reason":"stop"}],
             "service_tier":"priority",
             "usage":{"prompt_tokens":100,"completion_tokens":10,"prompt_tokens_details":{"cached_tokens":40,"audio_tokens":2}}}
            """);

        using var answer = await ChatAsync("gpt-4");

        answer.StatusCode.Should().Be(HttpStatusCode.OK);
        (await RowsAsync("SELECT total_cost_usd, usage_details::text, rates::text FROM usage_records u JOIN price_cards c ON c.version = u.price_version"))
            .Should().ContainSingle().Which.Should().Equal(
                (60 * 0.00003m) + (40 * 0.000015m) + (10 * 0.00006m),
                """{"service_tier": "priority", "audio_input_tokens": 2}""",
                """{"input_cost_per_token": 0.00003, "output_cost_per_token": 0.00006, "cache_read_input_token_cost": 0.000015}""");
    }

    [Theory]
    [InlineData("[]", "", HttpStatusCode.BadRequest, "invalid_catalogue")]
    [InlineData("{", "", HttpStatusCode.BadRequest, "invalid_json")]
    [InlineData("""{"a":{"litellm_provider":"x"},"a":{}}""", "", HttpStatusCode.BadRequest, "duplicate_member")]
    [InlineData("{}", "?dry_run=maybe", HttpStatusCode.BadRequest, "invalid_value")]
    public async Task What_is_refused_is_told_as_problem_details_and_nothing_is_written(string file, string query, HttpStatusCode status, string code)
    {
        using var response = await PostAsync(file, query);

        response.StatusCode.Should().Be(status);
        response.Content.Headers.ContentType!.MediaType.Should().Be("application/problem+json");
        var problem = await JsonAsync(response);
        (problem.GetProperty("status").GetInt32(), problem.GetProperty("code").GetString()).Should().Be(((int)status, code));
        problem.GetProperty("detail").GetString().Should().NotBeEmpty();
        (await ScalarAsync<long>("SELECT count(*) FROM models")).Should().Be(0);
    }

    [Fact]
    public async Task Only_an_admin_token_on_the_admin_port_opens_it()
    {
        await IssueKeyAsync();

        (await StatusAsync(Gateway.AdminUrl, Key)).Should().Be(HttpStatusCode.Unauthorized);
        (await StatusAsync(Gateway.AdminUrl, null)).Should().Be(HttpStatusCode.Unauthorized);
        (await StatusAsync(Gateway.Url, Gateway.AdminToken)).Should().Be(HttpStatusCode.NotFound);

        async Task<HttpStatusCode> StatusAsync(Uri url, string? key)
        {
            using var response = await Client(key, url).PostAsync(Path, Json("{}"), Stop);
            return response.StatusCode;
        }
    }

    [Fact]
    public async Task The_whole_catalogue_is_taken_and_listed()
    {
        var file = await File.ReadAllTextAsync(SharedData.Find("model_prices_and_context_window.json"), Stop);
        await IssueKeyAsync();
        await ServeAsync("mine");
        var before = await VersionAsync();

        var dry = await ImportAsync(file, "?dry_run=true");
        var first = await ImportAsync(file);
        var second = await ImportAsync(file);

        Counts(dry).Should().Be(Counts(first));
        Counts(first).Should().Be((2984, 0, 0));
        Counts(second).Should().Be((0, 0, 2984));
        first.GetProperty("invalid").GetArrayLength().Should().Be(0);
        (await VersionAsync()).Should().Be(before + 1);
        (await RowsAsync(
            """
            SELECT input_cost_per_token::text, output_cost_per_token::text, prices ->> 'cache_read_input_token_cost_above_272k_tokens', max_input_tokens, mode,
                   capabilities ->> 'supports_vision', extra ->> 'max_tokens'
            FROM models WHERE model_name = 'gpt-5.4'
            """))
            .Single().Should().Equal("0.0000025", "0.000015", "0.0000005", 1_050_000, "chat", "true", "128000");
        (await ScalarAsync<string>("SELECT prices -> 'tiered_pricing' -> 1 ->> 'input_cost_per_token' FROM models WHERE model_name = 'dashscope/qwen3-max'"))
            .Should().Be("0.0000024");
        (await ScalarAsync<long>("SELECT count(*) FROM models WHERE model_name IN ('sample_spec', 'fallback_generalizations')")).Should().Be(0);

        await Gateway.SettledAsync();
        using var models = await Client().GetAsync("/v1/models", Stop);
        var ids = (await JsonAsync(models)).GetProperty("data").EnumerateArray().Select(model => model.GetProperty("id").GetString()!).ToList();
        ids.Should().HaveCountGreaterThan(200).And.Contain(["mine", "gpt-5.4", "echo"]).And.BeInAscendingOrder(StringComparer.Ordinal);
        (await ScalarAsync<long>("SELECT count(*) FROM price_cards WHERE rates ? 'regional_processing_uplift_multiplier_eu'")).Should().BePositive();
    }

    private static StringContent Json(string json) => new(json, Encoding.UTF8, "application/json");

    private static (int Added, int Changed, int Unchanged) Counts(JsonElement import) =>
        (import.GetProperty("added").GetInt32(), import.GetProperty("changed").GetInt32(), import.GetProperty("unchanged").GetInt32());

    private Task<long> VersionAsync() => ScalarAsync<long>("SELECT version FROM config_version");

    private Task<HttpResponseMessage> PostAsync(string file, string query) => Admin(Gateway.AdminUrl).PostAsync(Path + query, Json(file), Stop);

    private async Task<JsonElement> ImportAsync(string file, string query = "")
    {
        using var response = await PostAsync(file, query);
        response.StatusCode.Should().Be(HttpStatusCode.OK, await response.Content.ReadAsStringAsync(Stop));
        return await JsonAsync(response);
    }
}
