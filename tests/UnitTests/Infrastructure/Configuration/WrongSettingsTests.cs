using CleanGateway.Infrastructure.Configuration;

namespace CleanGateway.UnitTests.Infrastructure.Configuration;

public class WrongSettingsTests
{
    [Theory]
    [InlineData("GATEWAY_HTTP_HOST", "my host", "IP address")]
    [InlineData("GATEWAY_HTTP_PORT", "65536", "1 to 65535")]
    [InlineData("GATEWAY_HTTP_PORT", "-1", "1 to 65535")]
    [InlineData("GATEWAY_HTTP_PORT", "http", "1 to 65535")]
    [InlineData("ADMIN_HTTP_PORT", "99999", "1 to 65535")]
    [InlineData("MAX_REQUEST_BODY", "10MB", "KiB, MiB or GiB")]
    [InlineData("MAX_REQUEST_BODY", "257MiB", "256MiB")]
    [InlineData("LOG_LEVEL", "loud", "information")]
    [InlineData("LOG_LEVEL", "2", "information")]
    [InlineData("LOG_LEVEL", "+2", "information")]
    [InlineData("LOG_LEVEL", "trace,debug", "information")]
    [InlineData("LOG_BUFFER", "memory", "spool, direct or redis")]
    [InlineData("JOURNAL_DURABILITY", "none", "process or power")]
    [InlineData("JOURNAL_MAX_BYTES", "1KiB", "1MiB to 1024GiB")]
    [InlineData("JOURNAL_MIN_FREE_BYTES", "-1", "0 to 1024GiB")]
    [InlineData("LOG_BUFFER", "0", "direct")]
    [InlineData("LOG_ARCHIVE", "gcs", "none, folder or s3")]
    [InlineData("ARCHIVE_MAX_BYTES", "1KiB", "1MiB to 1024GiB")]
    [InlineData("ARCHIVE_S3_BUCKET", "The_Logs", "lower-case")]
    [InlineData("ARCHIVE_S3_BUCKET", "a..b", "lower-case")]
    [InlineData("ARCHIVE_S3_BUCKET", "-logs", "lower-case")]
    [InlineData("ARCHIVE_S3_PREFIX", "/logs", "not beginning with /")]
    [InlineData("ARCHIVE_S3_PREFIX", "logs/../keys", "not beginning with /")]
    [InlineData("ARCHIVE_S3_PREFIX", "lögs", "letters")]
    [InlineData("ARCHIVE_S3_REGION", "EU Central", "eu-central-1")]
    [InlineData("ARCHIVE_S3_ENDPOINT", "minio:9000", "http or https URL")]
    [InlineData("DB_MAX_OPEN_CONNS", "2", "3 to 1000")]
    [InlineData("DB_MAX_OPEN_CONNS", "1001", "3 to 1000")]
    [InlineData("REDIS_ADDRESS", "redis:port", "host:port")]
    [InlineData("REDIS_DB", "-1", "0 to 1023")]
    [InlineData("PROVIDER_RELOAD_INTERVAL", "5", "1s to 24h")]
    [InlineData("PROVIDER_RELOAD_INTERVAL", "0s", "1s to 24h")]
    [InlineData("PROVIDER_RELOAD_INTERVAL", "25h", "1s to 24h")]
    [InlineData("PROVIDER_REQUEST_TIMEOUT", "9ms", "10ms to 1h")]
    [InlineData("PROVIDER_REQUEST_TIMEOUT", "1h1ns1us", "10ms to 1h")]
    [InlineData("PROVIDER_REQUEST_TIMEOUT", "99999999999999999999h", "10ms to 1h")]
    [InlineData("PROVIDER_IDLE_TIMEOUT", "90", "10ms to 1h")]
    [InlineData("UPSTREAM_ALLOW_CIDRS", "10.0.0.0/33", "10.0.0.0/8")]
    [InlineData("OPENAI_BASE_URL", "api.openai.com/v1", "http or https URL")]
    [InlineData("CACHE_API_KEY_SIZE", "0", "1 to 1000000")]
    [InlineData("CACHE_API_KEY_TTL", "999ms", "1s to 24h")]
    [InlineData("CACHE_MODEL_SIZE", "1000001", "1 to 1000000")]
    [InlineData("CACHE_MODEL_TTL", "forever", "1s to 24h")]
    public void A_malformed_value_is_told_with_its_name_and_what_is_allowed(string name, string value, string allowed)
    {
        var (settings, problems) = GatewaySettings.Read(TestSettings.Of((name, value)), TestSettings.Nothing);

        settings.Should().BeNull();
        problems.Should().ContainSingle().Which.Should().Contain(name).And.Contain($"'{value}'").And.Contain(allowed);
    }

    [Theory]
    [InlineData("GATEWAY_MASTER_KEY", "hunter2", "64 hex digits")]
    [InlineData("DATABASE_URL", "hunter2", "postgres://")]
    [InlineData("DATABASE_URL", "mysql://u:hunter2@db/d", "postgres://")]
    [InlineData("DATABASE_URL", "postgres://u:hunter2@db/d?sslmode=on", "verify-full")]
    [InlineData("DATABASE_URL", "postgres://u:hunter2@db/d?password=hunter2", "'password'")]
    public void A_malformed_secret_is_told_without_it(string name, string value, string told) =>
        TestSettings.ProblemsOf((name, value)).Should().ContainSingle().Which.Should().Contain(name).And.Contain(told).And.NotContain("hunter2");

