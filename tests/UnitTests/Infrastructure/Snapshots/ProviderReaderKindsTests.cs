using System.Security.Cryptography;
using System.Text.Json;
using CleanGateway.Domain.Common;
using CleanGateway.Infrastructure.ProviderAdapters;
using CleanGateway.Infrastructure.ProviderAdapters.Credentials;
using CleanGateway.Infrastructure.Snapshots;
using static CleanGateway.UnitTests.Infrastructure.Snapshots.Rows;

namespace CleanGateway.UnitTests.Infrastructure.Snapshots;

/// <summary>What the rows of the kinds of provider say that only their kind knows.</summary>
public class ProviderReaderKindsTests
{
    private const string Azure = """{"base_url":"https://contoso.openai.azure.com"}""";
    private const string Vertex = """{"project":"my-project","location":"europe-west4"}""";
    private const string Bedrock = """{"region":"eu-central-1"}""";

    private static readonly string Pem = NewKey();

    [Theory]
    [InlineData("vertex_ai", """{"project":"p","location":"europe-west4"}""", "https://europe-west4-aiplatform.googleapis.com/")]
    [InlineData("vertex_ai", """{"project":"p","location":"global"}""", "https://aiplatform.googleapis.com/")]
    [InlineData("vertex_ai", """{"project":"p","location":"us"}""", "https://aiplatform.us.rep.googleapis.com/")]
    [InlineData("vertex_ai", """{"project":"p","location":"eu"}""", "https://aiplatform.eu.rep.googleapis.com/")]
    [InlineData("vertex_ai", """{"project":"p","location":"eu","base_url":"https://psc.example"}""", "https://psc.example/")]
    [InlineData("bedrock", """{"region":"eu-central-1"}""", "https://bedrock-runtime.eu-central-1.amazonaws.com/")]
    [InlineData("bedrock", """{"region":"cn-north-1"}""", "https://bedrock-runtime.cn-north-1.amazonaws.com.cn/")]
    [InlineData("bedrock", """{"region":"us-gov-west-1"}""", "https://bedrock-runtime.us-gov-west-1.amazonaws.com/")]
    [InlineData("bedrock", """{"region":"eu-central-1","base_url":"https://vpce.example"}""", "https://vpce.example/")]
    [InlineData("azure", Azure, "https://contoso.openai.azure.com/")]
    public void Where_a_provider_is_follows_from_its_config(string type, string config, string baseUrl) =>
        Read(type, config).BaseUrl.Should().Be(new Uri(baseUrl));

    [Theory]
    [InlineData("https://bedrock-runtime.us-west-2.amazonaws.com", "us-west-2")]
    [InlineData("https://bedrock-runtime-fips.us-east-1.amazonaws.com", "us-east-1")]
    [InlineData("https://bedrock-runtime.ap-south-1.api.aws", "ap-south-1")]
    [InlineData("https://vpce-0abc-x1.bedrock-runtime.eu-west-1.vpce.amazonaws.com", "eu-west-1")]
    public void The_region_to_sign_for_may_be_in_the_host(string baseUrl, string region) =>
        Read("bedrock", $$"""{"base_url":"{{baseUrl}}"}""").Options.Region.Should().Be(region);

    [Fact]
    public void What_only_one_kind_knows_is_read_for_it()
    {
        const string Government =
            """
            {"base_url":"https://x.example","api_version":"2024-10-21","entra_scope":"api://x/.default",
             "authority_host":"https://login.microsoftonline.us"}
            """;
        Read("azure", Government).Options.Should().Be(new UpstreamOptions
            {
                ApiVersion = "2024-10-21", EntraScope = "api://x/.default", AuthorityHost = new Uri("https://login.microsoftonline.us/"),
            });
        Read("anthropic", """{"base_url":"https://x.example","anthropic_version":"2026-10-21","anthropic_beta":"context-1m-2025-08-07,files-api"}""")
            .Options.Should().Be(new UpstreamOptions { AnthropicVersion = "2026-10-21", AnthropicBeta = "context-1m-2025-08-07,files-api" });
        Read("vertex_ai", """{"project":"my-project","location":"global","user_project":"billing-1"}""")
            .Options.Should().Be(new UpstreamOptions { Project = "my-project", Location = "global", UserProject = "billing-1" });
        Read("bedrock", Bedrock).Options.Should().Be(new UpstreamOptions { Region = "eu-central-1" });
    }

