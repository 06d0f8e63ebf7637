using CleanGateway.Infrastructure.Configuration;
using CleanGateway.Infrastructure.Persistence;
using CleanGateway.IntegrationTests.Fixtures;
using Microsoft.Extensions.Logging.Abstractions;

namespace CleanGateway.IntegrationTests;

public class SchemaTestsMigration(GatewayFixture gateway)
{
    private const int Replicas = 8;

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Of_eight_that_start_on_an_empty_database_one_migrates()
    {
        await using var database = await SideDatabase.CreateAsync(gateway);

        var applied = await Task.WhenAll(Enumerable.Range(0, Replicas).Select(_ => MigrateAsync(database.Url)));

        applied.Should().BeEquivalentTo([Migrator.Known.Count, .. Enumerable.Repeat(0, Replicas - 1)]);
        (await database.ScalarAsync<long>("""SELECT count(*) FROM "__EFMigrationsHistory" """)).Should().Be(Migrator.Known.Count);
        (await DatabaseAdministration.ValidateAsync(database.Url, Stop)).Should().BeEmpty();
    }

    [Fact]
    public async Task Of_eight_that_find_no_database_one_makes_it()
    {
        var server = gateway.DatabaseUrl;
        var missing = DatabaseUrl.For(server.Host, server.Port, server.User, server.Password!, $"side_{Guid.NewGuid():N}");
        try
        {
            var applied = await Task.WhenAll(Enumerable.Range(0, Replicas).Select(_ => MigrateAsync(missing)));

            applied.Sum().Should().Be(Migrator.Known.Count);
            (await DatabaseAdministration.ValidateAsync(missing, Stop)).Should().BeEmpty();
        }
        finally
        {
            await using var drop = gateway.Database.CreateCommand($"DROP DATABASE IF EXISTS {missing.Database} WITH (FORCE)");
            await drop.ExecuteNonQueryAsync(Stop);
        }
    }

    [Fact]
    public async Task A_database_that_is_up_to_date_is_left_as_it_is()
    {
        await using var database = await SideDatabase.CreateAsync(gateway);
        await MigrateAsync(database.Url);
        await database.ExecuteAsync("INSERT INTO models (model_name, litellm_provider) VALUES ('kept', 'openai')");
        var before = await FingerprintAsync(database);

        (await MigrateAsync(database.Url)).Should().Be(0);

        (await FingerprintAsync(database)).Should().Be(before);
        (await database.ScalarAsync<long>("SELECT count(*) FROM models")).Should().Be(1);
    }

    /// <summary>While replicas are replaced one after the other, an old one may start after a new one has migrated.</summary>
    [Fact]
    public async Task A_database_that_a_newer_version_has_migrated_is_left_as_it_is_and_told()
    {
        await using var database = await SideDatabase.CreateAsync(gateway);
        await MigrateAsync(database.Url);
        await database.ExecuteAsync("""INSERT INTO "__EFMigrationsHistory" VALUES ('29990101000000_Tomorrow', '99.0.0')""");
        var before = await FingerprintAsync(database);

        (await MigrateAsync(database.Url)).Should().Be(0);

        (await FingerprintAsync(database)).Should().Be(before);
        (await DatabaseAdministration.ValidateAsync(database.Url, Stop)).Should().Equal("migration 29990101000000_Tomorrow is not known");
    }

    [Fact]
    public async Task A_migration_that_fails_leaves_nothing_behind()
    {
        await using var database = await SideDatabase.CreateAsync(gateway);
        await database.ExecuteAsync("CREATE TABLE usage_records (not_ours integer)");

        var migrating = () => MigrateAsync(database.Url);

        (await migrating.Should().ThrowAsync<StartException>()).Which.Message.Should().Contain("usage_records");
        (await database.ScalarAsync<bool>("SELECT to_regclass('requests') IS NULL AND to_regclass('providers') IS NULL")).Should().BeTrue();

        await database.ExecuteAsync("DROP TABLE usage_records");
        (await MigrateAsync(database.Url)).Should().Be(Migrator.Known.Count);
    }

    private static Task<int> MigrateAsync(DatabaseUrl url) => DatabaseAdministration.MigrateAsync(url, NullLoggerFactory.Instance, TimeProvider.System, Stop);

    /// <summary>Changes with any DDL and with any row of the history.</summary>
    private static Task<string> FingerprintAsync(SideDatabase database) => database.ScalarAsync<string>(
        """
        SELECT (SELECT md5(string_agg(oid || ':' || relname || ':' || xmin, ',' ORDER BY oid)) FROM pg_class WHERE relnamespace = 'public'::regnamespace)
            || (SELECT md5(string_agg(h::text, ',' ORDER BY h::text)) FROM "__EFMigrationsHistory" h)
        """);
}
