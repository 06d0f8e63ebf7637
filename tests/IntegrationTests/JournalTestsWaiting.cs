using System.Globalization;
using System.Net;
using CleanGateway.IntegrationTests.Fixtures;

namespace CleanGateway.IntegrationTests;

/// <summary>Answers wait for their rows. A lock on a table stands for a database that takes its time.</summary>
public class JournalTestsWaiting(GatewayFixture gateway) : GatewayTest(gateway)
{
    [Theory]
    [InlineData("requests")]
    [InlineData("responses")]
    [InlineData("usage_records")]
    [InlineData("monthly_usage_summary")]
    public async Task A_whole_answer_waits_until_its_rows_are_committed(string table)
    {
        await ServeToAKeyAsync();
        await using var held = await TableLock.TakeAsync(Gateway.Database, table);

        var call = ChatAsync();
        await held.WaiterAsync();
        call.IsCompleted.Should().BeFalse("not even the status goes out before the rows are there");
        await held.ReleaseAsync();

        using var response = await call;
        response.StatusCode.Should().Be(HttpStatusCode.OK);
        var exchange = await LoggedAsync();
        exchange.RequestId.Should().Be(response.Headers.GetValues("X-Request-ID").Single());
        exchange.LedgerLines.Should().Be(1);
    }

    [Fact]
    public async Task A_stream_goes_out_as_it_comes_and_its_end_waits()
    {
        await ServeToAKeyAsync();
        await using var held = await TableLock.TakeAsync(Gateway.Database, "responses");

        using var response = await ChatAsync(stream: true);
        using var lines = new StreamReader(await response.Content.ReadAsStreamAsync(Stop));
        string? line;
        do
        {
            line = await lines.ReadLineAsync(Stop);
        }
        while (line?.Contains("\"finish_reason\":\"stop\"", StringComparison.Ordinal) == false);
        var end = lines.ReadToEndAsync(Stop);
        await held.WaiterAsync();
        end.IsCompleted.Should().BeFalse();
        await held.ReleaseAsync();

        (await end).Should().EndWith("data: [DONE]\n\n");
        (await LoggedAsync()).Outcome.Should().Be("ok");
    }

    [Fact]
    public async Task A_refusal_waits_too()
    {
        await IssueKeyAsync();
        await using var held = await TableLock.TakeAsync(Gateway.Database, "requests");

        var call = ChatAsync("gpt-99");
        await held.WaiterAsync();
        call.IsCompleted.Should().BeFalse();
        await held.ReleaseAsync();

        using var response = await call;
        response.StatusCode.Should().Be(HttpStatusCode.BadRequest);
        (await LoggedAsync()).Outcome.Should().Be("rejected");
    }

    /// <summary>The wait is in the headers: what the caller waited for the log, and that is part of the whole.</summary>
    [Fact]
    public async Task The_wait_is_told()
    {
        await ServeToAKeyAsync();
        using var quick = await ChatAsync();
        await using var held = await TableLock.TakeAsync(Gateway.Database, "requests");

        var call = ChatAsync();
        var writer = await held.WaiterAsync();
        var waited = await ScalarAsync<double>(
            "SELECT 1000 * extract(epoch FROM clock_timestamp() - query_start)::float8 FROM pg_stat_activity WHERE pid = $1", writer);
        await held.ReleaseAsync();
        using var slow = await call;

        Milliseconds(slow, "X-DB-Overhead").Should().BeGreaterThanOrEqualTo(waited - 1);
        Milliseconds(slow, "X-Total-Latency").Should().BeGreaterThanOrEqualTo(Milliseconds(slow, "X-DB-Overhead"));
        Milliseconds(quick, "X-Total-Latency").Should().BeGreaterThanOrEqualTo(Milliseconds(quick, "X-DB-Overhead"));
    }

    private static double Milliseconds(HttpResponseMessage response, string header) =>
        double.Parse(response.Headers.GetValues(header).Single()[..^"ms".Length], CultureInfo.InvariantCulture);
}
