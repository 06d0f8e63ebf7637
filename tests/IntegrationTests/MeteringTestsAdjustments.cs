using System.Net;
using System.Net.Http.Json;
using CleanGateway.IntegrationTests.Fixtures;

namespace CleanGateway.IntegrationTests;

/// <summary>Budgets that are put right while calls are made: the next call goes by what is spent then.</summary>
public class MeteringTestsAdjustments(GatewayFixture gateway) : LimitedKeyTest(gateway)
{
    [Fact]
    public async Task What_is_given_back_lets_that_much_through_and_no_more()
    {
        await ServeForOutputAsync();
        var id = await LimitedKeyAsync("monthly_budget = 0.00018");
        await ShouldAnswerAsync(3, HttpStatusCode.OK);
        await ShouldAnswerAsync(1, HttpStatusCode.PaymentRequired);

        await PostAdjustmentAsync($"{id}/adjust", new { kind = "monthly", amount = -2 * PerToken, reason = "failed calls" });

        (await BudgetAsync(id)).Should().Be((PerToken, 0m));
        await ShouldAnswerAsync(2, HttpStatusCode.OK);
        await ShouldAnswerAsync(1, HttpStatusCode.PaymentRequired);
        await ShouldAgreeAsync(id, spent: 3 * PerToken, adjusted: -2 * PerToken);
    }

    [Fact]
    public async Task What_is_added_is_spent()
    {
        await ServeForOutputAsync();
        var id = await LimitedKeyAsync("monthly_budget = 0.00018");
        var project = await ProjectAsync("monthly_budget = 1", id);
        await ShouldAnswerAsync(1, HttpStatusCode.OK);

        await PostAdjustmentAsync($"{project}/adjust", new { kind = "monthly", amount = 1 - (2 * PerToken), reason = "a bill" });

        await ShouldAnswerAsync(1, HttpStatusCode.OK);
        await ShouldAnswerAsync(1, HttpStatusCode.PaymentRequired);
        await ShouldAgreeAsync(project, spent: 1, adjusted: 1 - (2 * PerToken));
        await ShouldAgreeAsync(id, spent: 2 * PerToken, adjusted: 0);
    }

    [Fact]
    public async Task A_call_under_way_holds_what_it_held_and_counts_afterwards()
    {
        await ServeForOutputAsync();
        var id = await LimitedKeyAsync("monthly_budget = 0.0003");
        await ShouldAnswerAsync(2, HttpStatusCode.OK);
        var end = await HoldAsync(3);
        await ShouldAnswerAsync(1, HttpStatusCode.TooManyRequests);

        await PostAdjustmentAsync($"{id}/reset", new { kind = "monthly", reason = "a gift" });

        (await BudgetAsync(id)).Should().Be((0m, 3 * PerToken));
        await ShouldAnswerAsync(2, HttpStatusCode.OK);
        await ShouldAnswerAsync(1, HttpStatusCode.TooManyRequests);
        await end();
        await Eventually.IsTrueAsync(async () => await BudgetAsync(id) == (5 * PerToken, 0m), "the call is settled");
        await ShouldAnswerAsync(1, HttpStatusCode.PaymentRequired);
        await ShouldAgreeAsync(id, spent: 5 * PerToken, adjusted: -2 * PerToken);
    }

    private async Task ShouldAnswerAsync(int maxTokens, HttpStatusCode expected)
    {
        // A cap that does not fit is lowered: what is refused has no room for one token.
        using var answer = await WholeAsync(Chat(maxTokens));
        answer.StatusCode.Should().Be(expected, await answer.Content.ReadAsStringAsync(Stop));
    }

    private async Task PostAdjustmentAsync(string path, object adjustment)
    {
        using var answer = await Admin(Gateway.AdminUrl).PostAsJsonAsync($"/admin/budgets/{path}", adjustment, Stop);
        answer.StatusCode.Should().Be(HttpStatusCode.Created, await answer.Content.ReadAsStringAsync(Stop));
        (await JsonAsync(answer)).GetProperty("in_force").GetBoolean().Should().BeTrue();
    }

    /// <summary>The book is the ledger and the adjustments, and the counter is the book.</summary>
    private async Task ShouldAgreeAsync(Guid id, decimal spent, decimal adjusted)
    {
        await Eventually.IsTrueAsync(async () => await BudgetAsync(id) == (spent, 0m), "the counter has settled");
        (await ScalarAsync<decimal>("SELECT spent FROM budgets WHERE scope_id = $1 AND length(period) = 7", id)).Should().Be(spent);
        (await ScalarAsync<decimal>("SELECT coalesce(sum(amount), 0) FROM budget_adjustments WHERE scope_id = $1", id)).Should().Be(adjusted);
        (await ScalarAsync<decimal>("SELECT coalesce(sum(total_cost_usd), 0) FROM usage_records WHERE $1 IN (api_key_id, project_id)", id))
            .Should().Be(spent - adjusted);
    }
}
