using System.Net;
using CleanGateway.Domain.RequestLogs;
using CleanGateway.Infrastructure.Journal;
using CleanGateway.Infrastructure.Persistence;
using CleanGateway.IntegrationTests.Fixtures;
using CleanGateway.UnitTests.Infrastructure;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;

namespace CleanGateway.IntegrationTests;

/// <summary>A finished answer waits ten seconds for its rows, and no longer.</summary>
public class JournalTestsDeadline(GatewayFixture gateway) : GatewayTest(gateway)
{
    /// <summary>By a clock of its own, so that nobody has to wait.</summary>
    [Fact]
    public async Task What_is_too_late_is_stored_as_what_the_caller_was_told()
    {
        var clock = new ManualTime();
        using var journal = new DirectJournal(
            Gateway.Services.GetRequiredService<ExchangeBatches>(), new DatabaseHealth(), clock, NullLogger<DirectJournal>.Instance);
        await journal.StartAsync(Stop);
        await using var held = await TableLock.TakeAsync(Gateway.Database, "requests");
        var first = journal.CompleteAsync(Exchange(), Stop).AsTask();
        await held.WaiterAsync();
        var second = journal.CompleteAsync(Exchange(), Stop).AsTask();

        clock.Advance(DirectJournal.LongestWait - TimeSpan.FromMilliseconds(1));
        (first.IsCompleted || second.IsCompleted).Should().BeFalse();
        clock.Advance(TimeSpan.FromMilliseconds(1));
        (await Task.WhenAll(first, second)).Should().Equal(false, false);
        journal.Statistics.Waiting.Should().Be(2, "they are still to be written");
        await held.ReleaseAsync();
        await journal.StopAsync(Stop);

        // The first was on its way to the database when its caller gave up: it was corrected.
        (await RowsAsync(
            """
            SELECT q.status_code, r.status_code, r.outcome, r.error_code, u.total_cost_usd
            FROM requests q JOIN responses r ON r.request_id_fk = q.id JOIN usage_records u USING (request_id) ORDER BY q.id
            """)).Should().SatisfyRespectively(
            row => row.Should().Equal(503, 503, "gateway_error", "log_unavailable", 0.00045m),
            row => row.Should().Equal(503, 503, "gateway_error", "log_unavailable", 0.00045m));
        journal.Statistics.Waiting.Should().Be(0);
    }

    [Fact]
    public async Task Nobody_is_told_of_success_without_a_row_and_nothing_more_goes_upstream()
    {
        await ServeToAKeyAsync();
        await using var held = await TableLock.TakeAsync(Gateway.Database, "requests");

        var (whole, streamed) = (ChatAsync(), ChatAsync(stream: true));
        using var unlogged = await whole;
        using var stream = await streamed;
        var events = await ReadToEndAsync(stream);

        unlogged.StatusCode.Should().Be(HttpStatusCode.ServiceUnavailable);
        (await unlogged.Content.ReadAsStringAsync(Stop)).Should().Be(LogUnavailable);
        unlogged.Headers.RetryAfter!.Delta.Should().Be(TimeSpan.FromSeconds(1));
        stream.StatusCode.Should().Be(HttpStatusCode.OK);
        events.Text.Should().Contain("Hello").And.EndWith($"data: {LogUnavailable}\n\n").And.NotContain("[DONE]");
        events.Broke.Should().BeTrue();

        // The writer's own deadline has passed by now, or will: until it succeeds again nothing is dispatched.
        await Eventually.IsTrueAsync(async () => (await Client(key: null).GetAsync("/health/ready", Stop)).StatusCode != HttpStatusCode.OK, "not ready");
        var sentSoFar = Upstream.Requests.Count;
        using var refused = await ChatAsync();
        refused.StatusCode.Should().Be(HttpStatusCode.ServiceUnavailable);
        (await refused.Content.ReadAsStringAsync(Stop)).Should().Be(LogUnavailable);
        Upstream.Requests.Count.Should().Be(sentSoFar);

        await held.ReleaseAsync();
        await Eventually.IsTrueAsync(async () => (await Client(key: null).GetAsync("/health/ready", Stop)).StatusCode == HttpStatusCode.OK, "ready again");

        // It is ready as soon as it can write, and not only when all that waited has been written: that may take batches.
        var journal = Gateway.Services.GetRequiredService<IJournal>();
        await Eventually.IsTrueAsync(() => journal.Statistics.Waiting == 0, "what waited is written");
        (await RowsAsync(
            """
            SELECT q.stream, q.status_code, r.status_code, r.outcome, r.error_code, (SELECT count(*) FROM usage_records u WHERE u.request_id = q.request_id)
            FROM requests q JOIN responses r ON r.request_id_fk = q.id ORDER BY q.stream
            """)).Should().SatisfyRespectively(
            row => row.Should().Equal(false, 503, 503, "gateway_error", "log_unavailable", 1L),
            row => row.Should().Equal(true, 200, 200, "gateway_error", "log_unavailable", 1L));
        using var answered = await ChatAsync();
        answered.StatusCode.Should().Be(HttpStatusCode.OK);
    }

    private static string LogUnavailable => ErrorJson(
        "The request log cannot be written, so no call is let through. Please try again.", "log_unavailable", type: "server_error");

    private static Exchange Exchange() => Exchanges.Answered(TimeProvider.System.GetUtcNow());
}
