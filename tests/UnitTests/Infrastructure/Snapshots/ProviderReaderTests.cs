using System.Net;
using CleanGateway.Application.Providers;
using CleanGateway.Domain.Providers;
using CleanGateway.Infrastructure.ProviderAdapters;
using CleanGateway.Infrastructure.Security;
using CleanGateway.Infrastructure.Snapshots;
using static CleanGateway.UnitTests.Infrastructure.Snapshots.Rows;

namespace CleanGateway.UnitTests.Infrastructure.Snapshots;

public class ProviderReaderTests
{
    private const string Plain = """{"api_key": "sk-hunter2"}""";

    private static readonly CredentialBinding OpenAi = new(new ProviderId(Id(1)), "openai", "https://api.openai.com");

    [Fact]
    public void The_documents_row_is_read_and_its_credentials_come_back_sealed()
    {
        var row = Provider(
            1, "openai-main", credentials: """{"api_key": "sk-proj-YOUR_OPENAI_API_KEY_HERE"}""", config: """{"base_url": "https://api.openai.com/v1"}""");

        var (account, toSeal) = Read(row);

        (account.Name, account.BaseUrl, account.AsksForStreamUsage).Should().Be(("openai-main", new Uri("https://api.openai.com/v1/"), true));
        account.Credentials.ApiKey.Should().Be("sk-proj-YOUR_OPENAI_API_KEY_HERE");
        toSeal.Should().NotContain("sk-proj");
        Cipher.Open(toSeal!, OpenAi).Should().Be(row.Credentials);
    }

    [Fact]
    public void Sealed_credentials_are_opened_and_left_as_they_are()
    {
        var (account, toSeal) = Read(Provider(1, "main", credentials: Cipher.Seal(Plain, OpenAi)));

        (account.Credentials.ApiKey, toSeal).Should().Be(("sk-hunter2", null));
    }

    [Fact]
    public void What_is_to_be_sealed_comes_with_the_row_it_was_read_from()
    {
        var (plain, closed) = (Provider(1, "main", credentials: Plain), Provider(2, "other", "openai_compatible", Cipher.Seal(Plain, Binding(2)), Base("https://x.example/v1")));

        var result = Compile([plain, closed]);

        result.Problems.Should().BeEmpty();
        result.ToSeal.Should().ContainSingle().Which.Row.Should().BeSameAs(plain);
        result.ToSeal[0].Sealed.Text.Should().NotContain("hunter2");
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("  ")]
    public void A_provider_may_want_no_credentials(string? credentials)
    {
        var (account, toSeal) = Read(Provider(1, "main", credentials: credentials));

        (account.Credentials, toSeal).Should().Be((UpstreamCredentials.None, null));
    }

    [Fact]
    public void Organization_and_project_are_credentials_too()
    {
        var credentials = Read(Provider(1, "main", credentials: """{"api_key":"sk-1","organization":"org-1","project":"proj_1"}""")).Account.Credentials;

        (credentials.ApiKey, credentials.Organization, credentials.Project).Should().Be(("sk-1", "org-1", "proj_1"));
    }

    [Theory]
    [InlineData("https://x.example", "https://x.example/")]
    [InlineData("https://x.example/v1", "https://x.example/v1/")]
    [InlineData("https://x.example/v1/", "https://x.example/v1/")]
    public void A_base_URL_ends_in_a_slash(string written, string read) =>
        Read(Provider(1, "main", config: Base(written))).Account.BaseUrl.Should().Be(new Uri(read));

    [Fact]
    public void What_config_says_is_done()
    {
        var account = Read(Provider(1, "vllm", config: """{"base_url":"http://10.1.2.3/v1","allow_cidrs":["10.0.0.0/8","fd00::/8"],"stream_usage":false}""")).Account;

        account.AsksForStreamUsage.Should().BeFalse();
        account.AllowedNetworks.Should().Equal(IPNetwork.Parse("10.0.0.0/8"), IPNetwork.Parse("fd00::/8"));
    }

    [Fact]
    public void The_gateways_own_networks_are_open_to_every_provider_and_the_environments_to_its_own()
    {
        var account = Read(Provider(1, "main"), ("UPSTREAM_ALLOW_CIDRS", "192.168.0.0/16")).Account;
        account.AllowedNetworks.Should().Equal(IPNetwork.Parse("192.168.0.0/16"));

        var environment = Read(Provider(1, "env", config: Base("http://10.1.2.3:8000/v1"), source: ProviderSource.Environment)).Account;
        environment.AllowedNetworks.Should().Equal(IPNetwork.Parse("10.1.2.3/32"));
    }

