using System.Net;
using CleanGateway.Domain.RequestLogs;
using CleanGateway.Domain.Usage;
using CleanGateway.Infrastructure.Configuration;
using Microsoft.Extensions.Logging;

namespace CleanGateway.UnitTests.Infrastructure.Configuration;

public class GatewaySettingsTests
{
    private const string MasterKey = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f";

    [Fact]
    public void Nothing_has_to_be_set()
    {
        var settings = TestSettings.Read();

        (settings.HttpHost, settings.HttpPort, settings.AdminHttpPort).Should().Be((IPAddress.Loopback, 8080, null));
        (settings.AdminHttpHost, settings.MaxInFlight, settings.MaxBodyBytesInFlight, settings.FailedLoginsPerMinute)
            .Should().Be((IPAddress.Loopback, 1000, 256L * 1024 * 1024, 20));
        settings.TrustedProxies.Should().BeEmpty();
        (settings.MaxRequestBody, settings.LogLevel, settings.LogBuffer).Should().Be((10 * 1024 * 1024, LogLevel.Information, LogBuffer.Spool));
        settings.DataDirectory.Should().Be(Path.Combine(Environment.CurrentDirectory, "data"));
        (settings.Database, settings.MigrationDatabase, settings.PostgresBin, settings.MaxOpenConnections).Should().Be((null, null, null, 10));
        (settings.ReportsDatabase, settings.ReportsMaxOpenConnections).Should().Be((null, 4));
        (settings.LogRetentionDays, settings.LedgerRetentionMonths, settings.LogContent).Should().Be((30, 13, ContentPolicy.Full));
        settings.Archive.Should().BeNull();
        (settings.Redis, settings.RedisPassword, settings.RedisDatabase).Should().Be((null, null, 0));
        (settings.ProviderReloadInterval, settings.ProviderRequestTimeout, settings.ProviderIdleTimeout)
            .Should().Be((TimeSpan.FromMinutes(5), TimeSpan.FromSeconds(60), TimeSpan.FromSeconds(90)));
        settings.UpstreamAllowedNetworks.Should().BeEmpty();
        (settings.OpenAiApiKey, settings.OpenAiBaseUrl).Should().Be((null, null));
        (settings.ApiKeyCacheSize, settings.ApiKeyCacheTtl, settings.ModelCacheSize, settings.ModelCacheTtl)
            .Should().Be((1000, TimeSpan.FromMinutes(5), 500, TimeSpan.FromMinutes(15)));
        (settings.MasterKey, settings.MasterKeyFile).Should().Be((null, null));
    }

