using System.Text;
using System.Text.Json;
using CleanGateway.Application.Common;
using CleanGateway.Application.Providers;
using CleanGateway.Domain.Common;
using CleanGateway.Domain.Providers;
using NSubstitute;

namespace CleanGateway.UnitTests.Application.Providers;

public class RegisterEnvironmentProviderTests
{
    private static readonly DateTimeOffset Now = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    private readonly IProviderRepository providers = Substitute.For<IProviderRepository>();
    private readonly ICredentialCipher cipher = Substitute.For<ICredentialCipher>();
    private readonly IUnitOfWork unitOfWork = Substitute.For<IUnitOfWork>();
    private Provider? row;

    public RegisterEnvironmentProviderTests()
    {
        providers.Add(Arg.Do<Provider>(added => row = added));
        providers.FindAsync("", CancellationToken.None).ReturnsForAnyArgs(_ => row);
        cipher.Seal("", null!).ReturnsForAnyArgs(asked => Sealed(asked.Arg<string>(), asked.Arg<CredentialBinding>()));
        cipher.IsSealed("").ReturnsForAnyArgs(asked => asked.Arg<string>().StartsWith("sealed:", StringComparison.Ordinal));
        cipher.Open("", null!).ReturnsForAnyArgs(asked => Open((string)asked[0], asked.Arg<CredentialBinding>()));
    }

    [Fact]
    public async Task One_variable_makes_a_provider()
    {
        (await HandleAsync("sk-1")).Should().BeTrue();

        row.Should().Match<Provider>(provider => provider.ProviderType == "openai" && provider.Source == "environment" && provider.Enabled
            && provider.CreatedAt == Now);
        BaseUrl().Should().Be("https://api.openai.com/v1/");
        ApiKey("https://api.openai.com").Should().Be("sk-1");
        unitOfWork.ReceivedCalls().Should().ContainSingle();
    }

    [Fact]
    public async Task The_key_is_in_the_row_only_sealed_and_nowhere_else()
    {
        await HandleAsync("sk-1");

        cipher.IsSealed(row!.EncryptedCredentials!).Should().BeTrue();
        typeof(Provider).GetProperties().Select(property => $"{property.GetValue(row)}").Should().NotContain(text => text.Contains("sk-1"));
    }

    [Fact]
    public async Task Where_another_master_key_has_sealed_credentials_nothing_is_written()
    {
        providers.CredentialsAsync(CancellationToken.None).ReturnsForAnyArgs(["sealed:other:x"]);
        cipher.IsSealedByAnother("sealed:other:x").Returns(true);

        var handling = () => HandleAsync("sk-1");

        (await handling.Should().ThrowAsync<GatewayException>()).Which.Error.Message.Should().Contain("GATEWAY_MASTER_KEY");
        unitOfWork.ReceivedCalls().Should().BeEmpty();
    }

    [Fact]
    public async Task The_same_environment_changes_nothing()
    {
        await HandleAsync("sk-1");
        unitOfWork.ClearReceivedCalls();

        (await HandleAsync("sk-1")).Should().BeFalse();

        unitOfWork.ReceivedCalls().Should().BeEmpty();
        providers.ReceivedCalls().Count(call => call.GetMethodInfo().Name == nameof(IProviderRepository.Add)).Should().Be(1);
    }

    [Fact]
    public async Task Another_key_takes_the_place_of_the_old_one()
    {
        await HandleAsync("sk-1");
        var id = row!.Id;

        (await HandleAsync("sk-2")).Should().BeTrue();

        ApiKey("https://api.openai.com").Should().Be("sk-2");
        row.Id.Should().Be(id, "it is the same row");
    }

    [Theory]
    [InlineData("https://llm.example.com/v1/", "https://llm.example.com")]
    [InlineData("http://api.openai.com/v1/", "http://api.openai.com")]
    [InlineData("https://api.openai.com:8443/v1/", "https://api.openai.com:8443")]
    public async Task Another_server_gets_the_key_sealed_for_itself(string url, string origin)
    {
        await HandleAsync("sk-1");

        (await HandleAsync("sk-1", url)).Should().BeTrue();

        BaseUrl().Should().Be(url);
        ApiKey(origin).Should().Be("sk-1");
    }

    [Fact]
    public async Task Another_path_on_the_same_server_is_followed_too()
    {
        await HandleAsync("sk-1", "https://llm.example.com/v1/");

        (await HandleAsync("sk-1", "https://llm.example.com/openai/v1/")).Should().BeTrue();

        BaseUrl().Should().Be("https://llm.example.com/openai/v1/");
    }

    [Fact]
    public async Task A_credential_that_someone_wrote_in_plain_text_is_replaced()
    {
        await HandleAsync("sk-1");
        row!.Entrust("""{"api_key":"sk-1"}""", hint: null);

        (await HandleAsync("sk-1")).Should().BeTrue();

        cipher.IsSealed(row.EncryptedCredentials!).Should().BeTrue();
    }

    [Fact]
    public async Task A_server_that_wants_no_key_is_registered_without_one()
    {
        (await HandleAsync(null, "http://localhost:11434/v1/")).Should().BeTrue();

        ApiKey("http://localhost:11434").Should().BeNull();
        (await HandleAsync(null, "http://localhost:11434/v1/")).Should().BeFalse();
    }

    private Task<bool> HandleAsync(string? key, string url = "https://api.openai.com/v1/") =>
        new RegisterEnvironmentProviderHandler(providers, cipher, unitOfWork, new Operation(), new ManualClock(Now))
            .Handle(new RegisterEnvironmentProvider(key, new Uri(url)), CancellationToken.None);

    private string? BaseUrl()
    {
        using var config = JsonDocument.Parse(row!.Config);
        return config.RootElement.GetProperty("base_url").GetString();
    }

    private string? ApiKey(string origin)
    {
        using var credentials = JsonDocument.Parse(Open(row!.EncryptedCredentials!, new CredentialBinding(row.Id, "openai", origin)));
        return credentials.RootElement.GetProperty("api_key").GetString();
    }

    // Not secret, but bound to what the real one is bound to.
    private static string Sealed(string credentials, CredentialBinding binding) =>
        $"sealed:{binding}:{Convert.ToBase64String(Encoding.UTF8.GetBytes(credentials))}";

    private static string Open(string text, CredentialBinding binding)
    {
        var lead = $"sealed:{binding}:";
        return text.StartsWith(lead, StringComparison.Ordinal)
            ? Encoding.UTF8.GetString(Convert.FromBase64String(text[lead.Length..]))
            : throw new GatewayException(GatewayError.Invalid("sealed for something else"));
    }
}
