using System.Net;
using System.Text;
using CleanGateway.Infrastructure.Archive;
using CleanGateway.Infrastructure.Journal;
using CleanGateway.Infrastructure.Journal.Spool;
using CleanGateway.IntegrationTests.Fixtures;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;

namespace CleanGateway.IntegrationTests;

/// <summary>Between the commit and the archive nothing is lost, and the archive stands in no call's way.</summary>
public class ArchiveTestsJournal(GatewayFixture gateway) : GatewayTest(gateway)
{
    [Fact]
    public async Task What_the_archive_does_not_take_after_the_commit_comes_again_and_is_in_the_books_once()
    {
        var archive = new FailingArchive(failures: 3);
        using var folder = new TemporaryFolder();
        var settings = TestSettings.Read(folder.Path);
        var journal = new SpoolJournal(
            settings, Batches(archive), new NoFaults(), TimeProvider.System, NullLoggerFactory.Instance, NullLogger<SpoolJournal>.Instance);
        await using (journal)
        {
            await journal.StartAsync(Stop);
            var exchanges = Enumerable.Range(0, 20).Select(_ => Exchanges.Answered(TimeProvider.System.GetUtcNow())).ToList();
            foreach (var exchange in exchanges)
                (await journal.CompleteAsync(exchange, Stop)).Should().BeTrue();

            var ids = exchanges.Select(exchange => exchange.Request.RequestId).ToArray();
            await Eventually.IsTrueAsync(() => ids.All(archive.Ids.Contains), "the archive has them all");
            archive.Failures.Should().Be(3);
            (await ScalarAsync<long>("SELECT count(*) FROM requests")).Should().Be(20);
            (await ScalarAsync<long>("SELECT count(*) FROM usage_records")).Should().Be(20);
            (await ScalarAsync<long>("SELECT sum(total_requests)::bigint FROM monthly_usage_summary")).Should().Be(20);
            await Eventually.IsTrueAsync(() => journal.Statistics.Waiting == 0, "nothing waits");
        }

        archive.Ids.Should().OnlyHaveUniqueItems("what was taken was settled");
    }

    [Fact]
    public async Task A_row_that_is_corrected_comes_again_and_the_last_line_is_right()
    {
        var archive = new FailingArchive(failures: 0);
        var batches = Batches(archive);
        var exchange = Exchanges.Answered(TimeProvider.System.GetUtcNow());
        var told = exchange.Withdrawn(Domain.Common.GatewayError.LogUnavailable, 503);

        await batches.WriteAsync([ExchangeRow.Of(exchange)], Stop);
        await batches.CorrectAsync([ExchangeRow.Of(told)], Stop);

        archive.Rows.Select(row => (row.Request.RequestId, row.Request.StatusCode, row.Response.Outcome)).Should()
            .Equal((exchange.Request.RequestId, 200, "ok"), (exchange.Request.RequestId, 503, "gateway_error"));
        (await RowsAsync("SELECT q.status_code, r.outcome FROM requests q JOIN responses r ON r.request_id_fk = q.id"))
            .Single().Should().Equal(503, "gateway_error");
    }

    [Fact]
    public async Task While_S3_is_away_calls_are_answered_and_all_are_there_once_it_is_back()
    {
        const int Calls = 12;
        await ServeToAKeyAsync();
        await using var s3 = await FakeS3.StartAsync();
        var away = true;
        s3.Answer = put => (away, s3.Puts.Count % 4) switch
        {
            (false, _) => put.StoreAsync(),
            (_, 0) => put.RefuseAsync(500, "InternalError"),
            (_, 1) => put.RefuseAsync(503, "SlowDown"),
            (_, 2) => ResetAsync(put, keep: true),
            _ => ResetAsync(put, keep: false),
        };

        // Each call is more than half of what may wait: two of them fill it.
        await using var archiving = await AnotherGateway.StartAsync(Gateway, [.. s3.Settings, ("LOG_BUFFER", "spool"), ("ARCHIVE_MAX_BYTES", "1MiB")]);
        var body = $$"""{"model":"gpt-4","messages":[{"role":"user","content":"{{new string('x', 600 * 1024)}}"}]}""";
        var ids = new List<string>();
        for (var call = 0; call < Calls; call++)
        {
            using var content = new StringContent(body, Encoding.UTF8, "application/json");
            using var answer = await Client(url: archiving.Url).PostAsync("/v1/chat/completions", content, Stop);
            answer.StatusCode.Should().Be(HttpStatusCode.OK);
            ids.Add(answer.Headers.GetValues("X-Request-ID").Single());
        }

        await Eventually.IsTrueAsync(() => s3.Puts.Count >= 4, "every failure has been met");
        away = false;
        await Eventually.IsTrueAsync(() => ids.All(ArchivedLines.ById(s3.Objects).ContainsKey), "all are in S3");

        ArchivedLines.ById(s3.Objects).Keys.Should().BeEquivalentTo(ids, "after de-duplication each is there once");
        await Gateway.Database.LoggedAsync(Stop, [.. ids]);
        (await ScalarAsync<long>("SELECT count(*) FROM requests")).Should().Be(Calls);
    }

    private ExchangeBatches Batches(IExchangeArchive archive) =>
        ActivatorUtilities.CreateInstance<ExchangeBatches>(Gateway.Services, archive);

    private static Task ResetAsync(S3Put put, bool keep)
    {
        if (keep)
            put.Keep();
        put.Reset();
        return Task.CompletedTask;
    }

    /// <summary>Fails some times, as a disk without room would, and then remembers what it is given.</summary>
    private sealed class FailingArchive(int failures) : IExchangeArchive
    {
        private readonly List<ExchangeRow> rows = [];

        public int Failures { get; private set; }

        public IReadOnlyList<ExchangeRow> Rows
        {
            get
            {
                lock (rows)
                    return [.. rows];
            }
        }

        public IReadOnlyList<string> Ids => [.. Rows.Select(row => row.Request.RequestId)];

        public ValueTask AppendAsync(IReadOnlyList<ExchangeRow> more, CancellationToken cancellationToken)
        {
            lock (rows)
            {
                if (Failures < failures)
                {
                    Failures++;
                    throw new IOException("No space left on device");
                }

                rows.AddRange(more);
            }

            return ValueTask.CompletedTask;
        }
    }
}
