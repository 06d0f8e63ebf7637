using System.Net;
using System.Text.Json;
using CleanGateway.Domain.AdminTokens;
using CleanGateway.IntegrationTests.Fixtures;
using Npgsql;

namespace CleanGateway.IntegrationTests;

/// <summary>The audit log by the admin API. It is never emptied, so each test looks for what it has written itself.</summary>
public class AdminTestsAudit(GatewayFixture gateway) : AdminTest(gateway)
{
    private readonly string mark = Guid.NewGuid().ToString();

    [Fact]
    public async Task A_change_is_found_by_whoever_made_it_and_by_what_it_was()
    {
        using var made = await CreateAsync("projects", JsonSerializer.Serialize(new { name = mark }));
        var id = (await JsonAsync(made)).GetProperty("id").GetString();
        var request = made.Headers.GetValues("X-Request-ID").Single();
        using var renamed = await PatchAsync($"projects/{id}", """{"enabled":false}""");

        var all = await EntriesAsync($"target_id={id}");

        all.Select(Action).Should().Equal("change_project", "create_project");
        (await EntriesAsync($"target_id={id}&action=create_project&actor=test&target_type=project&request_id={request}")).Should().ContainSingle();
        var entry = all[1];
        entry.GetProperty("request_id").GetString().Should().Be(request);
        entry.GetProperty("actor_kind").GetString().Should().Be("admin_token");
        entry.GetProperty("address").GetString().Should().Be("127.0.0.1");
        entry.GetProperty("before_hash").ValueKind.Should().Be(JsonValueKind.Null);
        entry.GetProperty("after_hash").GetString().Should().HaveLength(64);
        (await EntriesAsync($"target_id={id}&actor={entry.GetProperty("actor_id").GetString()}")).Should().HaveCount(2);
        (await EntriesAsync($"target_id={id}&actor=someone")).Should().BeEmpty();
        (await EntriesAsync($"target_id={id}&request_id=req_other")).Should().BeEmpty();
    }

    [Fact]
    public async Task A_period_is_meant_in_the_time_zone_it_is_written_in()
    {
        foreach (var at in (string[])["2020-05-01T00:00:00Z", "2020-05-01T23:59:59.999999Z", "2020-05-02T00:00:00Z"])
            await WriteAsync(at);

        (await EntriesAsync($"target_id={mark}&from=2020-05-01&to=2020-05-02")).Should().HaveCount(2);
        (await EntriesAsync($"target_id={mark}&from=2020-05-01T14:00:00%2B14:00&to=2020-05-02T13:59:59.999999%2B14:00")).Should().ContainSingle();
        (await EntriesAsync($"target_id={mark}&from=2020-05-02")).Should().ContainSingle();
        ((int)(await GetAsync("audit?from=2020-05-02&to=2020-05-01")).StatusCode).Should().Be(400);
        ((int)(await GetAsync("audit?from=yesterday")).StatusCode).Should().Be(400);
    }

    [Theory]
    [InlineData("' OR 1=1 --")]
    [InlineData("%")]
    [InlineData("_")]
    [InlineData("a\\b\"c'd;DROP TABLE audit_log")]
    public async Task No_character_means_anything(string text)
    {
        await WriteAsync("2021-01-01Z", text);
        await WriteAsync("2021-01-01Z", "x");

        foreach (var field in (string[])["actor", "action", "target_type", "request_id"])
            (await EntriesAsync($"target_id={mark}&{field}={Uri.EscapeDataString(text)}")).Should().ContainSingle(field);
        (await EntriesAsync($"target_id={Uri.EscapeDataString(text)}")).Should().BeEmpty();
        ((int)(await GetAsync("audit?actor=a%00b")).StatusCode).Should().Be(400);
    }

    [Fact]
    public async Task Pages_have_every_entry_once_however_many_come_meanwhile()
    {
        for (var number = 0; number < 23; number++)
            await WriteAsync("2022-01-01Z", $"{number}");

        var seen = new List<string>();
        for (string? cursor = "", query = $"audit?target_id={mark}&limit=5"; cursor is not null;)
        {
            var page = await JsonAsync(await GetAsync(cursor == "" ? query : $"{query}&cursor={cursor}"));
            seen.AddRange(page.GetProperty("data").EnumerateArray().Select(Action));
            cursor = page.GetProperty("next_cursor").GetString();
            await WriteAsync("2022-01-01Z", "new");
        }

        seen.Should().Equal(Enumerable.Range(0, 23).Reverse().Select(number => $"{number}"));
    }

    [Fact]
    public async Task Only_an_owner_reads_it()
    {
        using var refused = await GetAsync("audit", await TokenAsync(AdminRole.Admin));
        using var read = await GetAsync("audit?limit=1", await TokenAsync(AdminRole.Owner));

        (refused.StatusCode, read.StatusCode).Should().Be((HttpStatusCode.Forbidden, HttpStatusCode.OK));
    }

    [Theory]
    [InlineData("UPDATE audit_log SET actor_name = 'nobody'")]
    [InlineData("DELETE FROM audit_log")]
    [InlineData("TRUNCATE audit_log")]
    public async Task What_is_written_stays(string sql)
    {
        await WriteAsync("2023-01-01Z");

        var change = () => SqlAsync(sql);

        await change.Should().ThrowAsync<PostgresException>();
        (await EntriesAsync($"target_id={mark}")).Should().ContainSingle();
    }

    private static string Action(JsonElement entry) => entry.GetProperty("action").GetString()!;

    private async Task<List<JsonElement>> EntriesAsync(string query)
    {
        using var answer = await GetAsync($"audit?{query}");
        answer.StatusCode.Should().Be(HttpStatusCode.OK, await answer.Content.ReadAsStringAsync(Stop));
        return [.. (await JsonAsync(answer)).GetProperty("data").EnumerateArray()];
    }

    /// <summary>An entry about what this test is about, with the same text wherever there is one.</summary>
    private Task<int> WriteAsync(string at, string text = "x") => SqlAsync(
        """
        INSERT INTO audit_log (created_at, actor_kind, actor_name, action, target_type, target_id, request_id, changed)
        VALUES ($1::text::timestamptz, 'gateway', $2, $2, $2, $3, $2, '{}')
        """,
        at, text, mark);
}
