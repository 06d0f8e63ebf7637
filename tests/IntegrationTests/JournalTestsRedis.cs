using System.Net;
using CleanGateway.Domain.RequestLogs;
using CleanGateway.Domain.Usage;
using CleanGateway.Infrastructure.Journal;
using CleanGateway.Infrastructure.Journal.Redis;
using CleanGateway.Infrastructure.Persistence;
using CleanGateway.Infrastructure.Redis;
using CleanGateway.IntegrationTests.Fixtures;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;

namespace CleanGateway.IntegrationTests;

/// <summary>Several journals on one real Redis, less patient than the product's.</summary>
public class JournalTestsRedis(GatewayFixture gateway) : GatewayTest(gateway), IAsyncLifetime
{
    private const string OpenCalls = "EVAL \"return #redis.call('KEYS', 'gateway:accepted:*')\" 0";

    private static readonly RedisJournalTimes Impatient = new()
    {
        Answer = TimeSpan.FromMilliseconds(500),
        Completion = TimeSpan.FromSeconds(1),
        Beat = TimeSpan.FromMilliseconds(20),
        MissedBeats = 10,
    };

    private readonly TemporaryFolder folder = new();
    private readonly List<IAsyncDisposable> journals = [];
    private readonly List<IDisposable> connections = [];
    private RedisServer redis = null!;

    async ValueTask IAsyncLifetime.InitializeAsync()
    {
        await InitializeAsync();
        redis = await RedisServer.StartAsync(folder.Path);
    }

    async ValueTask IAsyncDisposable.DisposeAsync()
    {
        await redis.FreezeAsync(frozen: false);
        foreach (var journal in journals)
            await journal.DisposeAsync();
        foreach (var connection in connections)
            connection.Dispose();

        await redis.DisposeAsync();
        folder.Dispose();
        await DisposeAsync();
        GC.SuppressFinalize(this);
    }

    [Fact]
    public async Task Who_was_taken_for_dead_and_lives_does_not_end_a_call_twice()
    {
        // It never beats again after its start, and so is dead to the other; its calls go on.
        var silent = await JournalAsync(Impatient with { Beat = TimeSpan.FromDays(1) });
        var exchange = Exchanges.Answered(DateTimeOffset.UtcNow);
        (await silent.AcceptAsync(exchange.Request, Stop)).Should().BeTrue();
        silent.Report(exchange.Request, new TokenUsage(9, 2));
        await JournalAsync(Impatient);

        await Eventually.IsTrueAsync(async () => await ScalarAsync<long>("SELECT count(*) FROM responses") == 1, "the call is in the books");
        (await silent.CompleteAsync(exchange, Stop)).Should().BeFalse("the caller must not be told of success");

        (await RowsAsync("SELECT r.outcome, u.completion_tokens, u.usage_source FROM responses r, usage_records u")).Should().ContainSingle()
            .Which.Should().Equal("gateway_crash", 2L, "estimated");
        (await ScalarAsync<long>("SELECT sum(total_requests)::bigint FROM monthly_usage_summary")).Should().Be(1);
    }

    [Fact]
    public async Task When_all_of_them_had_no_Redis_nobody_is_dead()
    {
        var (one, other) = (await JournalAsync(Impatient), await JournalAsync(Impatient));
        var (first, second) = (Exchanges.Answered(DateTimeOffset.UtcNow), Exchanges.Answered(DateTimeOffset.UtcNow));
        (await one.AcceptAsync(first.Request, Stop)).Should().BeTrue();
        (await other.AcceptAsync(second.Request, Stop)).Should().BeTrue();

        await redis.FreezeAsync(frozen: true);
        await Eventually.IsTrueAsync(() => !one.IsAvailable && !other.IsAvailable, "both find out");
        await redis.FreezeAsync(frozen: false);
        await Eventually.IsTrueAsync(() => one.IsAvailable && other.IsAvailable, "both are back");

        (await one.CompleteAsync(first, Stop)).Should().BeTrue();
        (await other.CompleteAsync(second, Stop)).Should().BeTrue();
        await LoggedAsync(first, second);
        (await RowsAsync("SELECT DISTINCT outcome FROM responses")).Should().ContainSingle().Which.Should().Equal("ok");
    }

