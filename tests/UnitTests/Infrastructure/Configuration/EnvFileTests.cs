using CleanGateway.Infrastructure.Configuration;

namespace CleanGateway.UnitTests.Infrastructure.Configuration;

public sealed class EnvFileTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void The_documents_file_works_as_printed()
    {
        var file = Read("""
            # Database
            DATABASE_URL=postgres://postgres:password@localhost:5432/llmgateway?sslmode=disable

            # Redis
            REDIS_ADDRESS=localhost:6379
            REDIS_PASSWORD=
            REDIS_DB=0

            # Server
            GATEWAY_HTTP_PORT=8080

            # Provider settings
            PROVIDER_RELOAD_INTERVAL=5m
            PROVIDER_REQUEST_TIMEOUT=60s

            # Cache settings
            CACHE_API_KEY_SIZE=1000
            CACHE_API_KEY_TTL=5m
            CACHE_MODEL_SIZE=500
            CACHE_MODEL_TTL=15m

            """);

        var (settings, problems) = GatewaySettings.Read(TestSettings.Nothing, file);

        problems.Should().BeEmpty();
        settings!.Database!.Reveal().Should().Be("postgres://postgres:password@localhost:5432/llmgateway?sslmode=disable");
        (settings.Redis!.Host, settings.Redis.Port, settings.RedisPassword, settings.RedisDatabase).Should().Be(("localhost", 6379, null, 0));
        (settings.HttpPort, settings.ProviderReloadInterval, settings.ProviderRequestTimeout)
            .Should().Be((8080, TimeSpan.FromMinutes(5), TimeSpan.FromSeconds(60)));
        (settings.ApiKeyCacheSize, settings.ApiKeyCacheTtl).Should().Be((1000, TimeSpan.FromMinutes(5)));
        (settings.ModelCacheSize, settings.ModelCacheTtl).Should().Be((500, TimeSpan.FromMinutes(15)));
    }

    [Theory]
    [InlineData("NAME=value", "value")]
    [InlineData("NAME=value\r\n", "value")]
    [InlineData("NAME=", "")]
    [InlineData("NAME=\nOTHER=x", "")]
    [InlineData("NAME=a b c", "a b c")]
    [InlineData("NAME=a=b==", "a=b==")]
    [InlineData("NAME=value # a comment", "value")]
    [InlineData("NAME=a#b", "a#b")]
    [InlineData("NAME=\"a b # c\"", "a b # c")]
    [InlineData("NAME='a b # c'", "a b # c")]
    [InlineData("NAME=''", "")]
    [InlineData("NAME='it has $DOLLAR and \\n in it'", "it has $DOLLAR and \\n in it")]
    [InlineData("# NAME=no\nNAME=yes", "yes")]
    [InlineData("\n\n  \nNAME=value\n\n", "value")]
    [InlineData("export NAME=value", "value")]
    [InlineData("NAME=first\nNAME=second", "second")]
    [InlineData("NAME=grün", "grün")]
    public void A_line_gives_a_name_its_value(string text, string value) => Read(text)["NAME"].Should().Be(value);

    [Theory]
    [InlineData("postgres://us%40er:p%40ss%23w%2Frd@db.internal:6000/my%20db?sslmode=verify-full&application_name=a%20b")]
    [InlineData("postgres://u:a#b;c,d!e~f*g(h)@db/d?sslmode=require")]
    [InlineData("postgres://u:p+q=r@[::1]:5432/d")]
    public void A_database_URL_with_special_characters_stays_as_it_is(string url) =>
        Read($"DATABASE_URL={url}\n")["DATABASE_URL"].Should().Be(url);

    [Theory]
    [InlineData("pa$word")]
    [InlineData("pa$$word")]
    [InlineData("pa${word}")]
    [InlineData("$HOME")]
    public void A_dollar_sign_in_a_password_stays_as_it_is(string password) =>
        Read($"REDIS_PASSWORD={password}\n")["REDIS_PASSWORD"].Should().Be(password);

    [Fact]
    public void Nothing_of_it_gets_into_the_environment()
    {
        Read("CLEANGATEWAY_UNIT_TEST_ONLY=here");

        Environment.GetEnvironmentVariable("CLEANGATEWAY_UNIT_TEST_ONLY").Should().BeNull();
    }

    [Fact]
    public void Without_a_file_there_is_nothing() => EnvFile.Read(folder.File("none")).Should().BeEmpty();

    [Fact]
    public void A_line_that_is_none_stops_the_start_and_names_the_file()
    {
        var reading = () => Read("GATEWAY_HTTP_PORT=8080\nthis is no setting\n");

        reading.Should().Throw<StartException>().WithMessage("*.env*");
    }

    [Theory]
    [InlineData("OPENAI_API_KEY=sk-hunter2\n!!\n")]
    [InlineData("OPENAI_API_KEY sk-hunter2\n")]
    [InlineData("OPENAI_API_KEY='sk-hunter2\n")]
    [InlineData("REDIS_PASSWORD=hunter2\nhunter2")]
    [InlineData("OPENAI_API_KEY: hunter2")]
    public void A_broken_file_does_not_spill_the_secrets_in_it(string text)
    {
        var reading = () => Read(text);

        reading.Should().Throw<StartException>().Which.Message.Should().NotContain("hunter2");
    }

    private IReadOnlyDictionary<string, string> Read(string text)
    {
        var path = folder.File(".env");
        File.WriteAllText(path, text);
        return EnvFile.Read(path);
    }
}
