using System.Net;
using System.Text.Json;
using CleanGateway.Infrastructure.Persistence;
using CleanGateway.IntegrationTests.Fixtures;
using Microsoft.Extensions.DependencyInjection;

namespace CleanGateway.IntegrationTests;

/// <summary>Reports from the ledger: what is in them, and in which of their lines.</summary>
public class UsageTests(GatewayFixture gateway) : GatewayTest(gateway)
{
    private const string March = "from=2025-03-01&to=2025-04-01";
    private static readonly Guid Gone = new("00000000-0000-4000-8000-000000000001");

    [Fact]
    public async Task Keys_are_told_apart_by_id_and_called_by_the_names_they_have_now()
    {
        var key = await KeyAsync("ci");
        var namesake = await KeyAsync("ci");
        await Gateway.Database.AddAsync("2025-03-05T10:00:00Z", key, cached: 4, reasoning: 2);
        await Gateway.Database.AddAsync("2025-03-06T10:00:00Z", key, cost: 1.000000001m, source: "estimated");
        await Gateway.Database.AddAsync("2025-03-06T10:00:00Z", key, cost: null, prompt: null, completion: null, source: null);
        await Gateway.Database.AddAsync("2025-03-06T10:00:00Z", namesake, prompt: 100, completion: 0);
        await Gateway.Database.AddAsync("2025-03-06T10:00:00Z", Gone);

        var usage = await UsageAsync($"group_by=key&{March}");

        usage.GetProperty("group_by").GetRawText().Should().Be("[\"key\"]");
        (usage.GetProperty("from").GetDateTimeOffset(), usage.GetProperty("to").GetDateTimeOffset())
            .Should().Be((Day("2025-03-01"), Day("2025-04-01")));
        Rows(usage).Should().BeEquivalentTo(
            $$"""{"group":{"key_id":"{{key}}","key_name":"ci"},{{Sums(3, 18, 6, 24, 4, 2, "1.000450001", 1, 1)}}}""",
            $$"""{"group":{"key_id":"{{namesake}}","key_name":"ci"},{{Sums(1, 100, 0, 100, 0, 0, "0.000450000", 0, 0)}}}""",
            $$"""{"group":{"key_id":"{{Gone}}","key_name":null},{{Sums(1, 9, 3, 12, 0, 0, "0.000450000", 0, 0)}}}""");
        usage.GetProperty("total").GetRawText().Should().Be($$"""{"group":{},{{Sums(5, 127, 9, 136, 4, 2, "1.001350001", 1, 1)}}}""");
    }

    [Fact]
    public async Task A_call_belongs_to_the_project_its_key_had_then()
    {
        var project = await ScalarAsync<Guid>("INSERT INTO projects (name) VALUES ('team') RETURNING id");
        var key = await KeyAsync("ci");
        await Gateway.Database.AddAsync("2025-03-05T10:00:00Z", key, project: project);
        await Gateway.Database.AddAsync("2025-03-05T10:00:00Z", key, project: Gone);
        await Gateway.Database.AddAsync("2025-03-05T10:00:00Z", key);

        var groups = Groups(await UsageAsync($"group_by=project&{March}"));

        groups.Should().BeEquivalentTo(
            $$"""{"project_id":"{{project}}","project_name":"team"}""",
            $$"""{"project_id":"{{Gone}}","project_name":null}""",
            """{"project_id":null,"project_name":null}""");
    }

