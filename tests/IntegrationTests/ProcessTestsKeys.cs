using System.Globalization;
using System.Net;
using System.Text.Json;
using CleanGateway.Domain.Common;
using CleanGateway.IntegrationTests.Fixtures;

namespace CleanGateway.IntegrationTests;

/// <summary>API keys and admin tokens, by command.</summary>
public class ProcessTestsKeys(GatewayFixture gateway) : ProcessTest
{
    private (string, string) Database => ("DATABASE_URL", gateway.DatabaseUrl.Reveal());

    public override async ValueTask InitializeAsync() => await gateway.ResetAsync();

    [Fact]
    public async Task A_key_is_issued_shown_changed_rotated_and_deleted_by_its_name()
    {
        await ShouldSucceedAsync("projects create team");
        var secret = (await ShouldSucceedAsync("keys issue ci --project team --model echo --expires 2999-01-31T00:00:00Z --rate-limit 60")).Single();
        var id = (Guid)(await gateway.Database.RowsAsync("SELECT id FROM api_keys", Stop)).Single()[0]!;
        var list = await ShouldSucceedAsync("keys list");
        var shown = await ShouldSucceedAsync($"keys show {id}");
        var changed = Json(await ShouldSucceedAsync(
            "keys change ci --name cd --project none --model gpt-4 --model echo --expires none --log-content none --drop-params true --rate-limit none --total-budget 1.5 --json"));
        var unchanged = await ShouldSucceedAsync("keys change cd --enabled true");
        var rotated = (await ShouldSucceedAsync("keys rotate cd --grace-period-seconds 3600")).Single();
        await gateway.SettledAsync();

        list.Should().HaveCount(2);
        list[1].Split(' ', StringSplitOptions.RemoveEmptyEntries).Should().Equal(
            $"{id}", "ci", secret[^4..], "yes", "team", "2999-01-31T00:00:00Z", "echo", "60", "-", "-", "-", "-", "-", "-");
        shown.Select(line => string.Join(' ', line.Split(' ', StringSplitOptions.RemoveEmptyEntries))).Should().Contain(
            [$"id {id}", "name ci", $"key_hint {secret[^4..]}", "project team", "allowed_models echo", "expires_at 2999-01-31T00:00:00Z", "rate_limit 60", "log_content -"]);
        (changed.GetProperty("name").GetString(), changed.GetProperty("project").GetString(), changed.GetProperty("log_content").GetString(), changed.GetProperty("drop_params").GetBoolean())
            .Should().Be(("cd", null, "none", true));
        changed.GetProperty("allowed_models").GetRawText().Should().Contain("gpt-4");
        changed.GetProperty("limits").GetProperty("total_budget").GetDecimal().Should().Be(1.5m);
        changed.GetProperty("limits").GetProperty("rate_limit").ValueKind.Should().Be(JsonValueKind.Null);
        unchanged.Should().BeEmpty();
        (await StatusAsync(secret), await StatusAsync(rotated)).Should().Be((HttpStatusCode.OK, HttpStatusCode.OK));

        var again = Json(await ShouldSucceedAsync("keys rotate cd --json")).GetProperty("secret").GetString()!;
        await gateway.SettledAsync();
        (await StatusAsync(secret), await StatusAsync(rotated), await StatusAsync(again)).Should()
            .Be((HttpStatusCode.Unauthorized, HttpStatusCode.Unauthorized, HttpStatusCode.OK));

        (await ShouldSucceedAsync("keys delete cd")).Should().BeEmpty();
        Json(await ShouldSucceedAsync("keys list --json")).GetArrayLength().Should().Be(0);
        (await gateway.Database.RowsAsync("SELECT action, actor_kind FROM audit_log WHERE target_id = $1 ORDER BY id", Stop, id.ToString()))
            .Select(row => (row[0], row[1])).Should().Equal(
                ("issue_api_key", "command_line"), ("change_api_key", "command_line"), ("rotate_api_key", "command_line"),
                ("rotate_api_key", "command_line"), ("delete_api_key", "command_line"));
    }

    [Fact]
    public async Task A_name_that_two_keys_have_is_answered_with_their_ids()
    {
        var ids = new List<Guid>();
        for (var key = 0; key < 2; key++)
            ids.Add(Json(await ShouldSucceedAsync("keys issue same --json")).GetProperty("id").GetGuid());

        var run = await RunToEndAsync("keys delete same", Database);
        await ShouldSucceedAsync($"keys delete {ids[1]}");
        var left = await ShouldSucceedAsync("keys show same --json");

        (run.ExitCode, run.Output.Count).Should().Be((1, 0));
        run.Errors.Should().ContainSingle().Which.Should().StartWith("2 keys are called 'same'; say which by its id: ").And.ContainAll(ids.Select(id => id.ToString()));
        Json(left).GetProperty("id").GetGuid().Should().Be(ids[0]);
    }

