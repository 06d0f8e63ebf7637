using System.Net;
using System.Text.Json;
using CleanGateway.Domain.AdminTokens;
using CleanGateway.Domain.Common;
using CleanGateway.IntegrationTests.Fixtures;

namespace CleanGateway.IntegrationTests;

/// <summary>API keys by the admin API.</summary>
public class AdminTestsKeys(GatewayFixture gateway) : AdminTest(gateway)
{
    private const string NoLimits =
        """{"rate_limit":null,"tokens_per_minute":null,"max_concurrent":null,"daily_budget":null,"monthly_budget":null,"total_budget":null,"soft_budget":null}""";

    [Fact]
    public async Task A_key_is_issued_shown_changed_rotated_and_taken_away()
    {
        await CreateAsync("projects", """{"name":"team"}""");
        using var issued = await CreateAsync(
            "keys",
            """
            {"name":"ci","limits":{"rate_limit":60,"total_budget":10.000000001},"allowed_models":["echo"],"expires_at":"2999-01-31T02:00:00.1234567+02:00",
             "log_content":"metadata","project":"team","drop_params":true}
            """);
        var key = await JsonAsync(issued);
        var secret = key.GetProperty("secret").GetString()!;
        var id = key.GetProperty("id").GetGuid();
        using var shown = await GetAsync($"keys/{id}");
        using var changed = await PatchAsync($"keys/{id}", """{"name":"ci 2","limits":{"rate_limit":null}}""", shown.Headers.ETag!.ToString());
        using var rotated = await CreateAsync($"keys/{id}/rotate", "{}");
        using var deleted = await DeleteAsync($"keys/{id}");
        using var gone = await GetAsync($"keys/{id}");

        (issued.StatusCode, issued.Headers.Location!.ToString()).Should().Be((HttpStatusCode.Created, $"/admin/keys/{id}"));
        Secret.IsWellFormed(secret, Secret.ApiKeyPrefix).Should().BeTrue();
        key.GetProperty("limits").GetProperty("total_budget").GetRawText().Should().Be("10.000000001");
        Members(key, "name", "key_hint", "previous_key_expires_at", "enabled", "project", "allowed_models", "expires_at", "log_content", "drop_params").Should().Be(
            $"""["ci","{secret[^4..]}",null,true,"team",["echo"],"2999-01-31T00:00:00.123456+00:00","metadata",true]""");
        issued.Headers.ETag.Should().Be(shown.Headers.ETag);
        Without(key, "secret").Should().BeEquivalentTo(Without(await JsonAsync(shown)), "what is told at first is what is read later");
        Members(await JsonAsync(changed), "name", "key_hint", "project", "log_content").Should().Be($"""["ci 2","{secret[^4..]}","team","metadata"]""");
        changed.Headers.ETag.Should().NotBe(shown.Headers.ETag);
        var rotation = await JsonAsync(rotated);
        rotation.GetProperty("secret").GetString().Should().NotBe(secret);
        Members(rotation, "name", "key_hint", "previous_key_expires_at").Should().Be($"""["ci 2","{rotation.GetProperty("secret").GetString()![^4..]}",null]""");
        (rotated.StatusCode, deleted.StatusCode, gone.StatusCode).Should().Be((HttpStatusCode.OK, HttpStatusCode.NoContent, HttpStatusCode.NotFound));
        var audit = await AuditAsync(id);
        audit.Select(row => (row[0], row[1], row[2], row[5], row[6], row[7])).Should().Equal(
            ("issue_api_key", "api_key", "ci", "test", false, true),
            ("change_api_key", "api_key", "ci 2", "test", true, true),
            ("rotate_api_key", "api_key", "ci 2", "test", true, true),
            ("delete_api_key", "api_key", "ci 2", "test", true, false));
        ((string[])audit[1][3]!).Should().BeEquivalentTo("name", "rate_limit");
        ((string[])audit[2][3]!).Should().BeEquivalentTo("key_hash", "key_hint");
        foreach (var answer in (HttpResponseMessage[])[issued, shown, changed, rotated])
            (await answer.Content.ReadAsStringAsync(Stop)).Should().NotContainAny(Secret.Hash(secret), Secret.Hash(rotation.GetProperty("secret").GetString()!), "hash");
    }