    [Fact]
    public async Task Several_groups_are_columns_and_order_in_the_order_asked_for()
    {
        var (b, a) = (await KeyAsync("b"), await KeyAsync("a"));
        foreach (var (day, key) in new[] { ("2025-03-02", a), ("2025-02-28", b), ("2025-03-02", b), ("2025-03-02", b), ("2025-03-01", a) })
            await Gateway.Database.AddAsync($"{day}T10:00:00Z", key);

        Groups(await UsageAsync("group_by=day,key&from=2025-02-01&to=2025-04-01")).Should().Equal(
            $$"""{"day":"2025-02-28","key_id":"{{b}}","key_name":"b"}""",
            $$"""{"day":"2025-03-01","key_id":"{{a}}","key_name":"a"}""",
            $$"""{"day":"2025-03-02","key_id":"{{a}}","key_name":"a"}""",
            $$"""{"day":"2025-03-02","key_id":"{{b}}","key_name":"b"}""");
        Groups(await UsageAsync("group_by=key,day&from=2025-02-01&to=2025-04-01")).Should().Equal(
            $$"""{"key_id":"{{a}}","key_name":"a","day":"2025-03-01"}""",
            $$"""{"key_id":"{{a}}","key_name":"a","day":"2025-03-02"}""",
            $$"""{"key_id":"{{b}}","key_name":"b","day":"2025-02-28"}""",
            $$"""{"key_id":"{{b}}","key_name":"b","day":"2025-03-02"}""");
    }

    [Fact]
    public async Task A_day_is_one_of_UTC_and_the_end_of_a_period_is_not_in_it()
    {
        string[] moments =
        [
            "2025-02-28T23:59:59.999999Z", "2025-03-01T00:00:00Z", "2025-03-02T01:00:00+02:00", "2025-03-02T00:00:00Z", "2025-03-03T00:00:00Z",
        ];
        foreach (var at in moments)
            await Gateway.Database.AddAsync(at, Gone);

        Requests(await UsageAsync("group_by=day&from=2025-03-01&to=2025-03-03"), "day").Should().Equal(("2025-03-01", 2), ("2025-03-02", 1));
        Requests(await UsageAsync("group_by=day&from=2025-03-01T00:00:00.000001Z&to=2025-03-03T02:00:00.000001%2B02:00"), "day")
            .Should().Equal(("2025-03-01", 1), ("2025-03-02", 1), ("2025-03-03", 1));
    }

    [Fact]
    public async Task A_day_is_one_of_UTC_wherever_the_database_thinks_it_is()
    {
        await Gateway.Database.AddAsync("2025-03-01T23:00:00Z", Gone);
        await InTimeZoneAsync("SET timezone = 'Asia/Tokyo'");
        try
        {
            Requests(await UsageAsync("group_by=day&from=2025-03-01&to=2025-03-02"), "day").Should().Equal(("2025-03-01", 1));
        }
        finally
        {
            await InTimeZoneAsync("RESET timezone");
        }

        async Task InTimeZoneAsync(string setting)
        {
            await SqlAsync($"ALTER DATABASE {Gateway.DatabaseUrl.Database} {setting}");
            Gateway.Services.GetRequiredService<GatewayDatabase>().Source.Clear();   // it is for new connections
        }
    }

    [Fact]
    public async Task Without_a_period_it_is_this_month_until_now_over_its_partition_and_no_other()
    {
        var now = TimeProvider.System.GetUtcNow();
        var month = new DateTimeOffset(now.Year, now.Month, 1, 0, 0, 0, TimeSpan.Zero);
        foreach (var at in new[] { month, now, month.AddTicks(-10), now.AddHours(1), month.AddMonths(-1), month.AddMonths(1) })
            await Gateway.Database.AddAsync(at.ToString("O"), Gone);

        // Whoever so much as looked at the partition of all other months would wait.
        await using var elsewhere = await TableLock.TakeExclusivelyAsync(Gateway.Database, "usage_records_default");
        var usage = await UsageAsync("");

        usage.GetProperty("from").GetDateTimeOffset().Should().Be(month);
        usage.GetProperty("to").GetDateTimeOffset().Should().BeOnOrAfter(now).And.BeOnOrBefore(TimeProvider.System.GetUtcNow());
        Requests(usage, "key_id").Should().Equal((Gone.ToString(), 2));
    }

