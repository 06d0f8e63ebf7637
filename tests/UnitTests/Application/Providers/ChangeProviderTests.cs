using System.Text.Json;
using CleanGateway.Application.Common;
using CleanGateway.Application.Providers;
using CleanGateway.Domain.AdminTokens;
using CleanGateway.Domain.Common;
using CleanGateway.Domain.Providers;
using NSubstitute;

namespace CleanGateway.UnitTests.Application.Providers;

public class ChangeProviderTests
{
    private static readonly DateTimeOffset Now = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    private readonly IProviderRepository providers = Substitute.For<IProviderRepository>();
    private readonly IProviderForms forms = Substitute.For<IProviderForms>();
    private readonly ICredentialCipher cipher = Substitute.For<ICredentialCipher>();
    private readonly IUnitOfWork unitOfWork = Substitute.For<IUnitOfWork>();
    private readonly Operation operation = new() { Actor = Actor(AdminRole.Admin) };
    private readonly Provider provider = Row(ProviderSource.Operator);

    public ChangeProviderTests()
    {
        providers.FindAsync(provider.Id, Arg.Any<CancellationToken>()).Returns(provider);
        providers.CredentialsAsync(Arg.Any<CancellationToken>()).Returns([]);
        forms.ReadConfig("", "").ReturnsForAnyArgs(asked => new ConfigForm(Json((string)asked[1]).GetProperty("base_url").GetString()!));
        forms.ReadCredentials("", "", follow: true).ReturnsForAnyArgs(asked => new CredentialsForm("hint", ((string)asked[1]).Contains("://")));
        cipher.Seal("", null!).ReturnsForAnyArgs(asked => $"sealed for {asked.Arg<CredentialBinding>().Origin}");
    }

    [Fact]
    public async Task Another_server_does_not_get_the_credentials_of_the_one_before()
    {
        var error = await ShouldBeRefusedAsync(Change() with { Config = Json("""{"base_url":"b"}""") });

        (error.Kind, error.Code, error.Param).Should().Be((GatewayErrorKind.Conflict, "credentials_bound", "config"));
        error.Message.Should().Contain("enter them again");
        (provider.Config, provider.EncryptedCredentials).Should().Be(("""{"base_url":"a"}""", "sealed for a"));
    }

    [Fact]
    public async Task It_gets_credentials_that_come_with_the_change()
    {
        var item = await HandleAsync(Change() with { Config = Json("""{"base_url":"b"}"""), Credentials = Json("""{"api_key":"sk"}""") });

        (provider.Config, provider.EncryptedCredentials, item.Credentials).Should()
            .Be(("""{"base_url":"b"}""", "sealed for b", new CredentialsItem(true, "hint")));
    }

    [Fact]
    public async Task A_server_without_credentials_may_move()
    {
        provider.Entrust(null, null);

        await HandleAsync(Change() with { Config = Json("""{"base_url":"b"}""") });

        provider.Config.Should().Be("""{"base_url":"b"}""");
    }

    [Fact]
    public async Task A_config_that_was_of_no_use_before_is_not_mended_under_its_credentials()
    {
        provider.Configure("""{"base_url":"broken"}""");
        forms.ReadConfig(Arg.Any<string>(), """{"base_url":"broken"}""").Returns(_ => throw new GatewayException(GatewayError.Invalid("broken")));

        (await ShouldBeRefusedAsync(Change() with { Config = Json("""{"base_url":"b"}""") })).Code.Should().Be("credentials_bound");
        (await HandleAsync(Change() with { Enabled = false })).Enabled.Should().BeFalse("what is broken can be switched off");
    }

    [Theory]
    [InlineData("""{"allow_cidrs":["10.0.0.0/8"]}""")]
    [InlineData("""{"allow_cidrs":"10.0.0.0/8"}""")]
    public async Task To_open_a_network_takes_an_owner(string config)
    {
        var error = await ShouldBeRefusedAsync(Change() with { Config = Json(config) });
        operation.Actor = Actor(AdminRole.Owner);
        await HandleAsync(Change() with { Config = Json(config) });
        operation.Actor = Actor(AdminRole.Admin);
        var closing = await ShouldBeRefusedAsync(Change() with { Config = Json("""{"allow_cidrs":null}""") });
        await HandleAsync(Change() with { Config = Json("""{"stream_usage":false}""") });

        (error.Kind, error.Code, error.Param).Should().Be((GatewayErrorKind.Forbidden, "role_required", "config.allow_cidrs"));
        closing.Code.Should().Be("role_required");
        provider.Config.Should().Contain("allow_cidrs").And.Contain("stream_usage");
    }

    [Fact]
    public async Task A_reference_takes_an_owner_and_is_followed_unless_a_command_gives_it()
    {
        var change = Change() with { Credentials = Json("""{"api_key":"env://KEY"}""") };
        (await ShouldBeRefusedAsync(change)).Param.Should().Be("credentials");
        operation.Actor = Actor(AdminRole.Owner);
        await HandleAsync(change);
        operation.Actor = Actor(AdminRole.Owner, ActorKind.CommandLine);
        await HandleAsync(change);

        forms.ReceivedCalls().Where(call => call.GetMethodInfo().Name == nameof(IProviderForms.ReadCredentials)).Select(call => call.GetArguments()[2])
            .Should().Equal(true, true, false);
    }

    [Fact]
    public async Task What_the_environment_makes_can_only_be_switched_off_and_on()
    {
        var managed = Row(ProviderSource.Environment);
        providers.FindAsync(provider.Id, Arg.Any<CancellationToken>()).Returns(managed);

        foreach (var change in (ChangeProvider[])
            [Change() with { Name = "x" }, Change() with { DisplayName = "x" }, Change() with { Config = Json("{}") }, Change() with { Credentials = Json("{}") }])
            (await ShouldBeRefusedAsync(change)).Code.Should().Be("managed_by_environment");

        (await HandleAsync(Change() with { Enabled = false })).Enabled.Should().BeFalse();
    }

    [Fact]
    public async Task Where_another_master_key_has_sealed_nothing_is_sealed_with_this_one()
    {
        providers.CredentialsAsync(Arg.Any<CancellationToken>()).Returns(["other"]);
        cipher.IsSealedByAnother("other").Returns(true);

        (await ShouldBeRefusedAsync(Change() with { Credentials = Json("""{"api_key":"sk"}""") })).Code.Should().Be("other_master_key");
    }

    private static Actor Actor(AdminRole role, ActorKind kind = ActorKind.AdminToken) => new(kind, Guid.Empty, "test", role);

    private static Provider Row(string source)
    {
        var row = Provider.Register(new ProviderId(new Guid(1, 2, 3, new byte[8])), "main", "openai", """{"base_url":"a"}""", source, Now);
        row.Entrust("sealed for a", "abcd");
        return row;
    }

    private static JsonElement Json(string json) => JsonElement.Parse(json);

    private ChangeProvider Change() => new() { Id = provider.Id.Value };

    private Task<ProviderItem> HandleAsync(ChangeProvider command) =>
        new ChangeProviderHandler(providers, forms, cipher, unitOfWork, operation).Handle(command, CancellationToken.None);

    private async Task<GatewayError> ShouldBeRefusedAsync(ChangeProvider command)
    {
        unitOfWork.ClearReceivedCalls();
        var error = (await FluentActions.Awaiting(() => HandleAsync(command)).Should().ThrowAsync<GatewayException>()).Which.Error;
        unitOfWork.ReceivedCalls().Should().BeEmpty();
        return error;
    }
}
