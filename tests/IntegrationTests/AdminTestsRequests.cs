using System.Net;
using System.Text.Json;
using CleanGateway.Application.Common;
using CleanGateway.Application.RequestLogs;
using CleanGateway.Domain.AdminTokens;
using CleanGateway.Infrastructure.Journal;
using CleanGateway.Infrastructure.Persistence;
using CleanGateway.Infrastructure.RequestLogs;
using CleanGateway.IntegrationTests.Fixtures;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;

namespace CleanGateway.IntegrationTests;

/// <summary>Calls and their answers, searched by the admin API.</summary>
public class AdminTestsRequests(GatewayFixture gateway) : AdminTest(gateway)
{
    private static readonly DateTimeOffset Now = TimeProvider.System.GetUtcNow();

    [Fact]
    public async Task A_call_is_found_by_each_of_its_facts()
    {
        var (call, other) = (await LogAsync(Now.AddMinutes(-2)), await LogAsync(Now.AddMinutes(-1)));
        var key = await IssueKeyAsync();
        await SqlAsync(
            """
            UPDATE requests SET api_key = $2, model = 'm', provider_name = 'p', status_code = 429, user_id = 'u', client_request_id = 'c'
            WHERE request_id = $1
            """,
            call, key);
        await SqlAsync(
            "UPDATE responses SET outcome = 'rejected', error_code = 'e' WHERE request_id_fk = (SELECT id FROM requests WHERE request_id = $1)",
            call);

        foreach (var filter in (string[])[
            $"key_id={key}", "model=m", "provider=p", "status=429", "status=4xx", "outcome=rejected", "error_code=e", $"request_id={call}",
            "client_request_id=c", "user_id=u", $"to={Uri.EscapeDataString($"{Now.AddMinutes(-1.5):O}")}"])
        {
            (await IdsAsync($"requests?{filter}")).Should().Equal([call], filter);
            (await IdsAsync($"responses?{filter}")).Should().Equal([call], filter);
        }

        (await IdsAsync("requests")).Should().Equal(other, call);
        (await IdsAsync("requests?status=200&outcome=ok")).Should().Equal(other);
        (await IdsAsync("requests?model=m&status=200")).Should().BeEmpty("all of it has to hold");
        var entry = (await JsonAsync(await GetAsync("requests?model=m"))).GetProperty("data")[0];
        entry.EnumerateObject().Select(member => member.Name).Should().Equal(
            "id", "created_at", "request_id", "client_request_id", "route", "method", "model", "stream", "status_code", "key_id", "key_name",
            "user_id", "provider", "outcome", "error_code", "response_model", "latency_ms", "prompt_tokens", "completion_tokens", "total_tokens", "cost", "unpriced_reason");
        (entry.GetProperty("key_name").GetString(), entry.GetProperty("total_tokens").GetInt64(), entry.GetProperty("cost").GetDecimal())
            .Should().Be(("Test Key", 12L, 0.00045m));
    }

    [Fact]
    public async Task What_is_older_than_a_day_is_found_when_it_is_asked_for()
    {
        var old = await LogAsync(Now.AddDays(-2));
        var date = Now.AddDays(-2.5).UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm'Z'", null);

        (await IdsAsync("requests")).Should().BeEmpty();
        (await IdsAsync($"requests?from={date}")).Should().Equal(old);
        (await IdsAsync($"responses?from={date}")).Should().Equal(old);
        (await IdsAsync($"requests?request_id={old}")).Should().Equal([old], "an id says when that was");
    }

