using CleanGateway.Infrastructure.Journal;
using CleanGateway.Infrastructure.Persistence;
using CleanGateway.IntegrationTests.Fixtures;
using CleanGateway.UnitTests.Infrastructure;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;

namespace CleanGateway.IntegrationTests;

/// <summary>What is too old goes, and nothing else, while calls are written.</summary>
public sealed class PartitionTestsRetention(MigratedDatabase migrated) : IClassFixture<MigratedDatabase>, IAsyncLifetime
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
    public async Task Days_beyond_the_retention_go_with_their_rows_and_the_ledger_stays()
    {
        var first = clock.GetUtcNow();
        for (var day = 0; day < 4; day++)
        {
            await EnsureAsync();
            await WriteAsync(clock.GetUtcNow());
            clock.Advance(TimeSpan.FromDays(1));
        }

        (await DropAsync(days: 3)).Should().Be(1);

        (await DaysAsync("requests", "created_at")).Should().Equal(Days(first, 1, 2, 3));
        (await DaysAsync("responses", "request_created_at")).Should().Equal(Days(first, 1, 2, 3));
        (await DaysAsync("usage_records", "created_at")).Should().Equal(Days(first, 0, 1, 2, 3));
        (await ListAsync($"SELECT relname FROM pg_class WHERE relname LIKE '%{first:yyyyMMdd}%'")).Should().BeEmpty();
        (await DropAsync(days: 3)).Should().Be(0, "it is done");
        (await ListAsync("SELECT conname FROM pg_constraint WHERE conrelid = 'responses'::regclass AND contype = 'f' AND conname !~ '[0-9]$'"))
            .Should().ContainSingle("responses still need a request");
    }

    [Fact]
    public async Task Months_of_the_ledger_beyond_its_own_retention_go()
    {
        for (var month = 0; month < 4; month++)
        {
            await EnsureAsync();
            await WriteAsync(clock.GetUtcNow());
            clock.Advance(TimeSpan.FromDays(31));
        }

        // The clock began in August; it is December.
        (await DropAsync(months: 2)).Should().BeGreaterThan(0);

        (await ListAsync("SELECT relname FROM pg_class WHERE relname ~ '^usage_records_[0-9]+$' ORDER BY 1"))
            .Should().Equal("usage_records_202610", "usage_records_202611", "usage_records_202612");
        (await DaysAsync("requests", "created_at")).Should().HaveCount(4, "nothing was said about the log");
    }

    [Fact]
    public async Task Without_a_limit_everything_is_kept()
    {
        await EnsureAsync();
        await WriteAsync(clock.GetUtcNow());
        clock.Advance(TimeSpan.FromDays(10_000));

        (await DropAsync(days: 0, months: 0)).Should().Be(0);

        (await DaysAsync("requests", "created_at")).Should().ContainSingle();
    }

    [Fact]
    public async Task Old_rows_of_the_default_partitions_are_deleted_and_young_ones_get_a_partition()
    {
        var (old, young) = (clock.GetUtcNow().AddDays(-40), clock.GetUtcNow().AddDays(-2));
        await WriteAsync(old);
        await WriteAsync(young);

        await DropAsync(days: 30);
        await EnsureAsync();

        (await DaysAsync("requests", "created_at")).Should().Equal($"{young:yyyy-MM-dd}");
        (await DaysAsync("responses", "request_created_at")).Should().Equal($"{young:yyyy-MM-dd}");
        (await PartitionState.ReadAsync(pool, Stop)).Where(partition => partition.IsDefault).Should().OnlyContain(partition => partition.Rows == 0);
        (await ListAsync("SELECT tableoid::regclass::text FROM requests")).Should().Equal($"requests_{young:yyyyMMdd}");
    }

    [Fact]
    public async Task Tables_that_are_busy_are_left_for_later()
    {
        await EnsureAsync();
        await WriteAsync(clock.GetUtcNow());
        clock.Advance(TimeSpan.FromDays(40));
        await using (var reader = new NpgsqlConnection(database.Url.ToConnectionString().ConnectionString))
        {
            await reader.OpenAsync(Stop);
            await using var transaction = await reader.BeginTransactionAsync(Stop);
            await using var command = new NpgsqlCommand("SELECT count(*) FROM responses", reader);
            await command.ExecuteScalarAsync(Stop);

            var dropping = () => DropAsync(days: 30);

            (await dropping.Should().ThrowAsync<PostgresException>()).Which.SqlState.Should().Be(PostgresErrorCodes.LockNotAvailable);
            (await DaysAsync("requests", "created_at")).Should().ContainSingle("half a day is never dropped");
        }

        (await DropAsync(days: 30)).Should().BeGreaterThan(0);
        (await DaysAsync("requests", "created_at")).Should().BeEmpty();
    }

    [Fact]
    public async Task Calls_are_written_while_days_are_dropped()
    {
        for (var day = 0; day < 5; day++)
        {
            await EnsureAsync();
            await WriteAsync(clock.GetUtcNow());
            clock.Advance(TimeSpan.FromDays(1));
        }

        await EnsureAsync();
        using var enough = CancellationTokenSource.CreateLinkedTokenSource(Stop);
        var written = 0;
        var writing = Task.Run(
            async () =>
            {
                while (!enough.IsCancellationRequested)
                {
                    await WriteAsync(clock.GetUtcNow());
                    written++;
                }
            },
            Stop);
        await Eventually.IsTrueAsync(() => written > 10, "calls are written");

        (await DropAsync(days: 1)).Should().Be(4);

        var before = written;
        await Eventually.IsTrueAsync(() => written > before + 10, "calls are written still");
        await enough.CancelAsync();
        await writing;
        (await ListAsync("SELECT count(*)::text FROM requests q JOIN responses r ON r.request_id_fk = q.id")).Should().Equal($"{written + 1}");
    }

    [Fact]
    public async Task Several_replicas_drop_a_day_once()
    {
        await EnsureAsync();
        await WriteAsync(clock.GetUtcNow());
        clock.Advance(TimeSpan.FromDays(40));

        await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => DropAsync(days: 30)));

        (await DaysAsync("requests", "created_at")).Should().BeEmpty();
    }

    private Task EnsureAsync() => new Partitions(pool, clock, NullLogger<Partitions>.Instance).EnsureAsync(Stop);

    private Task<int> DropAsync(int days = 0, int months = 0)
    {
        var settings = TestSettings.Read("/nowhere", ("LOG_RETENTION_DAYS", $"{days}"), ("LEDGER_RETENTION_MONTHS", $"{months}"));
        return new PartitionRetention(pool, settings, clock, NullLogger<PartitionRetention>.Instance).DropAsync(Stop);
    }

    private Task WriteAsync(DateTimeOffset at) => new ExchangeWriter(pool).WriteAsync([ExchangeRow.Of(Exchanges.Answered(at))], Stop);

    private static IEnumerable<string> Days(DateTimeOffset first, params int[] days) => days.Select(day => $"{first.AddDays(day):yyyy-MM-dd}");

    private Task<List<string>> DaysAsync(string table, string key) =>
        ListAsync($"SELECT to_char({key} AT TIME ZONE 'UTC', 'YYYY-MM-DD') FROM {table} ORDER BY {key}");

    private Task<List<string>> ListAsync(string sql) => database.ListAsync(sql);
}