    [Theory]
    [InlineData("OPENAI_BASE_URL", "https://user:hunter2@api.example.com/v1")]
    [InlineData("OPENAI_BASE_URL", "https://api.example.com/v1?key=hunter2")]
    [InlineData("REDIS_ADDRESS", "redis://:hunter2@localhost:6379")]
    public void A_secret_inside_a_value_that_should_have_none_is_not_shown(string name, string value) =>
        TestSettings.ProblemsOf((name, value)).Should().ContainSingle().Which.Should().Contain(name).And.NotContain("hunter2");

    [Theory]
    [InlineData("folder", "", "ARCHIVE_FOLDER is not set: LOG_ARCHIVE=folder needs it")]
    [InlineData("s3", "ARCHIVE_S3_REGION=eu-central-1", "ARCHIVE_S3_BUCKET is not set: LOG_ARCHIVE=s3 needs it")]
    [InlineData("s3", "ARCHIVE_S3_BUCKET=logs", "ARCHIVE_S3_REGION is not set: LOG_ARCHIVE=s3 needs it, or ARCHIVE_S3_ENDPOINT")]
    [InlineData(
        "s3", "ARCHIVE_S3_BUCKET=logs ARCHIVE_S3_ENDPOINT=http://a AWS_ACCESS_KEY_ID=hunter2",
        "AWS_SECRET_ACCESS_KEY is not set: one of the two is of no use without the other")]
    [InlineData(
        "s3", "ARCHIVE_S3_BUCKET=logs ARCHIVE_S3_ENDPOINT=http://a AWS_SECRET_ACCESS_KEY=hunter2",
        "AWS_ACCESS_KEY_ID is not set: one of the two is of no use without the other")]
    public void What_an_archive_cannot_do_without_is_told(string archive, string given, string problem) =>
        TestSettings.ProblemsOf(
            [("LOG_ARCHIVE", archive), .. given.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(pair => (pair.Split('=')[0], pair.Split('=')[1]))])
            .Should().Equal(problem);

    [Fact]
    public void What_is_given_and_cannot_be_read_is_not_told_as_missing_too() =>
        TestSettings.ProblemsOf(("LOG_ARCHIVE", "s3"), ("ARCHIVE_S3_BUCKET", "X"), ("ARCHIVE_S3_REGION", "eu-central-1"))
            .Should().ContainSingle().Which.Should().StartWith("ARCHIVE_S3_BUCKET is 'X'");

    [Fact]
    public void All_problems_are_told_at_once()
    {
        var (settings, problems) = GatewaySettings.Read(
            TestSettings.Of(("GATEWAY_HTTP_PORT", "http"), ("REDIS_DB", "x"), ("DATABASE_URL", "nowhere")),
            TestSettings.Of(("CACHE_MODEL_TTL", "never"), ("REDIS_ADRESS", "localhost")));

        settings.Should().BeNull();
        problems.Should().HaveCount(5);
        problems.Should().ContainSingle(problem => problem.Contains("GATEWAY_HTTP_PORT", StringComparison.Ordinal))
            .And.ContainSingle(problem => problem.Contains("REDIS_DB", StringComparison.Ordinal))
            .And.ContainSingle(problem => problem.Contains("DATABASE_URL", StringComparison.Ordinal))
            .And.ContainSingle(problem => problem.Contains("CACHE_MODEL_TTL", StringComparison.Ordinal))
            .And.ContainSingle(problem => problem.Contains("REDIS_ADRESS", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("REDIS_ADRESS", "REDIS_ADDRESS")]
    [InlineData("GATEWAY_HTTP_PROT", "GATEWAY_HTTP_PORT")]
    [InlineData("gateway_http_port", "GATEWAY_HTTP_PORT")]
    [InlineData("HTTP_GATEWAY_PORT", "GATEWAY_HTTP_PORT")]
    [InlineData("DATABASE_URI", "DATABASE_URL")]
    public void An_unknown_name_in_the_file_is_a_typing_error_and_told_what_may_be_meant(string written, string meant)
    {
        var (settings, problems) = GatewaySettings.Read(TestSettings.Nothing, TestSettings.Of((written, "1")));

        settings.Should().BeNull();
        problems.Should().ContainSingle().Which.Should().Contain(written).And.Contain($"did you mean {meant}?");
    }

    [Fact]
    public void An_unknown_name_that_is_like_no_other_comes_without_a_guess()
    {
        var (_, problems) = GatewaySettings.Read(TestSettings.Nothing, TestSettings.Of(("FAVOURITE_COLOUR", "hunter2")));

        problems.Should().ContainSingle().Which.Should().Contain("FAVOURITE_COLOUR").And.NotContain("did you mean").And.NotContain("hunter2");
    }

    [Fact]
    public void The_environment_may_hold_any_names() =>
        TestSettings.ProblemsOf(("REDIS_ADRESS", "x"), ("PATH", "/bin"), ("gateway_http_port", "x")).Should().BeEmpty();

    [Fact]
    public void A_value_of_the_file_that_the_environment_overrides_is_not_looked_at()
    {
        var (settings, _) = GatewaySettings.Read(TestSettings.Of(("REDIS_DB", "1")), TestSettings.Of(("REDIS_DB", "x")));

        settings!.RedisDatabase.Should().Be(1);
    }

    [Fact]
    public void A_master_key_and_a_file_of_one_are_one_too_many()
    {
        var key = new string('a', 63) + '0';

        TestSettings.ProblemsOf(("GATEWAY_MASTER_KEY", key), ("GATEWAY_MASTER_KEY_FILE", "/run/kek"))
            .Should().ContainSingle().Which.Should().Contain("GATEWAY_MASTER_KEY").And.Contain("GATEWAY_MASTER_KEY_FILE").And.NotContain(key);
    }
}