    [Theory]
    [InlineData("{", "config")]
    [InlineData("", "config")]
    [InlineData("[]", "config")]
    [InlineData("null", "config")]
    [InlineData("\"https://x.example\"", "config")]
    [InlineData("""{"base_ur":"https://x.example"}""", "base_url, allow_cidrs, stream_usage")]
    [InlineData("""{"Base_Url":"https://x.example"}""", "base_url, allow_cidrs, stream_usage")]
    [InlineData("""{"base_url":"https://x.example","base_url":"https://y.example"}""", "config")]
    [InlineData("""{"base_url":5}""", "base_url")]
    [InlineData("""{"base_url":"x.example/v1"}""", "'x.example/v1'")]
    [InlineData("""{"base_url":"ftp://x.example"}""", "http or https URL")]
    [InlineData("""{"allow_cidrs":"10.0.0.0/8"}""", "allow_cidrs")]
    [InlineData("""{"allow_cidrs":["10.0.0.0/33"]}""", "'10.0.0.0/33'")]
    [InlineData("""{"allow_cidrs":["10.0.0.0"]}""", "networks like 10.0.0.0/8")]
    [InlineData("""{"allow_cidrs":[null]}""", "allow_cidrs")]
    [InlineData("""{"stream_usage":"no"}""", "stream_usage")]
    public void Malformed_config_is_a_problem_that_says_what_was_expected(string config, string told) =>
        ProblemOf(Provider(1, "broken", config: config)).Should().Contain(told);

    [Theory]
    [InlineData("{")]
    [InlineData("[]")]
    [InlineData("null")]
    [InlineData("sk-hunter2")]
    [InlineData("\"sk-hunter2\"")]
    [InlineData("""{"api_key": "sk-hunter2" """)]
    [InlineData("""{"api_key": ["sk-hunter2"]}""")]
    [InlineData("""{"apikey": "sk-hunter2"}""")]
    [InlineData("""{"sk-hunter2": ""}""")]
    [InlineData("""{"sk-hunter2"}""")]
    [InlineData("""{"api_key": {"sk-hunter2": 1}}""")]
    [InlineData("""{"api_key": "sk-hunter2\n"}""")]
    [InlineData("""{"api_key": "sk-hunter2 "}""")]
    [InlineData("""{"api_key": "sk-hünter2 hunter2"}""")]
    [InlineData("""{"api_key": "sk-1", "organization": "hunter2\n"}""")]
    [InlineData("""{"api_key": "sk-1", "project": "hunter2\r\nX-Evil: 1"}""")]
    public void Malformed_credentials_are_a_problem_that_shows_nothing_of_them(string credentials) =>
        ProblemOf(Provider(1, "broken", credentials: credentials)).Should().Contain("encrypted_credentials");

    [Theory]
    [InlineData("""{"base_url":"https://user:hunter2@x.example"}""")]
    [InlineData("""{"base_url":"https://x.example/v1?api_key=hunter2"}""")]
    [InlineData("""{"api_key":"hunter2"}""")]
    [InlineData("hunter2")]
    public void A_secret_that_has_got_into_config_is_not_shown(string config) =>
        ProblemOf(Provider(1, "broken", config: config)).Should().Contain("config");

    [Fact]
    public void A_compatible_server_has_no_usual_address() => ProblemOf(Provider(1, "broken", "openai_compatible")).Should().Contain("base_url");

    [Theory]
    [InlineData("another row", 2, "openai", "https://api.openai.com", 'a')]
    [InlineData("another type", 1, "openai_compatible", "https://api.openai.com", 'a')]
    [InlineData("another server", 1, "openai", "https://evil.example", 'a')]
    [InlineData("another key", 1, "openai", "https://api.openai.com", 'b')]
    public void Credentials_sealed_for_something_else_are_a_problem(string sealedFor, int id, string type, string origin, char key)
    {
        var closed = new CredentialCipher(new EnvelopeCipher(MasterKeys.Of(Key(key)))).Seal(Plain, new CredentialBinding(new ProviderId(Id(id)), type, origin));

        ProblemOf(Provider(1, "broken", credentials: closed))
            .Should().Contain("credentials", "they were sealed for {0}", sealedFor).And.NotContain(closed);
    }

    [Fact]
    public void A_path_may_change_under_sealed_credentials_and_a_server_may_not()
    {
        var closed = Cipher.Seal(Plain, OpenAi);

        Read(Provider(1, "main", credentials: closed, config: Base("https://api.openai.com/v2"))).Account.Credentials.ApiKey
            .Should().Be("sk-hunter2");
        ProblemOf(Provider(1, "broken", credentials: closed, config: Base("https://api.openai.com:8443/v1"))).Should().Contain("credentials");
        ProblemOf(Provider(1, "broken", credentials: closed, config: Base("http://api.openai.com/v1"))).Should().Contain("credentials");
    }

    private static string Base(string url) => $$"""{"base_url":"{{url}}"}""";

    private static CredentialBinding Binding(int id) => new(new ProviderId(Id(id)), "openai_compatible", "https://x.example");

    private static (UpstreamAccount Account, string? Sealed) Read(ProviderRow row, params (string Name, string Value)[] settings)
    {
        var read = new ProviderReader(Cipher, References(TestSettings.Read(settings)), TestSettings.Read(settings)).Account(row, ProviderKinds.Find(row.Type)!);
        return (read.Account, read.ToSeal?.Text);
    }

    // Whatever is wrong with it, the provider is named, nothing is sealed, and no secret is shown.
    private static string ProblemOf(ProviderRow row)
    {
        var result = Compile([row]);

        result.ToSeal.Should().BeEmpty();
        return result.Problems.Should().ContainSingle().Which.Should().Contain("'broken'").And.NotContain("hunter2").And.Subject;
    }
}