    [Fact]
    public void Everything_can_be_set()
    {
        var settings = TestSettings.Read(
            ("GATEWAY_HTTP_HOST", "*"), ("GATEWAY_HTTP_PORT", "0"), ("ADMIN_HTTP_PORT", "65535"), ("ADMIN_HTTP_HOST", "::1"), ("MAX_IN_FLIGHT", "1"),
            ("MAX_BODY_BYTES_IN_FLIGHT", "1KiB"), ("TRUSTED_PROXIES", "10.0.0.0/8, fd00::/8"), ("FAILED_LOGINS_PER_MINUTE", "0"), ("MAX_REQUEST_BODY", "1KiB"), ("LOG_LEVEL", "Warning"), ("SHUTDOWN_DELAY", "5s"), ("SHUTDOWN_TIMEOUT", "2m"),
            ("DATA_DIR", "/var/lib/gw"), ("DATABASE_URL", "postgres://u:p@db/d"), ("DATABASE_MIGRATION_URL", "postgres://o:p@db/d"),
            ("DATABASE_REPORTS_URL", "postgres://r:p@db2/d"), ("DB_REPORTS_MAX_OPEN_CONNS", "1000"),
            ("DB_MAX_OPEN_CONNS", "1000"), ("POSTGRES_BIN", "/opt/pg/bin"),
            ("LOG_CONTENT", "none"), ("LOG_BUFFER", "direct"), ("JOURNAL_DURABILITY", "power"), ("JOURNAL_MAX_BYTES", "1MiB"), ("JOURNAL_MIN_FREE_BYTES", "1GiB"), ("LOG_RETENTION_DAYS", "7"), ("LEDGER_RETENTION_MONTHS", "0"),
            ("REDIS_ADDRESS", "[::1]:7000"), ("REDIS_PASSWORD", "pw"), ("REDIS_DB", "3"), ("PROVIDER_RELOAD_INTERVAL", "1s"),
            ("PROVIDER_REQUEST_TIMEOUT", "1h"), ("PROVIDER_IDLE_TIMEOUT", "10ms"), ("UPSTREAM_ALLOW_CIDRS", "10.0.0.0/8"), ("OPENAI_API_KEY", "sk-1"),
            ("OPENAI_BASE_URL", "http://127.0.0.1:11434/v1"), ("CACHE_API_KEY_SIZE", "1"), ("CACHE_API_KEY_TTL", "24h"), ("CACHE_MODEL_SIZE", "1000000"),
            ("CACHE_MODEL_TTL", "1s"), ("GATEWAY_MASTER_KEY", MasterKey));

        (settings.HttpHost, settings.HttpPort, settings.AdminHttpPort).Should().Be((IPAddress.IPv6Any, 0, 65535));
        (settings.AdminHttpHost, settings.MaxInFlight, settings.MaxBodyBytesInFlight, settings.FailedLoginsPerMinute)
            .Should().Be((IPAddress.IPv6Loopback, 1, 1024L, 0));
        settings.TrustedProxies.Should().Equal(IPNetwork.Parse("10.0.0.0/8"), IPNetwork.Parse("fd00::/8"));
        (settings.MaxRequestBody, settings.LogLevel, settings.DataDirectory).Should().Be((1024, LogLevel.Warning, "/var/lib/gw"));
        (settings.ShutdownDelay, settings.ShutdownTimeout).Should().Be((TimeSpan.FromSeconds(5), TimeSpan.FromMinutes(2)));
        (settings.Database!.Reveal(), settings.MigrationDatabase!.Reveal(), settings.MaxOpenConnections, settings.PostgresBin)
            .Should().Be(("postgres://u:p@db/d", "postgres://o:p@db/d", 1000, "/opt/pg/bin"));
        (settings.ReportsDatabase!.Reveal(), settings.ReportsMaxOpenConnections).Should().Be(("postgres://r:p@db2/d", 1000));
        (settings.LogRetentionDays, settings.LedgerRetentionMonths).Should().Be((7, 0));
        settings.LogContent.Should().Be(ContentPolicy.None);
        (settings.LogBuffer, settings.JournalDurability, settings.JournalMaxBytes, settings.JournalMinFreeBytes)
            .Should().Be((LogBuffer.Direct, JournalDurability.Power, 1024L * 1024, 1024L * 1024 * 1024));
        (settings.Redis, settings.RedisPassword, settings.RedisDatabase).Should().Be((new DnsEndPoint("::1", 7000), "pw", 3));
        (settings.ProviderReloadInterval, settings.ProviderRequestTimeout, settings.ProviderIdleTimeout)
            .Should().Be((TimeSpan.FromSeconds(1), TimeSpan.FromHours(1), TimeSpan.FromMilliseconds(10)));
        settings.UpstreamAllowedNetworks.Should().Equal(IPNetwork.Parse("10.0.0.0/8"));
        (settings.OpenAiApiKey, settings.OpenAiBaseUrl).Should().Be(("sk-1", new Uri("http://127.0.0.1:11434/v1")));
        (settings.ApiKeyCacheSize, settings.ApiKeyCacheTtl, settings.ModelCacheSize, settings.ModelCacheTtl)
            .Should().Be((1, TimeSpan.FromHours(24), 1_000_000, TimeSpan.FromSeconds(1)));
        (settings.MasterKey, settings.MasterKeyFile).Should().Be((MasterKey, null));
        TestSettings.Read(("GATEWAY_MASTER_KEY_FILE", "/run/kek")).MasterKeyFile.Should().Be("/run/kek");
    }

