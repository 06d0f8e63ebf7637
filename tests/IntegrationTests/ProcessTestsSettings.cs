using CleanGateway.Infrastructure.Configuration;
using CleanGateway.IntegrationTests.Fixtures;

namespace CleanGateway.IntegrationTests;

/// <summary>What operators write into the environment and into <c>.env</c>, rightly and wrongly.</summary>
public class ProcessTestsSettings(GatewayFixture gateway) : ProcessTest
{
    // What takes any text at all is wrong by what it stands for.
    private static readonly string[] AnyText = ["DATA_DIR", "POSTGRES_BIN", "REDIS_PASSWORD", "GATEWAY_MASTER_KEY_FILE", "CREDENTIALS_DIRECTORY", "SECRETS_DIRECTORY", "ARCHIVE_FOLDER", "OTEL_SERVICE_NAME"];

    private static readonly (string Name, string Value, string Shown)[] Malformed =
    [
        ("GATEWAY_HTTP_HOST", "8080", "'8080'"),
        ("GATEWAY_HTTP_PORT", "80a", "'80a'"),
        ("ADMIN_HTTP_HOST", "everywhere", "'everywhere'"),
        ("ADMIN_HTTP_PORT", "65536", "'65536'"),
        ("MAX_REQUEST_BODY", "10MB", "'10MB'"),
        ("MAX_IN_FLIGHT", "0", "'0'"),
        ("MAX_BODY_BYTES_IN_FLIGHT", "1", "'1'"),
        ("TRUSTED_PROXIES", "proxy", "'proxy'"),
        ("FAILED_LOGINS_PER_MINUTE", "1001", "'1001'"),
        ("SHUTDOWN_DELAY", "-1s", "'-1s'"),
        ("SHUTDOWN_TIMEOUT", "2h", "'2h'"),
        ("LOG_LEVEL", "loud", "'loud'"),
        ("DATABASE_URL", "mysql://u:hunter2@db/d", "not valid"),
        ("DATABASE_MIGRATION_URL", "postgres://owner:hunter2@/d", "not valid"),
        ("DB_MAX_OPEN_CONNS", "many", "'many'"),
        ("DATABASE_REPORTS_URL", "postgres://reader:hunter2@db1,db2/d", "not valid"),
        ("DB_REPORTS_MAX_OPEN_CONNS", "0", "'0'"),
        ("LOG_CONTENT", "some", "'some'"),
        ("LOG_BUFFER", "memory", "'memory'"),
        ("JOURNAL_DURABILITY", "forever", "'forever'"),
        ("JOURNAL_MAX_BYTES", "1KiB", "'1KiB'"),
        ("JOURNAL_MIN_FREE_BYTES", "some", "'some'"),
        ("LOG_RETENTION_DAYS", "a week", "'a week'"),
        ("LEDGER_RETENTION_MONTHS", "-1", "'-1'"),
        ("LOG_ARCHIVE", "gcs", "'gcs'"),
        ("ARCHIVE_MAX_BYTES", "1KiB", "'1KiB'"),
        ("ARCHIVE_S3_BUCKET", "Logs", "'Logs'"),
        ("ARCHIVE_S3_PREFIX", "/logs", "'/logs'"),
        ("ARCHIVE_S3_REGION", "EU", "'EU'"),
        ("ARCHIVE_S3_ENDPOINT", "minio:9000", "'minio:9000'"),
        ("AWS_ACCESS_KEY_ID", "hünter2", "not valid"),
        ("AWS_SECRET_ACCESS_KEY", "hünter2", "not valid"),
        ("AWS_SESSION_TOKEN", "hünter2", "not valid"),
        ("REDIS_ADDRESS", "redis:port", "'redis:port'"),
        ("REDIS_DB", "-1", "'-1'"),
        ("PROVIDER_RELOAD_INTERVAL", "5", "'5'"),
        ("PROVIDER_REQUEST_TIMEOUT", "0s", "'0s'"),
        ("PROVIDER_IDLE_TIMEOUT", "1 minute", "'1 minute'"),
        ("UPSTREAM_ALLOW_CIDRS", "10.0.0.0/33", "'10.0.0.0/33'"),
        ("OPENAI_API_KEY", "sk-hünter2", "not valid"),
        ("OPENAI_BASE_URL", "api.openai.com/v1", "'api.openai.com/v1'"),
        ("MAX_PRICE_INPUT_PER_TOKEN", "-0.1", "'-0.1'"),
        ("MAX_PRICE_OUTPUT_PER_TOKEN", "1e-40", "'1e-40'"),
        ("CACHE_API_KEY_SIZE", "0", "'0'"),
        ("CACHE_API_KEY_TTL", "5 m", "'5 m'"),
        ("CACHE_MODEL_SIZE", "1e3", "'1e3'"),
        ("CACHE_MODEL_TTL", "forever", "'forever'"),
        ("GATEWAY_MASTER_KEY", "hunter2", "not valid"),
        ("OTEL_EXPORTER_OTLP_ENDPOINT", "collector:4318", "'collector:4318'"),
        ("OTEL_EXPORTER_OTLP_HEADERS", "hunter2", "not valid"),
        ("OTEL_EXPORTER_OTLP_PROTOCOL", "http/json", "'http/json'"),
        ("OTEL_RESOURCE_ATTRIBUTES", "production", "'production'"),
        ("OTEL_TRACES_SAMPLER", "sometimes", "'sometimes'"),
        ("OTEL_TRACES_SAMPLER_ARG", "2", "'2'"),
        ("OTEL_METRIC_EXPORT_INTERVAL", "60s", "'60s'"),
        ("OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT", "event_only", "'event_only'"),
    ];

