using System.Globalization;
using CleanGateway.IntegrationTests.Fixtures;

namespace CleanGateway.IntegrationTests;

/// <summary>Limits and budgets hold for Anthropic's API as for any other.</summary>
public class MessagesTestsLimits(GatewayFixture gateway) : MessagesTest(gateway)
{
    [Theory]
    [InlineData("/v1/messages")]
    [InlineData("/v1/messages/count_tokens")]
    public async Task A_key_gets_as_many_calls_as_its_limit_allows(string path)
    {
        await ServeWithAsync("rate_limit = 2");

        for (var call = 0; call < 2; call++)
        {
            using var allowed = await SayAsync(path: path);
            ((int)allowed.StatusCode).Should().Be(200);
        }

        using var refused = await SayAsync(path: path);
        (await WrongAsync(refused)).Should().Be((429, "rate_limit_error", "rate limit exceeded"));
        int.Parse(refused.Headers.GetValues("Retry-After").Single(), CultureInfo.InvariantCulture).Should().BeInRange(1, 60);
    }

    [Fact]
    public async Task A_spent_budget_is_told_and_what_is_left_lowers_the_cap()
    {
        await ServeWithAsync("monthly_budget = 0.001");
        await SqlAsync("UPDATE models SET input_cost_per_token = 0");
        await Gateway.SettledAsync();
        Upstream.Answer = call => call.RespondAsync(
            200, """{"id":"c","choices":[{"message":{"content":"Hi"},"finish_reason":"length"}],"usage":{"prompt_tokens":5,"completion_tokens":16}}""");

        using (var first = await SayAsync())
        {
            ((int)first.StatusCode).Should().Be(200);
            first.Headers.GetValues("x-gateway-max-tokens").Should().Equal("16");
        }

        Upstream.Request.Json.GetProperty("max_completion_tokens").GetInt32().Should().Be(16, "that much of the budget is left, at $0.00006 each");
        using var refused = await SayAsync();
        (await WrongAsync(refused)).Should().Be((402, "billing_error", "monthly budget exceeded"));
    }

    private async Task ServeWithAsync(string limits)
    {
        await ServeToAKeyAsync();
        await SqlAsync($"UPDATE api_keys SET {limits}");
        await Gateway.SettledAsync();
    }
}
