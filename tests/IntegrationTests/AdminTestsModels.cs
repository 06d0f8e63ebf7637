using System.Net;
using System.Text;
using System.Text.Json;
using CleanGateway.Domain.AdminTokens;
using CleanGateway.IntegrationTests.Fixtures;

namespace CleanGateway.IntegrationTests;

/// <summary>The catalogue of models by the admin API.</summary>
public class AdminTestsModels(GatewayFixture gateway) : AdminTest(gateway)
{
    [Fact]
    public async Task A_model_is_made_shown_changed_and_taken_away()
    {
        using var made = await CreateAsync(
            "models",
            """
            {"name":"team/big","litellm_provider":"openai","mode":"chat","input_cost_per_token":1e-28,"output_cost_per_token":0.0600,
             "prices":{"cache_read_input_token_cost":0.1234567890123456789012345678},"capabilities":{"supports_vision":true,"supported_regions":["eu"]},
             "max_input_tokens":128000,"max_output_tokens":0,"upstream_model":"gpt-real","drop_params":true}
            """);
        var path = made.Headers.Location!.ToString()["/admin/".Length..];
        using var shown = await GetAsync(path);
        using var changed = await PatchAsync(
            path,
            """{"input_cost_per_token":null,"prices":{"cache_read_input_token_cost":null,"input_cost_per_image":0.01},"capabilities":{"supports_vision":false},"max_input_tokens":null,"upstream_model":null,"drop_params":false,"mode":"embedding"}""",
            shown.Headers.ETag!.ToString());
        using var late = await PatchAsync(path, "{}", shown.Headers.ETag!.ToString());
        using var deleted = await DeleteAsync(path);

        made.StatusCode.Should().Be(HttpStatusCode.Created, await made.Content.ReadAsStringAsync(Stop));
        var model = await JsonAsync(made);
        Without(model, "id", "created_at", "etag").Should().Be(
            """{"name":"team/big","litellm_provider":"openai","mode":"chat","input_cost_per_token":0.0000000000000000000000000001,"output_cost_per_token":0.06,"prices":{"cache_read_input_token_cost":0.1234567890123456789012345678},"capabilities":{"supported_regions":["eu"],"supports_vision":true},"max_input_tokens":128000,"max_output_tokens":0,"upstream_model":"gpt-real","drop_params":true}""");
        (await JsonAsync(shown)).GetRawText().Should().Be(model.GetRawText());
        Without(await JsonAsync(changed), "id", "created_at", "etag").Should().Be(
            """{"name":"team/big","litellm_provider":"openai","mode":"embedding","input_cost_per_token":null,"output_cost_per_token":0.06,"prices":{"input_cost_per_image":0.01},"capabilities":{"supported_regions":["eu"],"supports_vision":false},"max_input_tokens":null,"max_output_tokens":0,"upstream_model":null,"drop_params":false}""");
        ((int)late.StatusCode, (int)deleted.StatusCode).Should().Be((412, 204));
        (await AuditAsync(model.GetProperty("id").GetGuid())).Select(row => (row[0], row[1], row[2])).Should().Equal(
            ("create_model", "model", "team/big"), ("change_model", "model", "team/big"), ("delete_model", "model", "team/big"));
    }

    [Theory]
    [InlineData("""{"litellm_provider":"openai"}""", "name")]
    [InlineData("""{"name":"m"}""", "litellm_provider")]
    [InlineData("""{"name":"m\u0000","litellm_provider":"openai"}""", "name")]
    [InlineData("""{"name":"m","litellm_provider":"openai","mode":""}""", "mode")]
    [InlineData("""{"name":"m","litellm_provider":"openai","input_cost_per_token":0.12345678901234567890123456789}""", "input_cost_per_token")]
    [InlineData("""{"name":"m","litellm_provider":"openai","input_cost_per_token":1e-40}""", "input_cost_per_token")]
    [InlineData("""{"name":"m","litellm_provider":"openai","output_cost_per_token":-1}""", "output_cost_per_token")]
    [InlineData("""{"name":"m","litellm_provider":"openai","output_cost_per_token":"0.1"}""", "output_cost_per_token")]
    [InlineData("""{"name":"m","litellm_provider":"openai","prices":{"cache_read_input_token_cost":"cheap"}}""", "prices")]
    [InlineData("""{"name":"m","litellm_provider":"openai","prices":{"input_cost_per_token":1}}""", "prices")]
    [InlineData("""{"name":"m","litellm_provider":"openai","prices":[]}""", "prices")]
    [InlineData("""{"name":"m","litellm_provider":"openai","capabilities":{"supports_vision":1}}""", "capabilities")]
    [InlineData("""{"name":"m","litellm_provider":"openai","max_input_tokens":-1}""", "max_input_tokens")]
    [InlineData("""{"name":"m","litellm_provider":"openai","max_input_tokens":99999999999}""", "max_input_tokens")]
    [InlineData("""{"name":"m","litellm_provider":"openai","upstream_model":""}""", "upstream_model")]
    [InlineData("""{"name":"m","litellm_provider":"openai","extra":{}}""", "extra")]
    [InlineData("""{"name":"m","litellm_provider":"openai","id":"11111111-1111-4111-8111-111111111111"}""", "id")]
    public async Task What_cannot_be_is_refused_and_not_written(string body, string param)
    {
        using var answer = await CreateAsync("models", body);

        answer.StatusCode.Should().Be(HttpStatusCode.BadRequest);
        (await JsonAsync(answer)).GetProperty("errors")[0].GetProperty("param").GetString().Should().Be(param);
        (await ScalarAsync<long>("SELECT count(*) FROM models")).Should().Be(0);
    }