    [Theory]
    [InlineData("' OR 1=1 --")]
    [InlineData("%")]
    [InlineData("_")]
    [InlineData("a\\b\"c'd;DROP TABLE requests")]
    [InlineData("$1 ? ?? {0}")]
    public async Task No_character_means_anything(string text)
    {
        var (call, other) = (await LogAsync(Now.AddMinutes(-2)), await LogAsync(Now.AddMinutes(-1)));
        foreach (var (id, value) in ((string, string)[])[(call, text), (other, "x")])
        {
            await SqlAsync("UPDATE requests SET model = $2, provider_name = $2, user_id = $2, client_request_id = $2 WHERE request_id = $1", id, value);
            await SqlAsync("UPDATE responses SET error_code = $2 WHERE request_id_fk = (SELECT id FROM requests WHERE request_id = $1)", id, value);
        }

        foreach (var list in (string[])["requests", "responses"])
        {
            foreach (var field in (string[])["model", "provider", "user_id", "client_request_id", "error_code"])
                (await IdsAsync($"{list}?{field}={Uri.EscapeDataString(text)}")).Should().Equal([call], field);
            foreach (var field in (string[])["key_id", "status", "outcome", "request_id", "from", "to", "limit", "cursor"])
            {
                using var refused = await GetAsync($"{list}?{field}={Uri.EscapeDataString(text)}");
                var param = (await JsonAsync(refused)).GetProperty("errors")[0].GetProperty("param").GetString();
                (refused.StatusCode, param).Should().Be((HttpStatusCode.BadRequest, field));
            }
        }
    }

    [Fact]
    public async Task Everything_that_is_wrong_is_told_at_once()
    {
        using var answer = await GetAsync(
            "requests?from=2026-02-01&to=2026-01-01&status=6xx&outcome=fine&key_id=me&model=a%00b&request_id=req_1&limit=501");

        (await JsonAsync(answer)).GetProperty("errors").EnumerateArray().Select(error => error.GetProperty("param").GetString())
            .Should().BeEquivalentTo("from", "status", "outcome", "key_id", "model", "request_id", "limit");
    }

    [Theory]
    [InlineData("requests")]
    [InlineData("responses")]
    public async Task Pages_have_every_call_once_however_many_come_meanwhile(string list)
    {
        var there = new List<string>();
        foreach (var number in Enumerable.Range(0, 23))
            there.Add(await LogAsync(Now.AddMinutes(-10).AddMilliseconds(number / 3)));   // some at the same moment

        var seen = new List<string>();
        for (string? cursor = ""; cursor is not null;)
        {
            var page = await JsonAsync(await GetAsync($"{list}?limit=5{(cursor == "" ? "" : $"&cursor={cursor}")}"));
            seen.AddRange(page.GetProperty("data").EnumerateArray().Select(Id));
            cursor = page.GetProperty("next_cursor").GetString();
            await LogAsync(Now.AddMinutes(-1));
            await LogAsync(Now.AddMinutes(-11));   // one that took long, and began before all others
        }

        seen.Should().OnlyHaveUniqueItems();
        seen.Intersect(there).Should().BeEquivalentTo(there);
        seen.Except(there).Should().HaveCountLessThan(seen.Count);
    }

    [Fact]
    public async Task A_cursor_is_of_one_list()
    {
        await LogAsync(Now.AddMinutes(-2));
        await LogAsync(Now.AddMinutes(-1));
        var lists = (string[])["requests", "responses", "audit", "projects"];
        foreach (var list in (string[])["requests", "responses"])
        {
            var cursor = (await JsonAsync(await GetAsync($"{list}?limit=1"))).GetProperty("next_cursor").GetString();
            foreach (var other in lists)
                ((int)(await GetAsync($"{other}?cursor={cursor}")).StatusCode).Should().Be(other == list ? 200 : 400, "{0} of {1}", other, list);
        }
    }

