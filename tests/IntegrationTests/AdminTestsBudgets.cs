using System.Net;
using System.Text.Json;
using CleanGateway.Domain.AdminTokens;
using CleanGateway.Domain.Usage;
using CleanGateway.IntegrationTests.Fixtures;

namespace CleanGateway.IntegrationTests;

/// <summary>Budgets put right by the admin API; what calls make of it is in <see cref="MeteringTestsAdjustments"/>.</summary>
public class AdminTestsBudgets(GatewayFixture gateway) : AdminTest(gateway)
{
    [Fact]
    public async Task What_is_put_right_is_told_listed_and_audited_and_the_ledger_stays_as_it_was()
    {
        var id = await SpentKeyAsync(2.5m);
        var epoch = await ScalarAsync<long>("SELECT epoch FROM metering");

        using var added = await CreateAsync($"budgets/{id}/adjust", """{"kind":"monthly","amount":0.250000001,"reason":"a bill from elsewhere"}""");
        using var given = await CreateAsync($"budgets/{id}/adjust", """{"period":"2024:02:29","amount":0.5,"reason":"late"}""");
        using var reset = await CreateAsync($"budgets/{id}/reset", """{"kind":"total","reason":"new contract"}""");
        var list = (await JsonAsync(await GetAsync($"budgets/{id}/adjustments"))).GetProperty("data");
        var standing = (await JsonAsync(await GetAsync($"budgets/{id}"))).GetProperty("budgets").EnumerateArray()
            .ToDictionary(budget => budget.GetProperty("kind").GetString()!, budget => budget.GetProperty("spent").GetDecimal());

        (added.StatusCode, given.StatusCode, reset.StatusCode).Should().Be((HttpStatusCode.Created, HttpStatusCode.Created, HttpStatusCode.Created));
        added.Headers.Location.Should().Be($"/admin/budgets/{id}/adjustments");
        added.Headers.ETag.Should().NotBeNull();
        var answer = await JsonAsync(added);
        (answer.GetProperty("spent").GetDecimal(), answer.GetProperty("epoch").GetInt64(), answer.GetProperty("in_force").GetBoolean())
            .Should().Be((2.750000001m, epoch + 1, true));
        list.EnumerateArray().Select(item => (Text(item, "kind"), item.GetProperty("amount").GetDecimal(), Text(item, "reason"), Text(item, "actor_name")))
            .Should().Equal(
                ("total", -2.5m, "new contract", "test"), ("daily", 0.5m, "late", "test"), ("monthly", 0.250000001m, "a bill from elsewhere", "test"));
        list[2].GetRawText().Should().Be(answer.GetProperty("adjustment").GetRawText());
        standing.Should().BeEquivalentTo(new Dictionary<string, decimal> { ["daily"] = 2.5m, ["monthly"] = 2.750000001m, ["total"] = 0 });
        (await AuditAsync(id)).Select(row => (row[0], row[1], ((string[])row[3]!).Single(), row[6], row[7])).Should().Equal(
            ("adjust_budget", "budget", "spent", true, true),
            ("adjust_budget", "budget", "spent", true, true),
            ("reset_budget", "budget", "spent", true, true));
        (await RowsAsync("SELECT target_name, reason FROM audit_log WHERE target_id = $1 ORDER BY id LIMIT 1", id.ToString()))
            .Single().Should().Equal($"Test Key {Month}", "a bill from elsewhere");
        (await ScalarAsync<decimal>("SELECT sum(total_cost_usd) FROM usage_records")).Should().Be(2.5m);
    }

    [Fact]
    public async Task One_idempotency_key_adjusts_one_budget_once()
    {
        const string Body = """{"kind":"total","amount":1,"reason":"once"}""";
        var (id, other) = (await SpentKeyAsync(1), await IssueKeyAsync("other"));

        var answers = await Task.WhenAll(
            Enumerable.Range(0, 8).Select(_ => SendAsync(HttpMethod.Post, $"budgets/{id}/adjust", Body, idempotencyKey: "k")));
        using var elsewhere = await SendAsync(HttpMethod.Post, $"budgets/{other}/adjust", Body, idempotencyKey: "k");

        answers.Should().OnlyContain(answer => answer.StatusCode == HttpStatusCode.Created);
        (await Task.WhenAll(answers.Select(JsonAsync))).Select(json => json.GetProperty("adjustment").GetRawText())
            .Distinct().Should().ContainSingle();
        ((int)elsewhere.StatusCode).Should().Be(422, "a key is good for one thing");
        (await ScalarAsync<decimal>("SELECT spent FROM budgets WHERE scope_id = $1 AND period = 'total'", id)).Should().Be(2);
        (await ScalarAsync<long>("SELECT count(*) FROM budget_adjustments")).Should().Be(1);
    }