    [Fact]
    public void What_is_not_said_is_the_usual()
    {
        Read("azure", Azure).Options.Should().Be(UpstreamOptions.None);
        UpstreamOptions.None.Should().Be(new UpstreamOptions
        {
            EntraScope = "https://cognitiveservices.azure.com/.default", AnthropicVersion = "2023-06-01", ApiVersion = null, AnthropicBeta = null,
        });
    }

    [Theory]
    [InlineData("azure", "{}", "base_url")]
    [InlineData("azure", """{"base_url":"https://x.example","api_version":"v1"}""", "api_version in config is 'v1': expected a dated version")]
    [InlineData("azure", """{"base_url":"https://x.example","authority_host":"https://evil.example"}""", "expected one of login.microsoftonline.com")]
    [InlineData("azure", """{"base_url":"https://x.example","authority_host":"http://login.microsoftonline.com"}""", "authority_host")]
    [InlineData("azure", """{"base_url":"https://x.example","authority_host":"https://a:hunter2@login.microsoftonline.com"}""", "authority_host")]
    [InlineData("azure", """{"base_url":"https://x.example","entra_scope":"two words"}""", "entra_scope")]
    [InlineData("azure", """{"base_url":"https://x.example","region":"eu-central-1"}""", "holds region: a provider of type azure has base_url")]
    [InlineData("azure", """{"base_url":"https://x.example","hunter2":1}""", "authority_host")]
    [InlineData("openai", """{"api_version":"2024-10-21"}""", "holds api_version: a provider of type openai has base_url")]
    [InlineData("vertex_ai", "{}", "location")]
    [InlineData("vertex_ai", """{"location":"global"}""", "no project")]
    [InlineData("vertex_ai", """{"project":"p"}""", "no location")]
    [InlineData("vertex_ai", """{"project":"p","base_url":"https://x.example"}""", "no location")]
    [InlineData("vertex_ai", """{"project":"../../x","location":"global"}""", "project in config")]
    [InlineData("vertex_ai", """{"project":"p","location":"evil.example/"}""", "location in config is 'evil.example/': expected a region")]
    [InlineData("vertex_ai", """{"project":"p","location":"global","user_project":"x\r\ny"}""", "user_project")]
    [InlineData("bedrock", "{}", "region")]
    [InlineData("bedrock", """{"base_url":"https://x.example"}""", "no region")]
    [InlineData("bedrock", """{"region":"x.example/"}""", "expected a region like eu-central-1")]
    [InlineData("bedrock", """{"region":""}""", "region")]
    [InlineData("anthropic", """{"base_url":"https://x.example","anthropic_version":"latest"}""", "anthropic_version")]
    [InlineData("anthropic", """{"base_url":"https://x.example","anthropic_beta":"a\r\nX-Evil: 1"}""", "anthropic_beta")]
    public void Config_that_does_not_fit_is_an_error_that_names_the_member(string type, string config, string told) =>
        FluentActions.Invoking(() => Read(type, config)).Should().Throw<GatewayException>()
            .Which.Error.Message.Should().Contain(told).And.NotContain("hunter2");

    [Fact]
    public void Each_way_to_say_who_calls_is_read()
    {
        Identity("azure", Azure, """{"tenant_id":"t-1","client_id":"c-1","client_secret":"s"}""")
            .Should().Be(new UpstreamIdentity.EntraApplication("t-1", "c-1", "s"));
        Identity("azure", Azure, """{"managed_identity":true}""").Should().Be(new UpstreamIdentity.EntraManagedIdentity(null));
        Identity("azure", Azure, """{"managed_identity":true,"client_id":"c-1"}""").Should().Be(new UpstreamIdentity.EntraManagedIdentity("c-1"));
        Identity("azure", Azure, """{"workload_identity":true,"tenant_id":"t-1","client_id":"c-1"}""")
            .Should().Be(new UpstreamIdentity.EntraWorkload("t-1", "c-1"));
        Identity("vertex_ai", Vertex, """{"google_default":true}""").Should().Be(new UpstreamIdentity.GoogleDefault());
        Identity("bedrock", Bedrock, """{"aws_default":true}""").Should().Be(new UpstreamIdentity.AwsDefault());
        Identity("bedrock", Bedrock, """{"access_key_id":"id","secret_access_key":"s+/="}""")
            .Should().Be(new UpstreamIdentity.AwsKeys("id", "s+/=", null));
        Identity("bedrock", Bedrock, """{"access_key_id":"id","secret_access_key":"s","session_token":"t"}""")
            .Should().Be(new UpstreamIdentity.AwsKeys("id", "s", "t"));
    }