    [Fact]
    public async Task Only_the_calls_of_a_key_a_project_or_a_model_are_counted_where_one_is_named()
    {
        var other = new Guid("00000000-0000-4000-8000-000000000002");
        await Gateway.Database.AddAsync("2025-03-05T10:00:00Z", Gone, "a", project: other);
        await Gateway.Database.AddAsync("2025-03-05T10:00:00Z", Gone, "b");
        await Gateway.Database.AddAsync("2025-03-05T10:00:00Z", other, "a");

        Requests(await UsageAsync($"group_by=model&{March}&key_id={Gone}"), "model").Should().Equal(("a", 1), ("b", 1));
        Requests(await UsageAsync($"group_by=model&{March}&project_id={other}"), "model").Should().Equal(("a", 1));
        Requests(await UsageAsync($"group_by=key&{March}&model=a"), "key_id").Should().BeEquivalentTo([(Gone.ToString(), 1), (other.ToString(), 1)]);
        Requests(await UsageAsync($"group_by=key&{March}&model=a&key_id={other}&project_id={other}"), "key_id").Should().BeEmpty();
        Requests(await UsageAsync($"group_by=model&{March}&model=' OR 1=1 --"), "model").Should().BeEmpty();
    }

    [Fact]
    public async Task What_was_really_called_is_what_is_told()
    {
        await ServeToAKeyAsync();
        await IssueKeyAsync("another");
        for (var call = 0; call < 3; call++)
            (await ChatAsync()).EnsureSuccessStatusCode().Dispose();
        await ReadToEndAsync(await ChatAsync(stream: true, key: "another"));
        (await ChatAsync("gpt-99")).Dispose();

        var usage = await UsageAsync("group_by=model,key");

        Requests(usage, "model").Should().BeEquivalentTo([("gpt-4", 3), ("gpt-4", 1)], "a call that went nowhere costs nothing");
        usage.GetProperty("total").GetProperty("total_cost_usd").GetDecimal().Should().Be(4 * 0.00045m)
            .And.Be(await ScalarAsync<decimal>("SELECT sum(total_cost_usd) FROM monthly_usage_summary"), "there is one truth");
        usage.GetProperty("total").GetProperty("total_tokens").GetInt64().Should().Be(
            await ScalarAsync<long>("SELECT sum(total_tokens)::bigint FROM responses"));
    }

    private async Task<JsonElement> UsageAsync(string question)
    {
        using var response = await Admin(Gateway.AdminUrl).GetAsync($"/admin/usage?{question}", Stop);
        response.StatusCode.Should().Be(HttpStatusCode.OK, await response.Content.ReadAsStringAsync(Stop));
        response.Content.Headers.ContentType!.MediaType.Should().Be("application/json");
        return await JsonAsync(response);
    }

    private Task<Guid> KeyAsync(string name) => ScalarAsync<Guid>(
        "INSERT INTO api_keys (name, key_hash) VALUES ($1, encode(sha256(gen_random_uuid()::text::bytea), 'hex')) RETURNING id", name);

    private static DateTimeOffset Day(string day) => DateTimeOffset.Parse($"{day}T00:00:00Z", null);

    private static IEnumerable<string> Rows(JsonElement usage) => usage.GetProperty("rows").EnumerateArray().Select(row => row.GetRawText());

    private static IEnumerable<string> Groups(JsonElement usage) =>
        usage.GetProperty("rows").EnumerateArray().Select(row => row.GetProperty("group").GetRawText());

    private static IEnumerable<(string? Group, long Requests)> Requests(JsonElement usage, string column) =>
        usage.GetProperty("rows").EnumerateArray()
        .Select(row => (row.GetProperty("group").GetProperty(column).GetString(), row.GetProperty("requests").GetInt64()));

    private static string Sums(
        long requests, long prompt, long completion, long total, long cached, long reasoning, string cost, long unpriced, long estimated) =>
        $"\"requests\":{requests},\"prompt_tokens\":{prompt},\"completion_tokens\":{completion},\"total_tokens\":{total},"
        + $"\"cached_tokens\":{cached},\"reasoning_tokens\":{reasoning},\"total_cost_usd\":{cost},"
        + $"\"unpriced_requests\":{unpriced},\"estimated_requests\":{estimated}";
}
