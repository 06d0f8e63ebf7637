using System.Net;
using System.Text.Json;
using CleanGateway.Domain.AdminTokens;
using CleanGateway.Domain.Common;
using CleanGateway.Infrastructure.AdminTokens;
using CleanGateway.IntegrationTests.Fixtures;

namespace CleanGateway.IntegrationTests;

/// <summary>Admin tokens by the admin API.</summary>
public class AdminTestsTokens(GatewayFixture gateway) : AdminTest(gateway)
{
    [Fact]
    public async Task A_token_is_issued_opens_the_door_and_is_revoked_for_good()
    {
        using var issued = await CreateAsync("tokens", """{"name":"ops","role":"key-manager","expires_at":"2999-01-31T00:00:00Z"}""");
        var token = await JsonAsync(issued);
        var (id, secret) = (token.GetProperty("id").GetGuid(), token.GetProperty("secret").GetString()!);
        await Gateway.SettledAsync();
        using var shown = await GetAsync($"tokens/{id}");
        using var me = await GetAsync("me", secret);
        using var hash = await GetAsync("me", Secret.Hash(secret));
        using var stale = await SendAsync(HttpMethod.Delete, $"tokens/{id}", ifMatch: "\"1\"");
        using var revoked = await SendAsync(HttpMethod.Delete, $"tokens/{id}", ifMatch: shown.Headers.ETag!.ToString());
        await Gateway.SettledAsync();
        using var closed = await GetAsync("me", secret);
        using var again = await DeleteAsync($"tokens/{id}");
        using var after = await GetAsync($"tokens/{id}");

        (issued.StatusCode, issued.Headers.Location!.ToString(), issued.Headers.ETag).Should().Be((HttpStatusCode.Created, $"/admin/tokens/{id}", shown.Headers.ETag));
        Secret.IsWellFormed(secret, Secret.AdminTokenPrefix).Should().BeTrue();
        var item = await JsonAsync(shown);
        item.EnumerateObject().Select(member => member.Name).Should().BeEquivalentTo("id", "name", "role", "token_hint", "enabled", "expires_at", "created_at", "etag");
        Said(item).Should().Be(("ops", "key-manager", secret[^4..], true));
        Said(token).Should().Be(Said(item));
        (token.GetProperty("created_at").GetRawText(), token.GetProperty("expires_at").GetRawText())
            .Should().Be((item.GetProperty("created_at").GetRawText(), "\"2999-01-31T00:00:00+00:00\""));
        (await JsonAsync(me)).GetRawText().Should().Be(item.GetRawText());
        ((int)hash.StatusCode, (int)stale.StatusCode, (int)revoked.StatusCode, (int)closed.StatusCode, (int)again.StatusCode).Should().Be((401, 412, 204, 401, 204));
        Said(await JsonAsync(after)).Should().Be(("ops", "key-manager", secret[^4..], false), "the row stays");
        var audit = await AuditAsync(id);
        audit.Select(row => (row[0], row[1], row[2])).Should().Equal(("issue_admin_token", "admin_token", "ops"), ("revoke_admin_token", "admin_token", "ops"));
        ((string[])audit[1][3]!).Should().Equal("enabled");
    }

    [Fact]
    public async Task A_list_comes_in_pages_by_name_with_those_that_were_revoked()
    {
        foreach (var name in (string[])["same", "a", "same"])
            await CreateAsync("tokens", JsonSerializer.Serialize(new { name, role = "viewer" }));
        await SqlAsync("UPDATE admin_tokens SET enabled = false WHERE name = 'a'");

        var first = await JsonAsync(await GetAsync("tokens?limit=3"));
        var second = await JsonAsync(await GetAsync($"tokens?cursor={first.GetProperty("next_cursor").GetString()}"));

        var all = first.GetProperty("data").EnumerateArray().Concat(second.GetProperty("data").EnumerateArray()).ToList();
        all.Select(token => (token.GetProperty("name").GetString(), token.GetProperty("enabled").GetBoolean()))
            .Should().Equal(("a", false), ("same", true), ("same", true), ("test", true));
        all.Select(token => token.GetProperty("id").GetGuid()).Should().OnlyHaveUniqueItems();
        string.Concat(all.Select(token => token.GetRawText())).Should().NotContainAny("secret", "hash");
    }