    [Fact]
    public async Task The_catalogue_is_searched_and_comes_in_pages()
    {
        foreach (var (name, provider, mode) in new[] { ("a_1", "openai", "chat"), ("a%2", "azure", "chat"), ("a-3", "openai", "embedding"), ("B", "openai", "chat"), ("aa", "openai", "chat") })
            (await CreateAsync("models", JsonSerializer.Serialize(new { name, litellm_provider = provider, mode }))).StatusCode.Should().Be(HttpStatusCode.Created);

        (await NamesAsync("")).Should().Equal("B", "a%2", "a-3", "a_1", "aa");
        (await NamesAsync("provider=openai&mode=chat")).Should().Equal("B", "a_1", "aa");
        (await NamesAsync("prefix=a_")).Should().Equal("a_1");
        (await NamesAsync("prefix=a%25")).Should().Equal("a%2");
        (await NamesAsync("name=a%27%20OR%20true--")).Should().BeEmpty();
        var first = await JsonAsync(await GetAsync("models?limit=2"));
        var cursor = first.GetProperty("next_cursor").GetString();
        (await NamesAsync($"limit=500&cursor={cursor}")).Should().Equal("a-3", "a_1", "aa");
        (await GetAsync("models?limit=x")).StatusCode.Should().Be(HttpStatusCode.BadRequest);
    }

    [Fact]
    public async Task A_rate_that_was_written_by_hand_with_more_digits_than_count_is_shown_whole_and_told()
    {
        var id = await ScalarAsync<Guid>(
            "INSERT INTO models (model_name, litellm_provider, input_cost_per_token) VALUES ('m', 'openai', 0.1234567890123456789012345678901234567890) RETURNING id");

        (await (await GetAsync($"models/{id}")).Content.ReadAsStringAsync(Stop)).Should().Contain("0.123456789012345678901234567890123456789,");
        using var changed = await PatchAsync($"models/{id}", """{"mode":"chat"}""");
        (changed.StatusCode, (await JsonAsync(changed)).GetProperty("code").GetString()).Should().Be((HttpStatusCode.Conflict, "model_unreadable"));
    }

    [Fact]
    public async Task An_import_is_in_the_audit_log_once_and_with_its_names()
    {
        const string File = """{"b":{"litellm_provider":"openai"},"a":{"litellm_provider":"openai"}}""";
        foreach (var _ in (int[])[1, 2])
        {
            using var content = new StringContent(File, Encoding.UTF8, "application/json");
            using var answer = await Admin(Gateway.AdminUrl).PostAsync("/admin/models/import", content, Stop);
            answer.StatusCode.Should().Be(HttpStatusCode.OK);
        }

        var rows = await RowsAsync("SELECT action, target_type, target_id, target_name, changed, actor_kind, actor_name, request_id FROM audit_log WHERE action = 'import_models' AND changed @> '{a,b}'");
        var row = rows.Should().ContainSingle("the second changed nothing").Which;
        row[..4].Should().Equal("import_models", "model", null, "2 models");
        ((string[])row[4]!).Should().Equal("a", "b");
        row[5..7].Should().Equal("admin_token", "test");
        ((string)row[7]!).Should().StartWith("req_");
    }

    [Fact]
    public async Task Who_may_only_look_looks()
    {
        var viewer = await TokenAsync(AdminRole.Viewer);

        using var looked = await GetAsync("models", viewer);
        using var refused = await CreateAsync("models", """{"name":"m","litellm_provider":"openai"}""", await TokenAsync(AdminRole.KeyManager));

        (looked.StatusCode, refused.StatusCode).Should().Be((HttpStatusCode.OK, HttpStatusCode.Forbidden));
    }

    private static string Without(JsonElement json, params string[] members) =>
        $"{{{string.Join(',', json.EnumerateObject().Where(member => !members.Contains(member.Name)).Select(member => $"\"{member.Name}\":{member.Value.GetRawText()}"))}}}";

    private async Task<IEnumerable<string?>> NamesAsync(string query) => (await JsonAsync(await GetAsync($"models?{query}")))
        .GetProperty("data").EnumerateArray().Select(model => model.GetProperty("name").GetString());
}