    [Fact]
    public void An_archive_can_be_set()
    {
        TestSettings.Read(("LOG_ARCHIVE", "folder"), ("ARCHIVE_FOLDER", "some/where"), ("ARCHIVE_MAX_BYTES", "1MiB")).Archive
            .Should().Be(new ArchiveSettings.Folder(Path.Combine(Environment.CurrentDirectory, "some", "where"), 1024 * 1024));
        TestSettings.Read(("LOG_ARCHIVE", "s3"), ("ARCHIVE_S3_BUCKET", "the-logs"), ("ARCHIVE_S3_REGION", "eu-central-1")).Archive
            .Should().Be(new ArchiveSettings.S3("the-logs", "", "eu-central-1", null, null, 10L * 1024 * 1024 * 1024));
        TestSettings.Read(
                ("LOG_ARCHIVE", "s3"), ("ARCHIVE_S3_BUCKET", "the-logs"), ("ARCHIVE_S3_PREFIX", "gateway/prod"), ("ARCHIVE_S3_ENDPOINT", "http://minio:9000"),
                ("AWS_ACCESS_KEY_ID", "AKIA"), ("AWS_SECRET_ACCESS_KEY", "hush"), ("AWS_SESSION_TOKEN", "token")).Archive
            .Should().Be(new ArchiveSettings.S3(
                "the-logs", "gateway/prod/", "us-east-1", new Uri("http://minio:9000"), new S3Credentials("AKIA", "hush", "token"), 10L * 1024 * 1024 * 1024));
        TestSettings.Read(("ARCHIVE_FOLDER", "some/where"), ("ARCHIVE_S3_BUCKET", "the-logs"), ("AWS_ACCESS_KEY_ID", "AKIA")).Archive
            .Should().BeNull("nothing asks for it");
    }

    [Fact]
    public void The_highest_price_has_two_halves()
    {
        TestSettings.Read().MaxPrice.Should().BeNull();
        TestSettings.Read(("MAX_PRICE_INPUT_PER_TOKEN", "3e-5"), ("MAX_PRICE_OUTPUT_PER_TOKEN", "0.00006")).MaxPrice
            .Should().Be(Price.Assumed(0.00003m, 0.00006m)).And.NotBe(new Price(0.00003m, 0.00006m), "nobody listed it");
        TestSettings.ProblemsOf(("MAX_PRICE_INPUT_PER_TOKEN", "0"))
            .Should().Equal("MAX_PRICE_OUTPUT_PER_TOKEN is not set: one of the two is of no use without the other");
        TestSettings.ProblemsOf(("MAX_PRICE_OUTPUT_PER_TOKEN", "0"))
            .Should().Equal("MAX_PRICE_INPUT_PER_TOKEN is not set: one of the two is of no use without the other");
    }

    [Theory]
    [InlineData("-0.00001")]
    [InlineData("1000000.1")]
    [InlineData("0.00001 dollars")]
    [InlineData("1e-30")]
    [InlineData("NaN")]
    public void A_price_that_cannot_be_is_refused(string price) =>
        TestSettings.ProblemsOf(("MAX_PRICE_INPUT_PER_TOKEN", price), ("MAX_PRICE_OUTPUT_PER_TOKEN", "0"))
            .Should().Equal($"MAX_PRICE_INPUT_PER_TOKEN is '{price}': expected dollars from 0 to 1000000, like 0.00003");

    [Fact]
    public void The_owner_of_a_database_that_is_not_set_is_of_no_use() =>
        TestSettings.ProblemsOf(("DATABASE_MIGRATION_URL", "postgres://o:hunter2@db/d"))
            .Should().Equal("DATABASE_URL is not set: DATABASE_MIGRATION_URL is of no use without it");

    [Fact]
    public void A_replica_of_a_database_that_is_not_set_is_of_no_use() =>
        TestSettings.ProblemsOf(("DATABASE_REPORTS_URL", "postgres://r:hunter2@db/d"))
            .Should().Equal("DATABASE_URL is not set: DATABASE_REPORTS_URL is of no use without it");