    [Theory]
    [InlineData(AdminRole.Viewer, "")]
    [InlineData(AdminRole.KeyManager, "")]
    [InlineData(AdminRole.Admin, "viewer key-manager admin")]
    [InlineData(AdminRole.Owner, "viewer key-manager admin owner")]
    public async Task Nobody_grants_or_takes_more_than_they_hold(AdminRole holds, string may)
    {
        var holder = await TokenAsync(holds);
        foreach (var role in Enum.GetValues<AdminRole>())
        {
            var other = await ScalarAsync<Guid>(
                "INSERT INTO admin_tokens (name, token_hash, role) VALUES ('other', $1, $2) RETURNING id", Secret.Hash($"{role}"), role.Name());
            using var issued = await CreateAsync("tokens", $$"""{"name":"new","role":"{{role.Name()}}"}""", holder);
            using var revoked = await DeleteAsync($"tokens/{other}", holder);

            var allowed = may.Split(' ').Contains(role.Name());
            ((int)issued.StatusCode, (int)revoked.StatusCode).Should().Be(allowed ? (201, 204) : (403, 403), role.Name());
            (await ScalarAsync<bool>("SELECT enabled FROM admin_tokens WHERE id = $1", other)).Should().Be(!allowed);
            foreach (var refused in allowed ? [] : (HttpResponseMessage[])[issued, revoked])
            {
                var error = (await JsonAsync(refused)).GetProperty("errors")[0];
                error.GetProperty("code").GetString().Should().Be("role_required");
                if (holds == AdminRole.Admin)
                    error.GetProperty("param").GetString().Should().Be("role");
            }
        }

        (await ScalarAsync<long>("SELECT count(*) FROM admin_tokens WHERE name = 'new'")).Should().Be(may.Split(' ', StringSplitOptions.RemoveEmptyEntries).Length);
    }

    [Fact]
    public async Task The_last_owner_stays()
    {
        var last = await ScalarAsync<Guid>("SELECT id FROM admin_tokens");
        await CreateAsync("tokens", """{"name":"for a while","role":"owner","expires_at":"2999-01-31T00:00:00Z"}""");
        await CreateAsync("tokens", """{"name":"an admin","role":"admin"}""");
        await SqlAsync("INSERT INTO admin_tokens (name, token_hash, enabled) VALUES ('revoked', repeat('a', 64), false)");

        using var refused = await DeleteAsync($"tokens/{last}");
        using var second = await CreateAsync("tokens", """{"name":"second","role":"owner"}""");
        using var revoked = await DeleteAsync($"tokens/{last}");
        var secret = (await JsonAsync(second)).GetProperty("secret").GetString();
        using var expiring = await DeleteAsync($"tokens/{await ScalarAsync<Guid>("SELECT id FROM admin_tokens WHERE name = 'for a while'")}", secret);
        using var dead = await DeleteAsync($"tokens/{await ScalarAsync<Guid>("SELECT id FROM admin_tokens WHERE name = 'revoked'")}", secret);

        refused.StatusCode.Should().Be(HttpStatusCode.Conflict);
        (await JsonAsync(refused)).GetProperty("code").GetString().Should().Be("last_owner");
        ((int)revoked.StatusCode, (int)expiring.StatusCode, (int)dead.StatusCode).Should().Be((204, 204, 204));
        (await AuditAsync(last)).Select(row => row[0]).Should().Equal(["revoke_admin_token"], "what was refused is no change");
    }

    [Fact]
    public async Task Two_owners_who_revoke_each_other_do_not_leave_none()
    {
        var mine = await ScalarAsync<Guid>("SELECT id FROM admin_tokens");
        var other = await JsonAsync(await CreateAsync("tokens", """{"name":"second","role":"owner"}"""));
        await Gateway.SettledAsync();
        await using var held = await Gateway.Database.OpenConnectionAsync(Stop);
        await using (var hold = held.CreateCommand())
        {
            hold.CommandText = $"SELECT pg_advisory_lock({AdminTokenRepository.Lock})";
            await hold.ExecuteNonQueryAsync(Stop);
        }

        var both = new[]
        {
            DeleteAsync($"tokens/{other.GetProperty("id").GetGuid()}"), DeleteAsync($"tokens/{mine}", other.GetProperty("secret").GetString()),
        };
        await Eventually.IsTrueAsync(
            async () => await ScalarAsync<long>("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted AND $1 = ANY (pg_blocking_pids(pid))", held.ProcessID) == 2,
            "both have passed the door and wait to revoke");
        await using (var release = held.CreateCommand())
        {
            release.CommandText = "SELECT pg_advisory_unlock_all()";
            await release.ExecuteNonQueryAsync(Stop);
        }

        (await Task.WhenAll(both)).Select(answer => (int)answer.StatusCode).Order().Should().Equal(204, 409);
        (await ScalarAsync<long>("SELECT count(*) FROM admin_tokens WHERE enabled AND role = 'owner'")).Should().Be(1);
    }