    [Theory]
    [InlineData("keys show nobody", "There is no key 'nobody': `cleangateway keys list` shows those there are")]
    [InlineData("keys show 00000000-0000-0000-0000-000000000000", "No key has the id '00000000-0000-0000-0000-000000000000'.")]
    [InlineData("keys list --project nowhere", "There is no project 'nowhere': `cleangateway projects list` shows those there are")]
    [InlineData("keys rotate first --grace-period-seconds 2592001", "'grace_period_seconds' is 2592001: expected 0 to 2592000 seconds.")]
    [InlineData("keys change first --log-content some", "--log-content is 'some': expected full, metadata, none or default")]
    [InlineData("keys change first --expires soon", "--expires is 'soon': expected a date and time like 2027-01-31T00:00:00Z")]
    [InlineData("keys change first --rate-limit -1", "'rate_limit' is -1: expected 0 or more requests per minute.")]
    [InlineData("tokens revoke nobody", "There is no admin token 'nobody': `cleangateway tokens list` shows those there are")]
    [InlineData("tokens revoke test", "No other owner's token that does not expire would be left: issue one first, then revoke this one.")]
    [InlineData("tokens issue ops --role viewer --expires 2020-01-01", "'expires_at' is 2020-01-01T00:00:00.0000000+00:00: expected a moment to come.")]
    public async Task What_cannot_be_is_told_and_nothing_is_changed(string commandLine, string said)
    {
        await gateway.Database.ExecuteAsync("INSERT INTO api_keys (name, key_hash) VALUES ('first', repeat('a', 64))", Stop);
        const string Rows = "SELECT api_keys::text FROM api_keys UNION ALL SELECT admin_tokens::text FROM admin_tokens ORDER BY 1";
        var before = await gateway.Database.RowsAsync(Rows, Stop);

        var run = await RunToEndAsync(commandLine, Database);

        (run.ExitCode, run.Output.Count).Should().Be((1, 0));
        run.Errors.Should().Equal(said);
        (await gateway.Database.RowsAsync(Rows, Stop)).Should().BeEquivalentTo(before);
    }

    [Fact]
    public async Task A_token_is_issued_listed_and_revoked()
    {
        var secret = (await ShouldSucceedAsync("tokens issue ops --role key-manager --expires 2999-01-31T00:00:00Z")).Single();
        var owner = Json(await ShouldSucceedAsync("tokens issue second --role owner --json"));
        await gateway.SettledAsync();
        var me = await JsonAsync(await GetAsync(gateway.AdminUrl, "/admin/me", secret));
        var list = await ShouldSucceedAsync("tokens list");
        var json = Json(await ShouldSucceedAsync("tokens list --json"));

        await ShouldSucceedAsync("tokens revoke ops");
        await ShouldSucceedAsync("tokens revoke ops");
        await ShouldSucceedAsync("tokens revoke test");
        var last = await RunToEndAsync($"tokens revoke {owner.GetProperty("id").GetGuid()}", Database);
        await gateway.SettledAsync();

        Secret.IsWellFormed(secret, Secret.AdminTokenPrefix).Should().BeTrue();
        (me.GetProperty("name").GetString(), me.GetProperty("role").GetString()).Should().Be(("ops", "key-manager"));
        list.Should().HaveCount(4);
        var line = list[1].Split(' ', StringSplitOptions.RemoveEmptyEntries);
        line[1..6].Should().Equal("ops", secret[^4..], "key-manager", "yes", "2999-01-31T00:00:00Z");
        DateTimeOffset.Parse(line[6], CultureInfo.InvariantCulture).Should().BeCloseTo(TimeProvider.System.GetUtcNow(), TimeSpan.FromHours(1));
        json.EnumerateArray().Select(token => token.GetProperty("role").GetString()).Should().Equal("key-manager", "owner", "owner");
        string.Join('\n', list).Should().NotContain(secret);
        using var closed = await GetAsync(gateway.AdminUrl, "/admin/me", secret);
        ((int)closed.StatusCode, last.ExitCode).Should().Be((401, 1));
        (await gateway.Database.RowsAsync("SELECT enabled FROM admin_tokens ORDER BY name", Stop)).Select(row => row[0]).Should().Equal(false, true, false);
    }

    private async Task<HttpStatusCode> StatusAsync(string key)
    {
        using var answer = await GetAsync(gateway.Url, "/v1/models", key);
        return answer.StatusCode;
    }

    private async Task<IReadOnlyList<string>> ShouldSucceedAsync(string commandLine)
    {
        var run = await RunToEndAsync(commandLine, Database);
        run.ExitCode.Should().Be(0, string.Join('\n', run.Errors));
        run.Errors.Should().BeEmpty();
        return run.Output;
    }

    private static JsonElement Json(IReadOnlyList<string> lines) => JsonDocument.Parse(string.Join('\n', lines)).RootElement;
}
