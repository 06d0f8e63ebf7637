using System.Net;
using CleanGateway.Infrastructure.Persistence;
using CleanGateway.IntegrationTests.Fixtures;
using CleanGateway.UnitTests.Infrastructure;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;

namespace CleanGateway.IntegrationTests;

public class PartitionTestsUnderLoad(GatewayFixture gateway) : GatewayTest(gateway)
{
    [Fact]
    public async Task A_started_gateway_has_three_days_and_a_month_in_hand()
    {
        var today = DateOnly.FromDateTime(TimeProvider.System.GetUtcNow().UtcDateTime);
        var nextMonth = today.AddMonths(1);

        (await NamesAsync()).Should().Contain(
        [
            .. Enumerable.Range(0, 4).SelectMany(days => new[] { $"requests_{today.AddDays(days):yyyyMMdd}", $"responses_{today.AddDays(days):yyyyMMdd}" }),
            $"usage_records_{today:yyyyMM}", $"usage_records_{nextMonth:yyyyMM}",
        ]);
    }

    [Fact]
    public async Task Partitions_are_made_while_calls_run_and_no_call_fails_for_it()
    {
        const int Callers = 4;
        await ServeToAKeyAsync();
        var clock = new ManualTime();
        clock.Advance(new DateTimeOffset(2040, 1, 1, 0, 0, 0, TimeSpan.Zero) - clock.GetUtcNow());
        var partitions = new Partitions(Gateway.Services.GetRequiredService<GatewayDatabase>(), clock, NullLogger<Partitions>.Instance);
        using var made = new CancellationTokenSource();

        var callers = Enumerable.Range(0, Callers).Select(_ => CallUntilAsync(made.Token)).ToList();
        await Eventually.IsTrueAsync(() => Upstream.Requests.Count > Callers, "calls are under way");
        await partitions.EnsureAsync(Stop);
        await made.CancelAsync();
        var calls = (await Task.WhenAll(callers)).Sum();

        (await NamesAsync()).Should().Contain(["requests_20400101", "responses_20400104", "usage_records_204002"]);
        (await ScalarAsync<long>("SELECT count(*) FROM requests JOIN responses ON request_id_fk = requests.id WHERE requests.status_code = 200"))
            .Should().Be(calls);
    }

    private async Task<int> CallUntilAsync(CancellationToken end)
    {
        var calls = 0;
        for (; !end.IsCancellationRequested; calls++)
        {
            using var response = await ChatAsync();
            response.StatusCode.Should().Be(HttpStatusCode.OK);
        }

        return calls;
    }

    private async Task<IEnumerable<string>> NamesAsync() =>
        (await RowsAsync("SELECT relname FROM pg_class WHERE relispartition AND relkind = 'r'")).Select(row => (string)row[0]!);
}