    [Fact]
    public void One_body_of_the_largest_size_has_room() =>
        TestSettings.ProblemsOf(("MAX_REQUEST_BODY", "2KiB"), ("MAX_BODY_BYTES_IN_FLIGHT", "1KiB"))
            .Should().Equal("MAX_BODY_BYTES_IN_FLIGHT is 1024 bytes: expected no less than MAX_REQUEST_BODY, which is 2048");

    [Fact]
    public void The_environment_wins_over_the_file()
    {
        var (settings, _) = GatewaySettings.Read(
            TestSettings.Of(("GATEWAY_HTTP_PORT", "1111")), TestSettings.Of(("GATEWAY_HTTP_PORT", "2222"), ("REDIS_DB", "2")));

        (settings!.HttpPort, settings.RedisDatabase).Should().Be((1111, 2));
    }

    [Fact]
    public void An_empty_value_is_not_set()
    {
        var (settings, problems) = GatewaySettings.Read(
            TestSettings.Of(("GATEWAY_HTTP_PORT", ""), ("REDIS_ADDRESS", ""), ("DATABASE_URL", "")),
            TestSettings.Of(("GATEWAY_HTTP_PORT", "2222"), ("REDIS_PASSWORD", ""), ("OPENAI_API_KEY", "")));

        problems.Should().BeEmpty();
        (settings!.HttpPort, settings.Redis, settings.Database, settings.RedisPassword, settings.OpenAiApiKey)
            .Should().Be((2222, null, null, null, null));
    }

    [Fact]
    public void A_relative_data_folder_is_made_absolute() =>
        TestSettings.Read(("DATA_DIR", "some/where")).DataDirectory.Should().Be(Path.Combine(Environment.CurrentDirectory, "some", "where"));

    [Theory]
    [InlineData("trace", LogLevel.Trace)]
    [InlineData("debug", LogLevel.Debug)]
    [InlineData("INFORMATION", LogLevel.Information)]
    [InlineData("error", LogLevel.Error)]
    [InlineData("critical", LogLevel.Critical)]
    [InlineData("none", LogLevel.None)]
    public void Every_log_level_has_its_word(string word, LogLevel level) => TestSettings.Read(("LOG_LEVEL", word)).LogLevel.Should().Be(level);

    [Fact]
    public void Settings_print_no_secret()
    {
        var settings = TestSettings.Read(
            ("OPENAI_API_KEY", "sk-hunter2"), ("REDIS_PASSWORD", "hunter2"), ("DATABASE_URL", "postgres://u:hunter2@db/d"), ("GATEWAY_MASTER_KEY", MasterKey),
            ("DATABASE_MIGRATION_URL", "postgres://o:hunter2@db/d"), ("DATABASE_REPORTS_URL", "postgres://r:hunter2@db2/d"),
            ("LOG_ARCHIVE", "s3"), ("ARCHIVE_S3_BUCKET", "logs"), ("ARCHIVE_S3_REGION", "eu-central-1"),
            ("AWS_ACCESS_KEY_ID", "hunter2"), ("AWS_SECRET_ACCESS_KEY", "hunter2"), ("AWS_SESSION_TOKEN", "hunter2"));

        $"{settings} {settings.Database} {settings.MigrationDatabase} {settings.ReportsDatabase} {settings.Archive}".Should().NotContain("hunter2").And.NotContain(MasterKey);
    }

    [Fact]
    public void Every_setting_has_a_name_of_its_own_and_a_default_that_can_be_read()
    {
        KnownSettings.All.Select(setting => setting.Name).Should().OnlyHaveUniqueItems().And.HaveCount(64);

        var defaults = KnownSettings.All.Where(setting => setting.Default is not null).Select(setting => (setting.Name, setting.Default!)).ToArray();
        TestSettings.ProblemsOf(defaults).Should().BeEmpty();
    }
}
