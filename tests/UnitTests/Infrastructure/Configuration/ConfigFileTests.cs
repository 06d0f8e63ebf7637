using System.Net;
using CleanGateway.Infrastructure.Configuration;

namespace CleanGateway.UnitTests.Infrastructure.Configuration;

public sealed class ConfigFileTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void Its_names_are_the_settings_and_its_lists_what_has_commas_elsewhere()
    {
        var settings = Read("""
            # comments, quotes, and the types that YAML would make of words
            GATEWAY_HTTP_PORT: 9090
            GATEWAY_HTTP_HOST: '*'
            LOG_LEVEL: none
            REDIS_ADDRESS: "[::1]:7000"
            OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT: false
            MAX_PRICE_INPUT_PER_TOKEN: 3e-5
            MAX_PRICE_OUTPUT_PER_TOKEN: 0.00006
            TRUSTED_PROXIES:
              - 10.0.0.0/8
              - fd00::/8
            UPSTREAM_ALLOW_CIDRS: [192.168.0.0/16]
            REDIS_PASSWORD:
            DATABASE_URL: ~
            """);

        (settings.HttpPort, settings.HttpHost, settings.LogLevel).Should().Be((9090, IPAddress.IPv6Any, Microsoft.Extensions.Logging.LogLevel.None));
        (settings.Redis, settings.RedisPassword, settings.Database).Should().Be((new DnsEndPoint("::1", 7000), null, null));
        settings.MaxPrice.Should().Be(CleanGateway.Domain.Usage.Price.Assumed(0.00003m, 0.00006m));
        settings.TrustedProxies.Should().Equal(IPNetwork.Parse("10.0.0.0/8"), IPNetwork.Parse("fd00::/8"));
        settings.UpstreamAllowedNetworks.Should().Equal(IPNetwork.Parse("192.168.0.0/16"));
    }

    [Theory]
    [InlineData("")]
    [InlineData("# nothing but words\n")]
    [InlineData("---\n# nothing\n")]
    public void A_file_without_settings_sets_nothing(string yaml) => Read(yaml).HttpPort.Should().Be(8080);

    [Fact]
    public void The_environment_wins_over_the_env_file_and_that_over_this_one()
    {
        Write("REDIS_DB: 3\nCACHE_MODEL_SIZE: 3\nCACHE_API_KEY_SIZE: 3\nMAX_IN_FLIGHT: ${NOT_THERE}");
        File.WriteAllText(folder.File(".env"), "REDIS_DB=2\nCACHE_MODEL_SIZE=2\n");

        var (settings, problems) = GatewaySettings.Read(
            SettingsSources.Find(TestSettings.Of(("REDIS_DB", "1"), ("MAX_IN_FLIGHT", "7")), folder.Path));

        problems.Should().BeEmpty("what the environment overrides is not looked at");
        (settings!.RedisDatabase, settings.ModelCacheSize, settings.ApiKeyCacheSize, settings.MaxInFlight).Should().Be((1, 2, 3, 7));
    }

    [Theory]
    [InlineData("GATEWAY_HTTP_PROT: 1", 1, "GATEWAY_HTTP_PROT in FILE is not a known setting; did you mean GATEWAY_HTTP_PORT?")]
    [InlineData("\nGATEWAY_HTTP_PORT: many", 2, "GATEWAY_HTTP_PORT is 'many': expected a port from 1 to 65535, or 0 for any free one")]
    [InlineData("REDIS_DB: 1\nREDIS_DB: 2", 2, "REDIS_DB is there twice: line 1 has it too")]
    [InlineData("REDIS_DB:\n  a: {b: [c]}\nLOG_LEVEL: none", 2, "REDIS_DB is a mapping: expected one value, or a list of values")]
    [InlineData("TRUSTED_PROXIES:\n- 10.0.0.0/8\n- [hunter2]", 3, "TRUSTED_PROXIES is a list within which is more than plain values: expected one value, or a list of values")]
    [InlineData("DATA_DIR: [a, b]", 1, "DATA_DIR is a list: expected a folder")]
    [InlineData("REDIS_PASSWORD: !secret hunter2", 1, "REDIS_PASSWORD has a tag (!) or an anchor (&): expected a plain value")]
    [InlineData("REDIS_PASSWORD: &a hunter2", 1, "REDIS_PASSWORD has a tag (!) or an anchor (&): expected a plain value")]
    [InlineData("TRUSTED_PROXIES: !set [10.0.0.0/8]", 1, "TRUSTED_PROXIES has a tag (!) or an anchor (&): expected a plain value")]
    [InlineData("REDIS_PASSWORD: \"a\\0b\"", 1, "REDIS_PASSWORD has a character that is no text")]
    [InlineData("DATABASE_URL: hunter2", 1, "DATABASE_URL is not valid")]
    [InlineData("LOG_BUFFER: redis", 1, "LOG_BUFFER is redis, which needs a REDIS_ADDRESS: expected host:port")]
    [InlineData("REDIS_PASSWORD: ${NOT_THERE}", 1, "REDIS_PASSWORD refers to ${NOT_THERE}, which is not set in the environment")]
    [InlineData("REDIS_PASSWORD: ${EMPTY}", 1, "REDIS_PASSWORD refers to ${EMPTY}, which is not set in the environment")]
    [InlineData("REDIS_PASSWORD: ${hunter2", 1, "REDIS_PASSWORD has a ${ that is no reference: expected ${NAME} or ${file:PATH}, and $${ for a plain ${")]
    [InlineData("REDIS_PASSWORD: a${hunter-2}b", 1, "REDIS_PASSWORD has a ${ that is no reference: expected ${NAME} or ${file:PATH}, and $${ for a plain ${")]
    [InlineData("REDIS_PASSWORD: ${file:/no/such}", 1, "REDIS_PASSWORD refers to the file /no/such, which is not there")]
    [InlineData("REDIS_PASSWORD: ${file:}", 1, "REDIS_PASSWORD refers to a file without a path: expected ${file:PATH}")]
    [InlineData("REDIS_PASSWORD: ${file:a}", 1, "REDIS_PASSWORD refers to the credential a, and CREDENTIALS_DIRECTORY is not set in the environment: systemd sets it for its services")]
    [InlineData("REDIS_ADDRESS: ${SECRET}:x", 1, "REDIS_ADDRESS is not valid: expected host:port")]
    public void What_is_wrong_is_told_with_its_line_and_without_secrets(string yaml, int line, string problem)
    {
        Write(yaml);

        var (settings, problems) = GatewaySettings.Read(SettingsSources.Find(TestSettings.Of(("EMPTY", ""), ("SECRET", "hunter2")), folder.Path));

        settings.Should().BeNull();
        var told = problems.Should().ContainSingle().Which;
        told.What.Should().StartWith(problem.Replace("FILE", FilePath, StringComparison.Ordinal)).And.NotContain("hunter2");
        told.Where.Should().Be($"{FilePath}, line {line}");
        told.ToString().Should().Be($"{told.What} ({told.Where})");
    }

    [Theory]
    [InlineData("a: [", "it is not valid YAML")]
    [InlineData("REDIS_PASSWORD: 'hunter2", "it is not valid YAML")]
    [InlineData("a: !!str]]] b", "it is not valid YAML")]
    [InlineData("- REDIS_DB", "lines of NAME: value are expected")]
    [InlineData("hunter2", "lines of NAME: value are expected")]
    [InlineData("[a]: b", "a name is no plain text")]
    [InlineData("REDIS_DB: 1\n---\nREDIS_DB: 2", "there is a second document, where one is expected")]
    [InlineData("a: *b", "it is not valid YAML", "a is an alias (*): expected a plain value")]
    public void A_file_that_cannot_be_read_says_where_and_nothing_of_what_is_in_it(string yaml, string problem, string? or = null)
    {
        Write(yaml);

        var told = "";
        try
        {
            told = string.Join('\n', GatewaySettings.Read(SettingsSources.Find(TestSettings.Nothing, folder.Path)).Problems);
        }
        catch (StartException unreadable)
        {
            told = unreadable.Message;
            told.Should().StartWith($"The file {FilePath} cannot be read: line ");
        }

        told.Should().NotContain("hunter2");
        (told.Contains(problem, StringComparison.Ordinal) || (or is not null && told.Contains(or, StringComparison.Ordinal))).Should().BeTrue(told);
    }

    [Fact]
    public void Bytes_that_are_no_text_and_files_beyond_measure_are_refused()
    {
        File.WriteAllBytes(FilePath, [0x41, 0xff]);
        Reading().Should().Throw<StartException>().WithMessage("*is not valid UTF-8");

        File.WriteAllText(FilePath, $"# {new string('x', 1024 * 1024)}");
        Reading().Should().Throw<StartException>().WithMessage("*more than 1048576 bytes");
    }

    [Theory]
    [InlineData("${SECRET}", "hunter2")]
    [InlineData("a-${SECRET}-${OTHER}", "a-hunter2-x${SECRET}")]
    [InlineData("$${SECRET}", "${SECRET}")]
    [InlineData("pa$$word$1$", "pa$$word$1$")]
    [InlineData("$$${SECRET}", "$${SECRET}")]
    [InlineData("{}", "{}")]
    public void A_reference_becomes_what_it_leads_to_and_a_dollar_stays_one(string written, string meant)
    {
        Write($"REDIS_PASSWORD: '{written}'");

        Read(TestSettings.Of(("SECRET", "hunter2"), ("OTHER", "x${SECRET}"))).RedisPassword.Should().Be(meant);
    }

    [Fact]
    public void A_file_of_a_reference_gives_its_text_without_the_line_end()
    {
        File.WriteAllText(folder.File("redis.password"), " hunter2 \r\n\n");
        File.WriteAllText(folder.File("empty"), "\n");
        Write($"REDIS_PASSWORD: ${{file:redis.password}}\nDATABASE_URL: ${{file:{folder.File("empty")}}}");

        var settings = Read(TestSettings.Of(("CREDENTIALS_DIRECTORY", folder.Path)));

        settings.RedisPassword.Should().Be(" hunter2 ");
        settings.Database.Should().BeNull("there is nothing in its file");
    }

    [Fact]
    public void A_file_of_a_reference_has_a_size()
    {
        File.WriteAllText(folder.File("large"), new string('x', 65537));
        Write($"REDIS_PASSWORD: ${{file:{folder.File("large")}}}");

        GatewaySettings.Read(SettingsSources.Find(TestSettings.Nothing, folder.Path)).Problems.Should().ContainSingle()
            .Which.What.Should().EndWith("which is no text of up to 64 KiB");
    }

    [Fact]
    public void A_file_that_is_named_is_read_from_there_and_has_to_be_there()
    {
        File.WriteAllText(folder.File("other.yaml"), "REDIS_DB: 5");
        Write("REDIS_DB: 4");

        Read(TestSettings.Of(("CLEANGATEWAY_CONFIG", folder.File("other.yaml")))).RedisDatabase.Should().Be(5);
        Reading(TestSettings.Of(("CLEANGATEWAY_CONFIG", folder.File("none.yaml")))).Should().Throw<StartException>()
            .WithMessage($"The file {folder.File("none.yaml")} was not found, which --config or CLEANGATEWAY_CONFIG names");
    }

    [Fact]
    public void A_file_of_LiteLLMs_is_left_alone_unless_it_is_named()
    {
        Write("model_list: [{model_name: m, litellm_params: {model: openai/m}}]\nlitellm_settings: {drop_params: true}");

        Read(TestSettings.Nothing).HttpPort.Should().Be(8080);
        Reading(TestSettings.Of(("CLEANGATEWAY_CONFIG", FilePath))).Should().Throw<StartException>().WithMessage("*is LiteLLM's: `cleangateway import-litellm *");
    }

    [Theory]
    [InlineData("config.yaml")]
    [InlineData("container/config.yaml")]
    public void Every_value_of_the_samples_is_valid_also_of_those_that_are_commented_out(string sample)
    {
        var text = File.ReadAllText(Path.Combine(Checkout.Root, "build", "deploy", sample));
        var uncommented = string.Join('\n', text.Split('\n').Select(line => line.StartsWith("# ", StringComparison.Ordinal)
            && KnownSettings.All.Any(setting => line.StartsWith($"# {setting.Name}: ", StringComparison.Ordinal)) ? line[2..] : line));
        foreach (var (file, secret) in new[]
        {
            ("database.url", "postgres://gateway:hunter2@db/gateway"), ("redis.password", "hunter2"), ("openai.key", "sk-hunter2"),
        })
            File.WriteAllText(folder.File(file), secret);

        foreach (var yaml in new[] { text, uncommented })
        {
            Write(yaml.Replace("/run/secrets/", "", StringComparison.Ordinal));
            var settings = Read(TestSettings.Of(("CREDENTIALS_DIRECTORY", folder.Path)));
            (settings.HttpPort, settings.AdminHttpPort, settings.Database!.Host).Should().Be((8080, 8081, "db"));
            settings.TrustedProxies.Should().NotBeEmpty();
        }
    }

    private string FilePath => folder.File("config.yaml");

    private void Write(string yaml) => File.WriteAllText(FilePath, yaml);

    private GatewaySettings Read(string yaml)
    {
        Write(yaml);
        return Read(TestSettings.Nothing);
    }

    private GatewaySettings Read(IReadOnlyDictionary<string, string> environment)
    {
        var (settings, problems) = GatewaySettings.Read(SettingsSources.Find(environment, folder.Path));
        return settings ?? throw new InvalidOperationException(string.Join("; ", problems));
    }

    private Action Reading(IReadOnlyDictionary<string, string>? environment = null) =>
        () => SettingsSources.Find(environment ?? TestSettings.Nothing, folder.Path);
}
