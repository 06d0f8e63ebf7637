using System.Net;
using System.Text.Json;
using CleanGateway.Domain.AdminTokens;
using CleanGateway.IntegrationTests.Fixtures;

namespace CleanGateway.IntegrationTests;

/// <summary>Projects by the admin API; besides, what all of the admin API has in common.</summary>
public class AdminTestsProjects(GatewayFixture gateway) : AdminTest(gateway)
{
    [Fact]
    public async Task A_project_is_made_shown_changed_and_taken_away()
    {
        using var made = await CreateAsync("projects", """{"name":"team","limits":{"rate_limit":60,"monthly_budget":10.000000001}}""");
        var project = await JsonAsync(made);
        var path = $"projects/{project.GetProperty("id").GetGuid()}";
        using var shown = await GetAsync(path);
        using var changed = await PatchAsync(
            path, """{"limits":{"rate_limit":null,"daily_budget":1.5},"enabled":false}""", shown.Headers.ETag!.ToString());
        using var deleted = await DeleteAsync(path);
        using var gone = await GetAsync(path);

        made.StatusCode.Should().Be(HttpStatusCode.Created);
        made.Headers.Location.Should().Be($"/admin/{path}");
        made.Headers.ETag.Should().Be(shown.Headers.ETag);
        project.GetProperty("limits").GetRawText().Should().Be(
            """{"rate_limit":60,"tokens_per_minute":null,"max_concurrent":null,"daily_budget":null,"monthly_budget":10.000000001,"total_budget":null,"soft_budget":null}""");
        (await JsonAsync(shown)).GetRawText().Should().Be(project.GetRawText());
        var after = await JsonAsync(changed);
        (changed.StatusCode, after.GetProperty("enabled").GetBoolean()).Should().Be((HttpStatusCode.OK, false));
        after.GetProperty("limits").GetRawText().Should().Be(
            """{"rate_limit":null,"tokens_per_minute":null,"max_concurrent":null,"daily_budget":1.5,"monthly_budget":10.000000001,"total_budget":null,"soft_budget":null}""");
        changed.Headers.ETag.Should().NotBe(shown.Headers.ETag);
        (deleted.StatusCode, gone.StatusCode).Should().Be((HttpStatusCode.NoContent, HttpStatusCode.NotFound));
        (await AuditAsync(project.GetProperty("id").GetGuid())).Select(row => (row[0], row[1], row[2], row[4], row[5], row[6], row[7])).Should().Equal(
            ("create_project", "project", "team", "admin_token", "test", false, true),
            ("change_project", "project", "team", "admin_token", "test", true, true),
            ("delete_project", "project", "team", "admin_token", "test", true, false));
        ((string[])(await AuditAsync(project.GetProperty("id").GetGuid()))[1][3]!).Should().BeEquivalentTo("daily_budget", "enabled", "rate_limit");
    }

    [Fact]
    public async Task Everything_that_is_wrong_is_told_at_once()
    {
        using var answer = await CreateAsync(
            "projects", """{"name":7,"limits":{"rate_limit":-1,"daily_budget":"much","nothing":1},"id":"x","etag":null}""");

        answer.StatusCode.Should().Be(HttpStatusCode.BadRequest);
        answer.Content.Headers.ContentType!.MediaType.Should().Be("application/problem+json");
        (await JsonAsync(answer)).GetProperty("errors").EnumerateArray().Select(error => (error.GetProperty("param").GetString(), error.GetProperty("detail").GetString()))
            .Should().Equal(
                ("name", "'name' is 7: expected text."),
                ("limits.daily_budget", "'limits.daily_budget' is \"much\": expected a number, or null."),
                ("limits.nothing", "'limits.nothing' is not known: expected rate_limit, tokens_per_minute, max_concurrent, daily_budget, monthly_budget, total_budget, soft_budget."),
                ("id", "'id' is not known: expected name, limits."),
                ("etag", "'etag' is not known: expected name, limits."),
                ("limits.rate_limit", "'rate_limit' is -1: expected 0 or more requests per minute."));
    }