    [Fact]
    public async Task All_that_is_malformed_is_told_at_once_each_with_name_value_and_what_is_allowed()
    {
        var process = Start([.. Malformed.Select(setting => (setting.Name, setting.Value))]);

        (await process.EndedAsync()).Should().Be(1);
        process.Output.Should().BeEmpty();
        process.Errors.Select(line => line.Split(' ')[0]).Should().Equal(Malformed.Select(setting => setting.Name));
        foreach (var (name, _, shown) in Malformed)
        {
            process.Errors.Should().ContainSingle(line => line.StartsWith($"{name} is {shown}", StringComparison.Ordinal)).Which
                .Should().EndWith(KnownSettings.All.Single(setting => setting.Name == name).Allowed);
        }

        string.Join('\n', process.Errors).Should().NotContain("hunter2").And.NotContain("hünter2");
        Directory.Exists(Path.Combine(Folder, "data")).Should().BeFalse("nothing is made by a start that cannot be");
    }

    [Fact]
    public void Every_setting_there_is_is_tried() =>
        Malformed.Select(setting => setting.Name).Concat(AnyText).Should().BeEquivalentTo(KnownSettings.All.Select(setting => setting.Name));

    [Fact]
    public async Task Values_of_a_file_are_checked_like_the_environments()
    {
        await WriteAsync("REDIS_DB=x", "DATABASE_URL=hunter2");

        var process = Start(("CACHE_MODEL_TTL", "never"));

        (await process.EndedAsync()).Should().Be(1);
        process.Errors.Should().HaveCount(3)
            .And.ContainSingle(line => line.StartsWith("REDIS_DB is 'x': expected", StringComparison.Ordinal))
            .And.ContainSingle(line => line.StartsWith("DATABASE_URL is not valid", StringComparison.Ordinal))
            .And.ContainSingle(line => line.StartsWith("CACHE_MODEL_TTL is 'never': expected", StringComparison.Ordinal))
            .And.NotContain(line => line.Contains("hunter2", StringComparison.Ordinal));
    }

    [Fact]
    public async Task An_unknown_name_in_a_file_stops_the_start_without_its_value()
    {
        await WriteAsync("REDIS_PASWORD=hunter2");

        var process = Start(gateway.DatabaseUrl);

        (await process.EndedAsync()).Should().Be(1);
        process.Errors.Should().Equal("REDIS_PASWORD in the .env file is not a known setting; did you mean REDIS_PASSWORD?");
    }

    [Fact]
    public async Task A_file_that_cannot_be_read_is_named_without_what_is_in_it()
    {
        await WriteAsync("LOG_LEVEL=warning", "this is hunter2, no setting");

        var process = Start(gateway.DatabaseUrl);

        (await process.EndedAsync()).Should().Be(1);
        process.Errors.Should().ContainSingle().Which.Should().StartWith("The file .env cannot be read: line 2").And.NotContain("hunter2");
    }

    [Fact]
    public async Task A_file_sets_what_the_environment_leaves_open_and_unknown_names_in_the_environment_do_not_matter()
    {
        await using var database = await TestDatabase.CreateAsync(gateway);
        await WriteAsync(
            "# comments and quotes", $"DATABASE_URL=\"{database.Url.Reveal()}\"", "export DATA_DIR='elsewhere'", "GATEWAY_HTTP_PORT=1",
            "LOG_LEVEL=trace   # never seen", "REDIS_ADDRESS=");

        var process = Start(("LOG_LEVEL", "none"), ("REDIS_ADRESS", "localhost"), ("gateway_http_port", "x"));
        var url = await process.ListeningAsync();

        url.Port.Should().NotBe(1, "the environment wins");
        process.Output.Should().NotContain(line => line.StartsWith('{'));
        File.Exists(Path.Combine(Folder, "elsewhere", "demo.key")).Should().BeTrue();
        (await database.ScalarAsync<long>("SELECT count(*) FROM api_keys")).Should().Be(1);
    }

    [Theory]
    [InlineData("GATEWAY_HTTP_PORT")]
    [InlineData("ADMIN_HTTP_PORT")]
    public async Task A_port_that_is_taken_is_named(string setting)
    {
        var process = Start(gateway.DatabaseUrl, (setting, $"{gateway.Url.Port}"));

        (await process.EndedAsync()).Should().Be(1);
        process.Errors.Should().ContainSingle().Which.Should().StartWith("Failed to listen: ")
            .And.Contain($"127.0.0.1:{gateway.Url.Port}").And.Contain("in use");
        process.Output.Should().NotContain(line => line.Contains("listening", StringComparison.Ordinal));
    }

    [Fact]
    public async Task An_address_that_is_none_of_the_machines_is_named()
    {
        // RFC 5737: an address that nobody has.
        var process = Start(gateway.DatabaseUrl, ("GATEWAY_HTTP_HOST", "203.0.113.1"));

        (await process.EndedAsync()).Should().Be(1);
        process.Errors.Should().ContainSingle().Which.Should().Be("Failed to listen on 203.0.113.1: Cannot assign requested address");
    }

    private Task WriteAsync(params string[] lines) => File.WriteAllLinesAsync(Path.Combine(Folder, ".env"), lines, Stop);
}
