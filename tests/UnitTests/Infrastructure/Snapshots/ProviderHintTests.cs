using System.Security.Cryptography;
using System.Text.Json;
using CleanGateway.Domain.Common;
using CleanGateway.Infrastructure.ProviderAdapters;
using CleanGateway.Infrastructure.Snapshots;

namespace CleanGateway.UnitTests.Infrastructure.Snapshots;

/// <summary>What may be shown of a provider's credentials, and what is to be followed.</summary>
public class ProviderHintTests
{
    [Theory]
    [InlineData("openai", """{"api_key":"sk-0123456789-wxyz"}""", "wxyz")]
    [InlineData("openai", """{"api_key":"short"}""", null)]
    [InlineData("openai", """{"organization":"org-0123456789abcdef"}""", null)]
    [InlineData("azure", """{"tenant_id":"t","client_id":"0123456789abcdef","client_secret":"secret-0123456-abcd"}""", "abcd")]
    [InlineData("azure", """{"managed_identity":true}""", "managed_identity")]
    [InlineData("bedrock", """{"access_key_id":"AKIA0123456789abcdef","secret_access_key":"secret-0123456-abcd"}""", "abcd")]
    [InlineData("bedrock", """{"access_key_id":"env://ID","secret_access_key":"file:///run/key"}""", "env://ID, file:///run/key")]
    [InlineData("vertex_ai", """{"service_account":"file:///run/account.json"}""", "file:///run/account.json")]
    [InlineData("vertex_ai", """{"google_default":true}""", "google_default")]
    public void Only_the_end_of_a_long_secret_is_shown_or_where_it_comes_from(string type, string credentials, string? hint) =>
        ProviderCredentials.Read(credentials, ProviderKinds.Find(type)!).Hint().Should().Be(hint);

    [Fact]
    public void Every_member_is_followed_and_what_is_there_is_checked_then()
    {
        using var key = RSA.Create(2048);
        var account = JsonSerializer.Serialize(
            new { type = "service_account", client_email = "a@b.iam.gserviceaccount.com", private_key = key.ExportPkcs8PrivateKeyPem(), private_key_id = "id-0123456789abcd" });
        var references = Rows.References(TestSettings.Read(), name => name switch { "ACCOUNT" => account, "TENANT" => "not an id", _ => null });

        var read = ProviderCredentials.Read("""{"service_account":"env://ACCOUNT"}""", ProviderKinds.Find("vertex_ai")!).Resolve(references);
        var wrong = () => ProviderCredentials.Read("""{"tenant_id":"env://TENANT","client_id":"c","client_secret":"s"}""", ProviderKinds.Find("azure")!)
            .Resolve(references);

        read.Identity.Should().NotBeNull();
        wrong.Should().Throw<GatewayException>().Which.Error.Message.Should().Contain("tenant_id").And.NotContain("not an id");
    }

    [Theory]
    [InlineData("openai", """{"api_key":"env://GATEWAY_MASTER_KEY"}""", true)]
    [InlineData("openai", """{"api_key":"env://NOT_SET"}""", false)]
    [InlineData("vertex_ai", """{"service_account":"file:///run/gone"}""", false)]
    public void What_is_not_followed_is_looked_at_all_the_same(string type, string credentials, bool isWrong)
    {
        var forms = new CheckedProviders(Rows.References(TestSettings.Read()));
        var unfollowed = () => forms.ReadCredentials(type, credentials, follow: false);
        var followed = () => forms.ReadCredentials(type, credentials, follow: true);

        if (isWrong)
            unfollowed.Should().Throw<GatewayException>().Which.Error.Param.Should().Be("credentials");
        else
            unfollowed().AreOfTheMachine.Should().BeTrue();
        followed.Should().Throw<GatewayException>().Which.Error.Message.Should().StartWith("credentials: ");
    }
}