    [Fact]
    public async Task What_is_null_is_cleared_and_what_is_not_named_stays()
    {
        await CreateAsync("projects", """{"name":"team"}""");
        var id = (await JsonAsync(await CreateAsync(
            "keys",
            """
            {"name":"ci","limits":{"rate_limit":1,"soft_budget":2},"allowed_models":[],"expires_at":"2999-01-31T00:00:00Z","log_content":"none","project":"team",
             "drop_params":true}
            """))).GetProperty("id").GetGuid();

        using var untouched = await PatchAsync($"keys/{id}", "{}");
        using var cleared = await PatchAsync(
            $"keys/{id}",
            """
            {"limits":{"rate_limit":null,"soft_budget":null},"allowed_models":null,"expires_at":null,"log_content":null,"project":null,"drop_params":false,
             "enabled":false}
            """);
        using var impossible = await PatchAsync($"keys/{id}", """{"name":null,"enabled":null,"drop_params":null,"limits":{"rate_limit":-1},"allowed_models":["a",""]}""");

        const string Said = "limits project allowed_models expires_at log_content drop_params enabled name";
        Members(await JsonAsync(untouched), Said.Split(' ')).Should().Be(
            $"""[{NoLimits.Replace("\"rate_limit\":null", "\"rate_limit\":1").Replace("\"soft_budget\":null", "\"soft_budget\":2")},"team",[],"2999-01-31T00:00:00+00:00","none",true,true,"ci"]""");
        Members(await JsonAsync(cleared), Said.Split(' ')).Should().Be($"""[{NoLimits},null,null,null,null,false,false,"ci"]""");
        impossible.StatusCode.Should().Be(HttpStatusCode.BadRequest);
        (await JsonAsync(impossible)).GetProperty("errors").EnumerateArray().Select(error => error.GetProperty("param").GetString())
            .Should().BeEquivalentTo("name", "enabled", "drop_params", "limits.rate_limit", "allowed_models[1]");
        (await JsonAsync(await GetAsync($"keys/{id}"))).GetRawText().Should().Be((await JsonAsync(cleared)).GetRawText());
    }

    [Fact]
    public async Task A_list_comes_in_pages_by_name_and_is_narrowed_down()
    {
        var project = (await JsonAsync(await CreateAsync("projects", """{"name":"team"}"""))).GetProperty("id").GetGuid();
        foreach (var name in (string[])["same", "b", "same", "A", "same", "ä"])
            await CreateAsync("keys", JsonSerializer.Serialize(new { name, project = name == "b" ? "team" : null }));
        var disabled = (await ListAsync("name=A")).Single().GetProperty("id").GetGuid();
        await PatchAsync($"keys/{disabled}", """{"enabled":false}""");

        var paged = new List<JsonElement>();
        string? cursor = null;
        do
        {
            var page = await JsonAsync(await GetAsync($"keys?limit=2{(cursor is null ? "" : $"&cursor={cursor}")}"));
            page.GetProperty("data").GetArrayLength().Should().BeInRange(1, 2);
            paged.AddRange(page.GetProperty("data").EnumerateArray());
            cursor = page.GetProperty("next_cursor").GetString();
        }
        while (cursor is not null);

        paged.Select(NameOf).Should().Equal("A", "b", "same", "same", "same", "ä");
        paged.Select(key => key.GetProperty("id").GetGuid()).Should().OnlyHaveUniqueItems();
        paged.Select(key => key.GetRawText()).Should().Equal((await ListAsync("")).Select(key => key.GetRawText()));
        (await ListAsync($"project_id={project}")).Select(NameOf).Should().Equal("b");
        (await ListAsync("name=same")).Should().HaveCount(3);
        (await ListAsync("enabled=false")).Select(NameOf).Should().Equal("A");
        (await ListAsync("enabled=true&name=A")).Should().BeEmpty();
        foreach (var wrong in (string[])["limit=501", "project_id=team", "enabled=yes", "cursor=e30"])
            ((int)(await GetAsync($"keys?{wrong}")).StatusCode).Should().BeOneOf([400], wrong);
    }

    [Fact]
    public async Task Of_changes_and_rotations_at_one_time_one_wins()
    {
        var id = await IssueAsync("ci");
        var etag = (await GetAsync($"keys/{id}")).Headers.ETag!.ToString();

        using var unsaid = await SendAsync(HttpMethod.Patch, $"keys/{id}", "{}");
        var races = await Task.WhenAll(Enumerable.Range(0, 4).SelectMany(number => (Task<HttpResponseMessage>[])
        [
            PatchAsync($"keys/{id}", $$"""{"name":"ci {{number}}"}""", etag),
            SendAsync(HttpMethod.Post, $"keys/{id}/rotate", "{}", ifMatch: etag),
        ]));
        using var late = await SendAsync(HttpMethod.Delete, $"keys/{id}", ifMatch: etag);

        ((int)unsaid.StatusCode, (int)late.StatusCode).Should().Be((428, 412));
        races.Select(answer => (int)answer.StatusCode).Order().Should().Equal(200, 412, 412, 412, 412, 412, 412, 412);
        (await AuditAsync(id)).Should().HaveCount(2, "what was refused is no change");
    }

