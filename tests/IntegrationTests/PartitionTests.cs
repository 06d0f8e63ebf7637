using CleanGateway.Infrastructure.Journal;
using CleanGateway.Infrastructure.Persistence;
using CleanGateway.IntegrationTests.Fixtures;
using CleanGateway.UnitTests.Infrastructure;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;

namespace CleanGateway.IntegrationTests;

/// <summary>Partitions, on a database that has none but the default ones until a test makes them.</summary>
public sealed class PartitionTests(MigratedDatabase migrated) : IClassFixture<MigratedDatabase>, IAsyncLifetime
{
    private readonly ManualTime clock = new();
    private SideDatabase database = null!;
    private GatewayDatabase pool = null!;

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        database = await migrated.CopyAsync();
        pool = new GatewayDatabase(database.Url, maxConnections: 10);
    }

    public async ValueTask DisposeAsync()
    {
        await pool.DisposeAsync();
        await database.DisposeAsync();
    }

    [Fact]
    public async Task Three_days_and_a_month_are_in_hand_over_the_end_of_a_year_too()
    {
        MoveTo(2026, 12, 30, hour: 23);

        await EnsureAsync();

        (await PartitionsAsync("requests")).Should().Equal(
            "requests_20261230 FROM 2026-12-30 TO 2026-12-31", "requests_20261231 FROM 2026-12-31 TO 2027-01-01",
            "requests_20270101 FROM 2027-01-01 TO 2027-01-02", "requests_20270102 FROM 2027-01-02 TO 2027-01-03");
        (await PartitionsAsync("responses")).Should().Equal(
            "responses_20261230 FROM 2026-12-30 TO 2026-12-31", "responses_20261231 FROM 2026-12-31 TO 2027-01-01",
            "responses_20270101 FROM 2027-01-01 TO 2027-01-02", "responses_20270102 FROM 2027-01-02 TO 2027-01-03");
        (await PartitionsAsync("usage_records")).Should().Equal(
            "usage_records_202612 FROM 2026-12-01 TO 2027-01-01", "usage_records_202701 FROM 2027-01-01 TO 2027-02-01");
    }

    [Fact]
    public async Task The_next_day_adds_one_day_and_leaves_the_others()
    {
        MoveTo(2026, 12, 30);
        await EnsureAsync();
        var before = await PartitionsAsync("requests");

        MoveTo(2026, 12, 31);
        await EnsureAsync();

        (await PartitionsAsync("requests")).Should().Equal([.. before, "requests_20270103 FROM 2027-01-03 TO 2027-01-04"]);
    }

    [Fact]
    public async Task Of_eight_replicas_one_makes_each()
    {
        await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => EnsureAsync()));

        (await PartitionsAsync("requests")).Should().HaveCount(1 + Partitions.DaysAhead);
        (await PartitionsAsync("usage_records")).Should().HaveCount(2);
        (await DatabaseAdministration.ValidateAsync(database.Url, Stop)).Should().BeEmpty();
    }

    [Fact]
    public async Task Rows_are_in_the_partitions_of_their_day_and_month()
    {
        MoveTo(2026, 8, 30);
        await EnsureAsync();
        var lastMoment = new DateTimeOffset(2026, 8, 31, 23, 59, 59, 999, TimeSpan.Zero);

        await WriteAsync(lastMoment);
        await WriteAsync(lastMoment.AddMilliseconds(1));

        (await WhereaboutsAsync()).Should().Equal(
            "requests_20260831 responses_20260831 usage_records_202608", "requests_20260901 responses_20260901 usage_records_202609");
        (await ListAsync("SELECT concat_ws('-', year, month, total_requests, total_cost_usd) FROM monthly_usage_summary ORDER BY year, month"))
            .Should().Equal("2026-8-1-0.000450000", "2026-9-1-0.000450000");
    }

    [Fact]
    public async Task Stray_rows_move_with_their_responses_to_partitions_that_are_made_for_them()
    {
        await WriteAsync(new DateTimeOffset(2026, 8, 14, 23, 59, 59, 999, TimeSpan.Zero));
        await WriteAsync(new DateTimeOffset(2026, 8, 15, 0, 0, 0, TimeSpan.Zero));
        await WriteAsync(new DateTimeOffset(2026, 8, 16, 12, 0, 0, TimeSpan.Zero));
        await WriteAsync(new DateTimeOffset(2026, 10, 1, 0, 0, 0, TimeSpan.Zero));
        (await WhereaboutsAsync()).Should().OnlyContain(where => where == "requests_default responses_default usage_records_default");
        var before = await ListAsync(Joined);

        MoveTo(2026, 8, 15);
        await EnsureAsync();

        (await WhereaboutsAsync()).Should().Equal(
            "requests_20260814 responses_20260814 usage_records_202608", "requests_20260815 responses_20260815 usage_records_202608",
            "requests_20260816 responses_20260816 usage_records_202608", "requests_20261001 responses_20261001 usage_records_202610");
        (await ListAsync(Joined)).Should().Equal(before, "nothing was lost, doubled or changed on the way");
        (await DatabaseAdministration.ValidateAsync(database.Url, Stop)).Should().BeEmpty();
    }

    [Fact]
    public async Task What_a_partition_is_made_of_keeps_the_rules_of_its_table()
    {
        await EnsureAsync();
        await WriteAsync(clock.GetUtcNow());

        await ShouldRefuseAsync("UPDATE responses SET request_id_fk = request_id_fk + 1", PostgresErrorCodes.ForeignKeyViolation);
        await ShouldRefuseAsync("UPDATE responses SET cost = NULL", PostgresErrorCodes.CheckViolation);
        await ShouldRefuseAsync(
            "CREATE TEMP TABLE again AS TABLE responses; UPDATE again SET id = id + 1; INSERT INTO responses TABLE again", PostgresErrorCodes.UniqueViolation);
        await database.ExecuteAsync("DELETE FROM requests");
        (await database.ScalarAsync<long>("SELECT count(*) FROM responses")).Should().Be(0);
    }

    [Fact]
    public async Task A_request_is_at_the_moment_that_its_id_says()
    {
        await WriteAsync(clock.GetUtcNow());
        await database.ExecuteAsync("DELETE FROM responses");

        foreach (var change in (string[])
        [
            "created_at = created_at + interval '1 millisecond'", "created_at = created_at - interval '1 microsecond'",
            "created_at = created_at + interval '1 day'", "request_id = overlay(request_id PLACING 'f' FROM 5)",
        ])
        {
            await ShouldRefuseAsync($"UPDATE requests SET {change}", PostgresErrorCodes.CheckViolation);
        }
    }

    private const string Joined =
        """
        SELECT concat_ws(' ', q.id, q.created_at, q.request_id, r.id, r.created_at, r.outcome, u.id, u.total_cost_usd)
        FROM requests q JOIN responses r ON r.request_id_fk = q.id AND r.request_created_at = q.created_at JOIN usage_records u USING (request_id)
        ORDER BY q.created_at
        """;

    private void MoveTo(int year, int month, int day, int hour = 12) =>
        clock.Advance(new DateTimeOffset(year, month, day, hour, 0, 0, TimeSpan.Zero) - clock.GetUtcNow());

    private Task EnsureAsync() => new Partitions(pool, clock, NullLogger<Partitions>.Instance).EnsureAsync(Stop);

    private Task WriteAsync(DateTimeOffset at) => new ExchangeWriter(pool).WriteAsync([ExchangeRow.Of(Exchanges.Answered(at))], Stop);

    private async Task ShouldRefuseAsync(string sql, string state)
    {
        var refused = () => database.ExecuteAsync(sql);
        (await refused.Should().ThrowAsync<PostgresException>()).Which.SqlState.Should().Be(state);
    }

    /// <summary>In which partitions each exchange is, oldest first.</summary>
    private Task<List<string>> WhereaboutsAsync() => ListAsync(
        """
        SELECT concat_ws(' ', q.tableoid::regclass, r.tableoid::regclass, u.tableoid::regclass)
        FROM requests q JOIN responses r ON r.request_id_fk = q.id AND r.request_created_at = q.created_at JOIN usage_records u USING (request_id)
        ORDER BY q.created_at
        """);

    private Task<List<string>> PartitionsAsync(string table) => ListAsync(
        $"""
        SET timezone = 'UTC';
        SELECT relname || regexp_replace(pg_get_expr(relpartbound, oid), 'FOR VALUES|[()'']| 00:00:00\+00', '', 'g')
        FROM pg_partition_tree('{table}') JOIN pg_class ON oid = relid WHERE isleaf AND pg_get_expr(relpartbound, oid) <> 'DEFAULT' ORDER BY relname
        """);

    private Task<List<string>> ListAsync(string sql) => database.ListAsync(sql);
}
