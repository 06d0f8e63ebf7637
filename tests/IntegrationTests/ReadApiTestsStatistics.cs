using System.Text.Json;
using CleanGateway.IntegrationTests.Fixtures;

namespace CleanGateway.IntegrationTests;

public class ReadApiTestsStatistics(GatewayFixture gateway) : GatewayTest(gateway)
{
    [Fact]
    public async Task Statistics_are_true_after_known_traffic()
    {
        const int Calls = 30;
        await ServeToAKeyAsync();
        using (await ChatAsync())
        using (await ChatAsync("gpt-99"))
        {
        }

        var before = await StatisticsAsync();
        for (var call = 0; call < Calls; call++)
            (await ChatAsync()).Dispose();
        var after = await StatisticsAsync();

        before.GetProperty("requests").GetRawText().Should().Be("""{"count":2,"exact":true}""");
        after.GetProperty("requests").GetRawText().Should().Be($$"""{"count":{{Calls + 2}},"exact":true}""");
        after.GetProperty("responses").GetRawText().Should().Be(after.GetProperty("requests").GetRawText());
        Gained("journal", "written").Should().Be(Calls);
        after.GetProperty("journal").GetProperty("waiting").GetInt64().Should().Be(0);
        after.GetProperty("journal").GetProperty("healthy").GetBoolean().Should().BeTrue();
        Gained("connection_pool", "opened").Should().BeGreaterThanOrEqualTo(Calls, "each call writes");
        Gained("connection_pool", "connected").Should().BeLessThan(3, "one caller after the other needs no more connections");

        double Gained(string part, string number) =>
            after.GetProperty(part).GetProperty(number).GetDouble() - before.GetProperty(part).GetProperty(number).GetDouble();
    }

    [Fact]
    public async Task The_reuse_rate_is_that_of_the_two_figures_beside_it()
    {
        var pool = (await StatisticsAsync()).GetProperty("connection_pool");

        var (opened, connected) = (pool.GetProperty("opened").GetDecimal(), pool.GetProperty("connected").GetDecimal());
        pool.GetProperty("reuse_rate").GetDecimal().Should().BeApproximately(1 - connected / opened, 0.0001m);
    }

    [Fact]
    public async Task Percentiles_of_the_overhead_are_in_order_and_of_known_calls()
    {
        await ServeToAKeyAsync();
        for (var call = 0; call < 5; call++)
            (await ChatAsync()).Dispose();

        var overhead = (await StatisticsAsync()).GetProperty("logging_overhead");

        overhead.GetProperty("calls").GetInt32().Should().BeGreaterThanOrEqualTo(5);
        double[] figures = [.. ((string[])["p50_ms", "p95_ms", "p99_ms", "max_ms"]).Select(name => overhead.GetProperty(name).GetDouble())];
        figures.Should().BeInAscendingOrder();
        figures[0].Should().BePositive("a commit takes time");
    }

    private async Task<JsonElement> StatisticsAsync() => await JsonAsync(await Admin().GetAsync("/api/db-stats", Stop));
}