    [Fact]
    public async Task One_idempotency_key_issues_one_key_and_rotates_once_and_belongs_to_one_of_them()
    {
        var issues = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => SendAsync(HttpMethod.Post, "keys", """{"name":"ci"}""", idempotencyKey: "issue")));
        var id = (await JsonAsync(issues[0])).GetProperty("id").GetGuid();
        var other = await IssueAsync("other");

        var rotations = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => SendAsync(HttpMethod.Post, $"keys/{id}/rotate", "{}", idempotencyKey: "rotate")));
        using var elsewhere = await SendAsync(HttpMethod.Post, $"keys/{other}/rotate", "{}", idempotencyKey: "rotate");

        foreach (var answers in (HttpResponseMessage[][])[issues, rotations])
        {
            answers.Should().OnlyContain(answer => answer.IsSuccessStatusCode);
            answers.Count(answer => answer.Headers.Contains("Idempotent-Replayed")).Should().Be(3);
            (await Task.WhenAll(answers.Select(JsonAsync))).Select(json => json.GetRawText()).Distinct().Should().ContainSingle();
        }

        (await ScalarAsync<string>("SELECT key_hash FROM api_keys WHERE id = $1", id)).Should().Be(
            Secret.Hash((await JsonAsync(rotations[0])).GetProperty("secret").GetString()!));
        ((int)elsewhere.StatusCode, await ScalarAsync<long>("SELECT count(*) FROM api_keys")).Should().Be((422, 2L));
        (await AuditAsync(other)).Should().HaveCount(1, "an answer about one key is none about another");
    }

    [Theory]
    [InlineData("POST", "keys")]
    [InlineData("PATCH", "keys/{id}")]
    [InlineData("POST", "keys/{id}/rotate")]
    public async Task Only_what_may_be_said_is_taken(string method, string path)
    {
        var id = await IssueAsync("ci");
        string[] sayable = (method, path) switch
        {
            ("POST", "keys") => ["name", "allowed_models", "expires_at", "log_content", "drop_params"],
            ("PATCH", _) => ["name", "enabled", "allowed_models", "expires_at", "log_content", "drop_params"],
            _ => [],
        };
        var columns = (await RowsAsync("SELECT column_name::text FROM information_schema.columns WHERE table_name = 'api_keys'")).Select(row => (string)row[0]!);
        var unsayable = columns.Except(sayable).Union(["role", "spent", "key_hash", "id", "created_at", "tenant_id", "max_budget", "etag", "secret", "Name", "if_match"]);
        var before = await RowsAsync("SELECT api_keys::text, xmin::text FROM api_keys");

        foreach (var member in unsayable)
        {
            var body = $$"""{{{(path == "keys" ? "\"name\":\"new\"," : "")}}"{{member}}":1}""";
            using var answer = await SendAsync(new HttpMethod(method), path.Replace("{id}", $"{id}"), body, ifMatch: "*");

            answer.StatusCode.Should().Be(HttpStatusCode.BadRequest, member);
            var error = (await JsonAsync(answer)).GetProperty("errors").EnumerateArray().Should().ContainSingle().Subject;
            (error.GetProperty("param").GetString(), error.GetProperty("code").GetString()).Should().Be((member, "unknown_member"));
        }

        (await RowsAsync("SELECT api_keys::text, xmin::text FROM api_keys")).Should().BeEquivalentTo(before);
    }

    [Theory]
    [InlineData("'; DROP TABLE api_keys; --")]
    [InlineData("%_\\ \" $1 ${x} {{y}} \\u0000")]
    [InlineData("ключ 🔑 \u200F")]
    public async Task A_name_is_text_and_no_more(string name)
    {
        await CreateAsync("projects", JsonSerializer.Serialize(new { name }));
        await IssueAsync("other");
        using var issued = await CreateAsync("keys", JsonSerializer.Serialize(new { name, project = name, allowed_models = new[] { name } }));

        var found = (await ListAsync($"name={Uri.EscapeDataString(name)}")).Should().ContainSingle().Subject;
        var paged = await JsonAsync(await GetAsync("keys?limit=1"));
        using var second = await GetAsync($"keys?limit=1&cursor={paged.GetProperty("next_cursor").GetString()}");

        issued.StatusCode.Should().Be(HttpStatusCode.Created);
        Members(found, "name", "project", "allowed_models").Should().Be(Members(await JsonAsync(issued), "name", "project", "allowed_models"));
        NameOf(found).Should().Be(name);
        (await JsonAsync(second)).GetProperty("data").GetArrayLength().Should().Be(1);
    }

    [Theory]
    [InlineData("""{"name":"a\u0000b"}""", "name")]
    [InlineData("""{"name":"a\nb"}""", "name")]
    [InlineData("""{"name":"\ud800"}""", "name")]
    [InlineData("""{"name":" "}""", "name")]
    [InlineData("""{"name":"a","project":"b\u0000"}""", "project")]
    [InlineData("""{"name":"a","project":"nowhere"}""", "project")]
    [InlineData("""{"name":"a","allowed_models":["b\u0000"]}""", "allowed_models")]
    [InlineData("""{"name":"a","allowed_models":[null]}""", "allowed_models[0]")]
    [InlineData("""{"name":"a","expires_at":"2020-01-01T00:00:00Z"}""", "expires_at")]
    [InlineData("""{"name":"a","log_content":"some"}""", "log_content")]
    public async Task What_cannot_be_stored_is_refused_by_name(string body, string param)
    {
        using var answer = await CreateAsync("keys", body);

        answer.StatusCode.Should().Be(HttpStatusCode.BadRequest, await answer.Content.ReadAsStringAsync(Stop));
        (await JsonAsync(answer)).GetProperty("errors")[0].GetProperty("param").GetString().Should().Be(param);
        (await ScalarAsync<long>("SELECT count(*) FROM api_keys")).Should().Be(0);
        (await ListAsync("name=%00")).Should().BeEmpty();
    }

    [Fact]
    public async Task A_key_that_is_not_there_is_not_found()
    {
        var nobody = Guid.NewGuid();
        foreach (var answer in (HttpResponseMessage[])
        [
            await GetAsync($"keys/{nobody}"), await PatchAsync($"keys/{nobody}", "{}"), await CreateAsync($"keys/{nobody}/rotate", "{}"), await DeleteAsync($"keys/{nobody}"),
        ])
        {
            answer.StatusCode.Should().Be(HttpStatusCode.NotFound);
            (await JsonAsync(answer)).GetProperty("code").GetString().Should().Be("key_not_found");
        }
    }

    [Fact]
    public async Task Whoever_may_only_look_changes_nothing()
    {
        var id = await IssueAsync("ci");
        var (viewer, manager) = (await TokenAsync(AdminRole.Viewer), await TokenAsync(AdminRole.KeyManager));

        ((int)(await GetAsync("keys", viewer)).StatusCode, (int)(await GetAsync($"keys/{id}", viewer)).StatusCode).Should().Be((200, 200));
        foreach (var refused in (HttpResponseMessage[])
        [
            await CreateAsync("keys", """{"name":"x"}""", viewer), await PatchAsync($"keys/{id}", "{}", token: viewer),
            await CreateAsync($"keys/{id}/rotate", "{}", viewer), await DeleteAsync($"keys/{id}", viewer),
        ])
        {
            (await JsonAsync(refused)).GetProperty("code").GetString().Should().Be("role_required");
        }

        ((int)(await DeleteAsync($"keys/{id}", manager)).StatusCode).Should().Be(204);
    }

    private async Task<Guid> IssueAsync(string name) =>
        (await JsonAsync(await CreateAsync("keys", JsonSerializer.Serialize(new { name })))).GetProperty("id").GetGuid();

    private async Task<IReadOnlyList<JsonElement>> ListAsync(string query) =>
        [.. (await JsonAsync(await GetAsync($"keys?{query}"))).GetProperty("data").EnumerateArray()];

    private static string? NameOf(JsonElement key) => key.GetProperty("name").GetString();

    private static string Members(JsonElement item, params string[] names) => $"[{string.Join(',', names.Select(name => item.GetProperty(name).GetRawText()))}]";

    private static Dictionary<string, string> Without(JsonElement item, string? member = null) =>
        item.EnumerateObject().Where(each => each.Name != member).ToDictionary(each => each.Name, each => each.Value.GetRawText());
}
