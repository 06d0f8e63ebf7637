using System.Net;
using CleanGateway.IntegrationTests.Fixtures;

namespace CleanGateway.IntegrationTests;

/// <summary>Two gateways and one Redis: what they let through together is what one alone would.</summary>
public class MeteringTestsSeveral(GatewayFixture tests) : MeteringTest(tests)
{
    [Fact]
    public async Task A_budget_for_so_many_calls_is_that_many_calls()
    {
        const int Callers = 200;
        const int Calls = 37;
        var (one, other) = (await StartAsync("one"), await StartAsync("other"));
        var id = await ServeAsync($"monthly_budget = {Calls * 3 * PerToken}");

        var answers = await Task.WhenAll(Enumerable.Range(0, Callers).Select(
            caller => InsistAsync(caller % 2 == 0 ? one.Url : other.Url, maxTokens: 3, stream: caller % 3 == 0)));

        answers.Count(answer => answer == HttpStatusCode.OK).Should().Be(Calls);
        answers.Should().OnlyContain(answer => answer == HttpStatusCode.OK || answer == HttpStatusCode.PaymentRequired);
        (await LedgerAsync(Calls)).Should().Be(Calls * 3 * PerToken);
        var month = TimeProvider.System.GetUtcNow().ToString("yyyy':'MM", System.Globalization.CultureInfo.InvariantCulture);
        (await Redis.CliAsync($"GET cost:{id}:{month}")).Should().Equal("\"0.111\"");
        (await Redis.CliAsync($"HGET budget:{id}:{month} reserved")).Should().Equal("\"0\"");
    }
}