    [Fact]
    public async Task One_idempotency_key_issues_one_token()
    {
        const string Body = """{"name":"ops","role":"viewer"}""";

        var answers = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => SendAsync(HttpMethod.Post, "tokens", Body, idempotencyKey: "first")));

        answers.Should().OnlyContain(answer => answer.StatusCode == HttpStatusCode.Created);
        (await Task.WhenAll(answers.Select(JsonAsync))).Select(json => json.GetRawText()).Distinct().Should().ContainSingle();
        (await ScalarAsync<long>("SELECT count(*) FROM admin_tokens WHERE name = 'ops'")).Should().Be(1);
        (await ScalarAsync<string>("SELECT encrypted_answer FROM idempotency_keys")).Should().NotContain("gwa_");
    }

    [Theory]
    [InlineData("""{"role":"viewer"}""", "name")]
    [InlineData("""{"name":"ops"}""", "role")]
    [InlineData("""{"name":"ops","role":null}""", "role")]
    [InlineData("""{"name":"ops","role":"root"}""", "role")]
    [InlineData("""{"name":"ops","role":3}""", "role")]
    [InlineData("""{"name":"a\u0000b","role":"viewer"}""", "name")]
    [InlineData("""{"name":"ops","role":"viewer","expires_at":"2020-01-01T00:00:00Z"}""", "expires_at")]
    [InlineData("""{"name":"ops","role":"viewer","enabled":true}""", "enabled")]
    [InlineData("""{"name":"ops","role":"viewer","token_hash":"aa"}""", "token_hash")]
    [InlineData("""{"name":"ops","role":"viewer","token_hint":"aa"}""", "token_hint")]
    [InlineData("""{"name":"ops","role":"viewer","id":"aa"}""", "id")]
    [InlineData("""{"name":"ops","role":"viewer","created_at":"2020-01-01T00:00:00Z"}""", "created_at")]
    [InlineData("""{"name":"ops","role":"viewer","secret":"gwa_mine"}""", "secret")]
    public async Task What_is_wrong_with_a_token_is_named_and_none_is_made(string body, string param)
    {
        using var answer = await CreateAsync("tokens", body);

        answer.StatusCode.Should().Be(HttpStatusCode.BadRequest);
        (await JsonAsync(answer)).GetProperty("errors").EnumerateArray().Select(error => error.GetProperty("param").GetString()).Should().Equal(param);
        (await ScalarAsync<long>("SELECT count(*) FROM admin_tokens")).Should().Be(1);
    }

    [Fact]
    public async Task There_is_no_changing_a_token_and_none_that_is_not_there()
    {
        var nobody = Guid.NewGuid();

        using var patch = await PatchAsync($"tokens/{nobody}", """{"role":"owner"}""");
        using var get = await GetAsync($"tokens/{nobody}");
        using var delete = await DeleteAsync($"tokens/{nobody}");

        ((int)patch.StatusCode, (int)get.StatusCode, (int)delete.StatusCode).Should().Be((405, 404, 404));
        (await JsonAsync(get)).GetProperty("code").GetString().Should().Be("token_not_found");
    }

    [Fact]
    public async Task Whoever_asks_is_told_who_they_are()
    {
        foreach (var role in Enum.GetValues<AdminRole>())
        {
            using var me = await GetAsync("me", await TokenAsync(role));
            (await JsonAsync(me)).GetProperty("role").GetString().Should().Be(role.Name());
        }
    }

    private static (string? Name, string? Role, string? Hint, bool Enabled) Said(JsonElement token) => (
        token.GetProperty("name").GetString(), token.GetProperty("role").GetString(), token.GetProperty("token_hint").GetString(),
        token.GetProperty("enabled").GetBoolean());
}