    [Fact]
    public async Task The_content_is_for_admins_and_whoever_reads_it_is_written_down()
    {
        await ServeToAKeyAsync();
        using var answer = await ChatAsync();
        var id = answer.Headers.GetValues("X-Request-ID").Single();
        var (viewer, admin) = (await TokenAsync(AdminRole.Viewer), await TokenAsync(AdminRole.Admin));

        using (var list = await GetAsync("requests", viewer))
            (await list.Content.ReadAsStringAsync(Stop)).Should().Contain(id).And.NotContain("Say hello!");
        foreach (var path in (string[])["requests", "responses"])
            ((int)(await GetAsync($"{path}/{id}", viewer)).StatusCode).Should().Be(403);
        (await AuditAsync(id)).Should().BeEmpty("nobody has read anything");

        using var request = await GetAsync($"requests/{id}", admin);
        using var response = await GetAsync($"responses/{id}", admin);
        using var sameRequest = await Admin().GetAsync($"/api/requests/{id}", Stop);
        using var sameResponse = await Admin().GetAsync($"/api/responses/{id}", Stop);
        ((int)(await GetAsync($"requests/{id[..^1]}x", admin)).StatusCode).Should().Be(404);

        (await JsonAsync(request)).GetProperty("body").GetProperty("messages")[0].GetProperty("content").GetString().Should().Be("Say hello!");
        (await JsonAsync(request)).GetRawText().Should().Be((await JsonAsync(sameRequest)).GetRawText());
        (await JsonAsync(response)).GetProperty("body").ValueKind.Should().Be(JsonValueKind.Object);
        (await JsonAsync(response)).GetRawText().Should().Be((await JsonAsync(sameResponse)).GetRawText());
        (await AuditAsync(id)).Select(row => (row[0], row[1], row[5])).Should().Equal(
            ("read_request", "request", "admin"),
            ("read_response", "response", "admin"),
            ("read_request", "request", "test"),
            ("read_response", "response", "test"));
        (await RowsAsync("SELECT request_id FROM audit_log WHERE target_id = $1 ORDER BY id LIMIT 1", id)).Single()
            .Should().Equal(request.Headers.GetValues("X-Request-ID").Single());
    }

    [Fact]
    public async Task A_search_that_takes_too_long_is_given_up_and_says_how_to_narrow_it()
    {
        await using var busy = await TableLock.TakeExclusivelyAsync(Gateway.Database, "requests");

        using var answer = await GetAsync("requests");

        answer.StatusCode.Should().Be(HttpStatusCode.ServiceUnavailable);
        var problem = await JsonAsync(answer);
        (problem.GetProperty("code").GetString(), problem.GetProperty("detail").GetString())
            .Should().Be(("search_timeout", "This search takes the database longer than 5 seconds: narrow it by 'from' and 'to'."));
    }

    [Fact]
    public async Task A_moment_is_the_same_whatever_time_zone_the_database_is_in()
    {
        var (call, later) = (await LogAsync(Now.AddHours(-3)), await LogAsync(Now.AddHours(-1)));
        await SqlAsync($"ALTER DATABASE {Gateway.DatabaseUrl.Database} SET timezone = 'Pacific/Kiritimati'");
        try
        {
            await using var database = new GatewayDatabase(Gateway.DatabaseUrl, maxConnections: 4);
            (await database.AskAsync<TimeSpan>("SELECT utc_offset FROM pg_timezone_names WHERE name = current_setting('timezone')", Stop))
                .Should().Be(TimeSpan.FromHours(14));
            await using var reports = new ReportsDatabase(TestSettings.Read(Path.GetTempPath()), database, NullLoggerFactory.Instance);
            var handler = new SearchRequestsHandler(reports, TimeProvider.System);

            (await FindAsync(new RequestFilter { To = $"{Now.AddHours(-2):O}" })).Should().Equal(call);
            (await FindAsync(new RequestFilter { From = $"{Now.AddHours(-2).ToOffset(TimeSpan.FromHours(-9)):O}" })).Should().Equal(later);
            (await FindAsync(new RequestFilter())).Should().Equal(later, call);

            async Task<IEnumerable<string>> FindAsync(RequestFilter filter) =>
                (await handler.Handle(new SearchRequests(filter, new PageRequest()), Stop)).Data.Select(entry => entry.RequestId);
        }
        finally
        {
            await SqlAsync($"ALTER DATABASE {Gateway.DatabaseUrl.Database} RESET timezone");
        }
    }

    private static string Id(JsonElement item) => item.GetProperty("request_id").GetString()!;

    private async Task<IEnumerable<string>> IdsAsync(string path)
    {
        using var answer = await GetAsync(path);
        answer.StatusCode.Should().Be(HttpStatusCode.OK, await answer.Content.ReadAsStringAsync(Stop));
        return (await JsonAsync(answer)).GetProperty("data").EnumerateArray().Select(Id);
    }

    private async Task<string> LogAsync(DateTimeOffset at)
    {
        var exchange = Exchanges.Answered(at);
        await new ExchangeWriter(Gateway.Services.GetRequiredService<GatewayDatabase>()).WriteAsync([ExchangeRow.Of(exchange)], Stop);
        return exchange.Request.RequestId;
    }
}