    [Fact]
    public async Task An_answer_that_Redis_did_not_take_in_time_is_stored_as_what_its_caller_was_told()
    {
        var journal = await JournalAsync(Impatient);
        var exchange = Exchanges.Answered(DateTimeOffset.UtcNow);
        (await journal.AcceptAsync(exchange.Request, Stop)).Should().BeTrue();

        // What it is sent meanwhile it does, later, and so twice: once as a success, and once as this.
        await redis.FreezeAsync(frozen: true);
        (await journal.CompleteAsync(exchange, Stop)).Should().BeFalse();
        (await journal.AcceptAsync(Exchanges.Answered(DateTimeOffset.UtcNow).Request, Stop)).Should().BeFalse();
        await redis.FreezeAsync(frozen: false);

        await Eventually.IsTrueAsync(
            async () => (await RowsAsync("SELECT q.status_code, r.outcome, r.error_code FROM requests q JOIN responses r ON r.request_id_fk = q.id"))
                is [[503, "gateway_error", "log_unavailable"]],
            "it says what was told");
        (await ScalarAsync<decimal>("SELECT total_cost_usd FROM usage_records")).Should().Be(0.00045m);
        await Eventually.IsTrueAsync(async () => await redis.NumberAsync(OpenCalls) == 0, "nothing is left open");
    }

    [Fact]
    public async Task What_was_accepted_after_its_caller_had_been_refused_becomes_no_row()
    {
        var journal = await JournalAsync(Impatient);
        await redis.FreezeAsync(frozen: true);
        (await journal.AcceptAsync(Exchanges.Answered(DateTimeOffset.UtcNow).Request, Stop)).Should().BeFalse();
        await redis.FreezeAsync(frozen: false);

        await Eventually.IsTrueAsync(() => journal.IsAvailable, "Redis is back");
        await journal.StopAsync(Stop);
        await JournalAsync(Impatient);
        await Eventually.IsTrueAsync(async () => await redis.NumberAsync("ZCARD gateway:owners") == 1, "the first one has left");
        (await redis.NumberAsync(OpenCalls)).Should().Be(0);
        (await ScalarAsync<long>("SELECT count(*) FROM requests")).Should().Be(0);
    }

    [Fact]
    public async Task Many_calls_of_several_journals_are_each_in_the_books_once()
    {
        var three = new[] { await JournalAsync(Impatient), await JournalAsync(Impatient), await JournalAsync(Impatient) };
        var exchanges = Enumerable.Range(0, 1500).Select(_ => Exchanges.Answered(DateTimeOffset.UtcNow)).ToList();

        await Task.WhenAll(exchanges.Select(async (exchange, number) =>
        {
            var journal = three[number % 3];
            (await journal.AcceptAsync(exchange.Request, Stop)).Should().BeTrue();
            (await journal.CompleteAsync(exchange, Stop)).Should().BeTrue();
        }));

        await LoggedAsync([.. exchanges]);
        (await RowsAsync("SELECT sum(total_requests)::bigint, sum(total_cost_usd) FROM monthly_usage_summary")).Single().Should().Equal(1500L, 1500 * 0.00045m);
        foreach (var journal in three)
            await journal.StopAsync(Stop);

        three.Sum(journal => journal.Statistics.Written).Should().Be(1500);
        (await redis.CliAsync("KEYS *")).Should().Equal("(empty array)");
    }

    [Fact]
    public async Task Connections_that_are_cut_are_made_again()
    {
        var journal = await JournalAsync(Impatient);
        await redis.CliAsync("CLIENT KILL TYPE normal SKIPME yes");
        await redis.CliAsync("SCRIPT FLUSH");

        var exchange = Exchanges.Answered(DateTimeOffset.UtcNow);
        await Eventually.IsTrueAsync(async () => await journal.AcceptAsync(exchange.Request, Stop), "calls are taken again");
        (await journal.CompleteAsync(exchange, Stop)).Should().BeTrue();
        await LoggedAsync(exchange);
    }

    private async Task<RedisJournal> JournalAsync(RedisJournalTimes times)
    {
        var connection = new RedisConnection(TimeProvider.System);
        connections.Add(connection);
        await connection.ConnectAsync(
            new DnsEndPoint("127.0.0.1", redis.Port), TestSettings.Read(folder.Path, ("LOG_BUFFER", "redis"), ("REDIS_ADDRESS", redis.Address)));
        var journal = new RedisJournal(
            connection, Gateway.Services.GetRequiredService<ExchangeBatches>(), new DatabaseHealth(), times, TimeProvider.System,
            NullLoggerFactory.Instance, NullLogger<RedisJournal>.Instance);
        journals.Add(journal);
        await journal.StartAsync(Stop);
        return journal;
    }

    private Task LoggedAsync(params Exchange[] exchanges) =>
        Gateway.Database.LoggedAsync(Stop, [.. exchanges.Select(exchange => exchange.Request.RequestId)]);
}