    [Theory]
    [InlineData("adjust", """{"kind":"total","amount":-1.000000001,"reason":"too much"}""", 409, "budget_out_of_range")]
    [InlineData("adjust", """{"period":"2024:02","amount":-0.01,"reason":"nothing was spent then"}""", 409, "budget_out_of_range")]
    [InlineData("adjust", """{"kind":"total","amount":"1","reason":"text"}""", 400, "invalid_value")]
    [InlineData("adjust", """{"kind":"weekly","amount":1,"reason":"no such budget"}""", 400, "invalid_value")]
    [InlineData("adjust", """{"kind":"total","period":"total","amount":1,"reason":"both"}""", 400, "invalid_value")]
    [InlineData("adjust", """{"kind":"total","amount":1}""", 400, "invalid_value")]
    [InlineData("reset", """{"reason":"of what?"}""", 400, "invalid_value")]
    [InlineData("reset", """{"kind":"monthly"}""", 400, "invalid_value")]
    public async Task What_cannot_be_changes_nothing(string action, string body, int status, string code)
    {
        var id = await SpentKeyAsync(1);
        var epoch = await ScalarAsync<long>("SELECT epoch FROM metering");

        using var refused = await CreateAsync($"budgets/{id}/{action}", body);

        ((int)refused.StatusCode, (await JsonAsync(refused)).GetProperty("code").GetString()).Should().Be((status, code));
        (await ScalarAsync<long>("SELECT count(*) FROM budget_adjustments")).Should().Be(0);
        (await ScalarAsync<long>("SELECT epoch FROM metering")).Should().Be(epoch);
        (await RowsAsync("SELECT DISTINCT spent FROM budgets")).Should().ContainSingle().Which.Should().Equal(1m);
        (await AuditAsync(id)).Should().BeEmpty();
    }

    [Fact]
    public async Task A_key_manager_may_and_a_viewer_may_look()
    {
        var (viewer, manager) = (await TokenAsync(AdminRole.Viewer), await TokenAsync(AdminRole.KeyManager));
        var id = await SpentKeyAsync(1);
        const string Body = """{"kind":"daily","reason":"why not"}""";

        using var refused = await CreateAsync($"budgets/{id}/reset", Body, viewer);
        using var done = await CreateAsync($"budgets/{id}/reset", Body, manager);
        using var looked = await GetAsync($"budgets/{id}/adjustments", viewer);
        using var nobody = await CreateAsync($"budgets/{Guid.NewGuid()}/reset", Body, manager);

        (refused.StatusCode, done.StatusCode, looked.StatusCode, nobody.StatusCode)
            .Should().Be((HttpStatusCode.Forbidden, HttpStatusCode.Created, HttpStatusCode.OK, HttpStatusCode.NotFound));
    }

    [Fact]
    public async Task Adjustments_come_in_pages_and_a_cursor_is_of_one_list()
    {
        var id = await SpentKeyAsync(1);
        foreach (var number in Enumerable.Range(1, 5))
        {
            await SqlAsync(
                "INSERT INTO budget_adjustments (scope_id, period, amount, reason, actor_name) VALUES ($1, 'total', $2, 'r', 'a')", id, (decimal)number);
        }

        var amounts = new List<decimal>();
        string? cursor = null;
        do
        {
            var page = await JsonAsync(await GetAsync($"budgets/{id}/adjustments?limit=2{(cursor is null ? "" : $"&cursor={cursor}")}"));
            amounts.AddRange(page.GetProperty("data").EnumerateArray().Select(item => item.GetProperty("amount").GetDecimal()));
            if (page.GetProperty("next_cursor").GetString() is not { } next)
                break;

            cursor = next;
        }
        while (true);

        amounts.Should().Equal(5, 4, 3, 2, 1);
        foreach (var list in (string[])["projects", "requests", "responses", "audit"])
            ((int)(await GetAsync($"{list}?cursor={cursor}")).StatusCode).Should().Be(400, list);
    }

    private static string? Text(JsonElement item, string member) => item.GetProperty(member).GetString();

    private static string Month => BudgetPeriod.Month(TimeProvider.System.GetUtcNow());

    /// <summary>A key with budgets of all kinds that has spent this by the ledger, just now.</summary>
    private async Task<Guid> SpentKeyAsync(decimal dollars)
    {
        var id = await IssueKeyAsync();
        await SqlAsync("UPDATE api_keys SET daily_budget = 100, monthly_budget = 100, total_budget = 100 WHERE id = $1", id);
        await Gateway.Database.AddAsync("now", id, cost: dollars);
        foreach (var kind in Enum.GetValues<BudgetKind>())
        {
            await SqlAsync(
                "INSERT INTO budgets (scope_id, period, spent) VALUES ($1, $2, $3)",
                id, BudgetPeriod.Of(kind, TimeProvider.System.GetUtcNow()), dollars);
        }

        await Gateway.SettledAsync();
        return id;
    }
}