    [Fact]
    public async Task A_change_says_what_it_changes_and_of_two_one_wins()
    {
        var path = $"projects/{(await JsonAsync(await CreateAsync("projects", """{"name":"team"}"""))).GetProperty("id").GetGuid()}";
        using var shown = await GetAsync(path);
        var etag = shown.Headers.ETag!.ToString();

        using var unsaid = await SendAsync(HttpMethod.Patch, path, "{}");
        using var wrong = await PatchAsync(path, "{}", "xmin");
        var races = await Task.WhenAll(Enumerable.Range(0, 8).Select(number => PatchAsync(path, $$"""{"name":"team {{number}}"}""", etag)));
        using var late = await PatchAsync(path, """{"name":"late"}""", etag);

        ((int)unsaid.StatusCode, (int)wrong.StatusCode, (int)late.StatusCode).Should().Be((428, 400, 412));
        races.Select(answer => (int)answer.StatusCode).Order().Should().Equal(200, 412, 412, 412, 412, 412, 412, 412);
        (await AuditAsync(path[9..])).Should().HaveCount(2, "what was refused is no change");
    }

    [Fact]
    public async Task One_idempotency_key_makes_one_project()
    {
        const string Body = """{"name":"team"}""";

        var answers = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => SendAsync(HttpMethod.Post, "projects", Body, idempotencyKey: "first")));
        using var other = await SendAsync(HttpMethod.Post, "projects", """{"name":"another"}""", idempotencyKey: "first");
        using var without = await CreateAsync("projects", Body);

        answers.Should().OnlyContain(answer => answer.StatusCode == HttpStatusCode.Created);
        answers.Count(answer => answer.Headers.Contains("Idempotent-Replayed")).Should().Be(7);
        (await Task.WhenAll(answers.Select(JsonAsync))).Select(json => json.GetRawText()).Distinct().Should().ContainSingle();
        ((int)other.StatusCode, (int)without.StatusCode).Should().Be((422, 409));
        (await ScalarAsync<long>("SELECT count(*) FROM projects")).Should().Be(1);
        (await ScalarAsync<string>("SELECT encrypted_answer FROM idempotency_keys")).Should().NotContain("team");
    }

    [Fact]
    public async Task A_list_comes_in_pages()
    {
        foreach (var name in (string[])["c", "B", "a", "ä", "d"])
            (await CreateAsync("projects", JsonSerializer.Serialize(new { name }))).StatusCode.Should().Be(HttpStatusCode.Created);

        var names = new List<string>();
        string? cursor = null;
        do
        {
            var page = await JsonAsync(await GetAsync($"projects?limit=2{(cursor is null ? "" : $"&cursor={cursor}")}"));
            page.GetProperty("data").GetArrayLength().Should().BeInRange(1, 2);
            names.AddRange(page.GetProperty("data").EnumerateArray().Select(project => project.GetProperty("name").GetString()!));
            cursor = page.GetProperty("next_cursor").GetString();
        }
        while (cursor is not null);

        names.Should().Equal("B", "a", "c", "d", "ä");
        ((int)(await GetAsync("projects?limit=0")).StatusCode).Should().Be(400);
        ((int)(await GetAsync("projects?cursor=nonsense")).StatusCode).Should().Be(400);
    }

    [Fact]
    public async Task A_project_with_keys_stays()
    {
        var id = await ScalarAsync<Guid>("INSERT INTO projects (name) VALUES ('team') RETURNING id");
        await SqlAsync("INSERT INTO api_keys (name, key_hash, project_id) VALUES ('ci', repeat('a', 64), $1)", id);

        using var refused = await DeleteAsync($"projects/{id}");

        refused.StatusCode.Should().Be(HttpStatusCode.Conflict);
        (await JsonAsync(refused)).GetProperty("code").GetString().Should().Be("project_in_use");
    }

    [Fact]
    public async Task Who_may_only_look_is_told_what_it_takes()
    {
        var viewer = await TokenAsync(AdminRole.Viewer);

        using var looked = await GetAsync("projects", viewer);
        using var refused = await CreateAsync("projects", """{"name":"team"}""", viewer);

        (looked.StatusCode, refused.StatusCode).Should().Be((HttpStatusCode.OK, HttpStatusCode.Forbidden));
        (await JsonAsync(refused)).GetProperty("detail").GetString().Should().Be("This needs the role key-manager; this admin token has viewer.");
    }
}