    [Theory]
    [InlineData("azure", Azure)]
    [InlineData("anthropic", """{"base_url":"https://x.example"}""")]
    [InlineData("gemini", """{"base_url":"https://x.example"}""")]
    [InlineData("bedrock", Bedrock)]
    public void A_plain_key_is_a_plain_key(string type, string config)
    {
        var credentials = Read(type, config, """{"api_key":"k-1"}""").Credentials;

        (credentials.ApiKey, credentials.Identity).Should().Be(("k-1", null));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_service_account_is_its_key_file_or_that_files_text(bool asText)
    {
        var file = KeyFile();
        var credentials = asText ? JsonSerializer.Serialize(new { service_account = file }) : $$"""{"service_account":{{file}}}""";

        Identity("vertex_ai", Vertex, credentials).Should().Be(
            new UpstreamIdentity.GoogleServiceAccount("gw@p.iam.gserviceaccount.com", Pem, "kid-1", new Uri("https://oauth2.googleapis.com/token")));
    }

    [Theory]
    [InlineData("type", "\"external_account\"", "another type")]
    [InlineData("type", "null", "another type")]
    [InlineData("client_email", "\"\"", "client_email")]
    [InlineData("private_key", "null", "private_key")]
    [InlineData("private_key", "\"hunter2\"", "private_key")]
    [InlineData("private_key", "\"-----BEGIN PRIVATE KEY-----\\nhunter2\\n-----END PRIVATE KEY-----\\n\"", "private_key")]
    [InlineData("token_uri", "\"http://oauth2.googleapis.com/token\"", "token_uri")]
    [InlineData("token_uri", "\"https://user:hunter2@x.example/\"", "token_uri")]
    [InlineData("token_uri", "\"hunter2\"", "token_uri")]
    [InlineData("client_email", "{}", "key file")]
    public void A_key_file_that_cannot_be_used_is_an_error_that_shows_nothing_of_it(string member, string value, string told) =>
        FluentActions.Invoking(() => Read("vertex_ai", Vertex, $$"""{"service_account":{{KeyFile((member, value))}}}"""))
            .Should().Throw<GatewayException>()
            .Which.ToString().Should().Contain("encrypted_credentials").And.Contain(told).And.NotContain("hunter2").And.NotContain("BEGIN");

    [Theory]
    [InlineData("azure", Azure, "{}", "found nothing")]
    [InlineData("azure", Azure, """{"client_id":"hunter2"}""", "{tenant_id, client_id, client_secret} or {managed_identity, [client_id]}")]
    [InlineData("azure", Azure, """{"api_key":"hunter2","client_secret":"hunter2"}""", "found api_key, client_secret")]
    [InlineData("azure", Azure, """{"managed_identity":false}""", "managed_identity is false")]
    [InlineData("azure", Azure, """{"tenant_id":"hunter2/..","client_id":"c","client_secret":"s"}""", "tenant_id")]
    [InlineData("azure", Azure, """{"tenant_id":"t","client_id":"c","client_secret":""}""", "client_secret is empty")]
    [InlineData("azure", Azure, """{"tenant_id":"t","client_id":"c","client_secret":"hunter2\n"}""", "client_secret")]
    [InlineData("azure", Azure, """{"aws_default":true}""", "found aws_default")]
    [InlineData("azure", Azure, """{"hunter2":true}""", "{api_key}")]
    [InlineData("vertex_ai", Vertex, """{"api_key":"hunter2"}""", "{service_account} or {google_default}")]
    [InlineData("vertex_ai", Vertex, """{"service_account":"hunter2"}""", "service_account")]
    [InlineData("vertex_ai", Vertex, """{"service_account":5}""", "service_account")]
    [InlineData("vertex_ai", Vertex, """{"google_default":"hunter2"}""", "google_default")]
    [InlineData("bedrock", Bedrock, """{"access_key_id":"hunter2"}""", "{access_key_id, secret_access_key, [session_token]}")]
    [InlineData("bedrock", Bedrock, """{"aws_default":true,"access_key_id":"hunter2"}""", "found access_key_id, aws_default")]
    [InlineData("anthropic", """{"base_url":"https://x.example"}""", """{"api_key":"hunter2","organization":"o"}""", "expected {api_key}")]
    [InlineData("openai", "{}", """{"client_secret":"hunter2"}""", "expected {api_key, organization, project}, found client_secret")]
    public void Credentials_that_do_not_belong_together_are_an_error_that_shows_nothing_of_them(
        string type, string config, string credentials, string told) =>
        FluentActions.Invoking(() => Read(type, config, credentials)).Should().Throw<GatewayException>()
            .Which.ToString().Should().Contain("encrypted_credentials").And.Contain(told).And.NotContain("hunter2");

    [Fact]
    public void Nothing_secret_is_in_what_an_account_prints()
    {
        UpstreamAccount[] accounts =
        [
            Read("azure", Azure, """{"tenant_id":"t","client_id":"c","client_secret":"hunter2"}"""),
            Read("bedrock", Bedrock, """{"access_key_id":"hunter2","secret_access_key":"hunter2","session_token":"hunter2"}"""),
            Read("vertex_ai", Vertex, $$"""{"service_account":{{KeyFile()}}}"""),
            Read("gemini", """{"base_url":"https://x.example"}""", """{"api_key":"hunter2"}"""),
        ];

        foreach (var account in accounts)
            $"{account} {account.Credentials} {account.Credentials.Identity}".Should().NotContain("hunter2").And.NotContain("PRIVATE KEY");
    }

    [Fact]
    public void Credentials_are_bound_to_where_the_config_leads()
    {
        const string Keys = """{"api_key":"k-1"}""";
        var closed = Reader.Account(Provider(1, "main", "bedrock", Keys, Bedrock), Kind("bedrock")).ToSeal!.Text;

        Read("bedrock", Bedrock, closed).Credentials.ApiKey.Should().Be("k-1");
        FluentActions.Invoking(() => Read("bedrock", """{"region":"us-east-1"}""", closed)).Should().Throw<GatewayException>();
    }

    private static ProviderReader Reader => new(Cipher, References(TestSettings.Read()), TestSettings.Read());

    private static ProviderKind Kind(string type) =>
        ProviderKinds.Find("openai")! with { Type = type, UsualBaseUrl = type == "openai" ? new Uri("https://api.openai.com/v1") : null };

    private static UpstreamAccount Read(string type, string config, string? credentials = null) =>
        Reader.Account(Provider(1, "main", type, credentials, config), Kind(type)).Account;

    private static UpstreamIdentity? Identity(string type, string config, string credentials) => Read(type, config, credentials).Credentials.Identity;

    private static string NewKey()
    {
        using var key = RSA.Create(2048);
        return key.ExportPkcs8PrivateKeyPem();
    }

    private static string KeyFile(params (string Member, string Value)[] changes)
    {
        var file = new Dictionary<string, string>
        {
            ["type"] = "\"service_account\"",
            ["project_id"] = "\"p\"",
            ["private_key_id"] = "\"kid-1\"",
            ["private_key"] = JsonSerializer.Serialize(Pem),
            ["client_email"] = "\"gw@p.iam.gserviceaccount.com\"",
            ["client_id"] = "\"1\"",
            ["token_uri"] = "\"https://oauth2.googleapis.com/token\"",
            ["universe_domain"] = "\"googleapis.com\"",
        };
        foreach (var (member, value) in changes)
            file[member] = value;

        return $"{{{string.Join(",", file.Select(entry => $"\"{entry.Key}\":{entry.Value}"))}}}";
    }
}
