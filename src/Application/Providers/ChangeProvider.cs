using System.Text.Json;
using System.Text.Json.Serialization;
using CleanGateway.Application.Common;
using CleanGateway.Domain.Common;
using CleanGateway.Domain.Providers;
using FluentValidation;
using MediatR;

namespace CleanGateway.Application.Providers;

/// <summary>
/// Changes what is said of a provider; all else stays as it is. <c>provider_not_found</c>, <c>managed_by_environment</c>, or
/// <c>credentials_bound</c>: the credentials belong to where the provider was, and have to be entered again with the change.
/// </summary>
public sealed record ChangeProvider : ICommand<ProviderItem>
{
    [JsonIgnore]
    public Guid Id { get; init; }

    [JsonIgnore]
    public Precondition IfMatch { get; init; } = Precondition.Any;

    public Change<string> Name { get; init; }
    public Change<string?> DisplayName { get; init; }

    /// <summary>Members that are named replace those there are; null takes one away.</summary>
    public Change<JsonElement> Config { get; init; }

    /// <summary>In the place of all credentials that there are.</summary>
    public Change<JsonElement> Credentials { get; init; }
    public Change<bool> Enabled { get; init; }

    public override string ToString() => Id.ToString();
}

internal sealed class ChangeProviderValidator : AbstractValidator<ChangeProvider>
{
    public ChangeProviderValidator()
    {
        When(command => command.Name.IsGiven, () => RuleFor(command => command.Name.Value).IsProviderName().OverridePropertyName(nameof(ChangeProvider.Name)));
        RuleFor(command => command.DisplayName.Value).MaximumLength(Provider.MaxNameLength)
            .Must(MemberRules.IsPlain).WithMessage("'display_name' has control characters.").OverridePropertyName(nameof(ChangeProvider.DisplayName));
        RuleFor(command => command.Config.IsGiven ? command.Config.Value : (JsonElement?)null).IsObject("config").OverridePropertyName(nameof(ChangeProvider.Config));
        RuleFor(command => command.Credentials.IsGiven ? command.Credentials.Value : (JsonElement?)null).IsObject("credentials")
            .OverridePropertyName(nameof(ChangeProvider.Credentials));
    }
}

internal sealed class ChangeProviderHandler(
    IProviderRepository providers, IProviderForms forms, ICredentialCipher cipher, IUnitOfWork unitOfWork, Operation operation)
    : IRequestHandler<ChangeProvider, ProviderItem>
{
    public async Task<ProviderItem> Handle(ChangeProvider command, CancellationToken cancellationToken)
    {
        var provider = await providers.FindAsync(new ProviderId(command.Id), cancellationToken) ?? throw ProviderErrors.NotFound(command.Id);
        command.IfMatch.Check(provider.Version);
        if (command.Name.IsGiven || command.DisplayName.IsGiven || command.Config.IsGiven || command.Credentials.IsGiven)
            ProviderErrors.EnsureNotManaged(provider);

        if (command.Name.IsGiven && command.Name.Value != provider.Name)
        {
            if (await providers.FindAsync(command.Name.Value, cancellationToken) is not null)
                throw ProviderErrors.Exists(command.Name.Value);

            provider.Rename(command.Name.Value);
        }

        provider.Show(command.DisplayName.Or(provider.DisplayName));
        provider.Enable(command.Enabled.Or(provider.Enabled));
        if (command.Config.IsGiven || command.Credentials.IsGiven)
            await ConfigureAsync(provider, command, cancellationToken);

        await unitOfWork.SaveChangesAsync(cancellationToken);
        return ProviderItem.From(provider);
    }

    private async Task ConfigureAsync(Provider provider, ChangeProvider command, CancellationToken cancellationToken)
    {
        var before = provider.Config;
        var config = command.Config.IsGiven ? JsonMerge.Apply(before, command.Config.Value) : before;
        var form = forms.ReadConfig(provider.ProviderType, config);
        ProviderReach.EnsureMayChange(operation.Actor, before, config);
        if (provider.EncryptedCredentials is not null && !command.Credentials.IsGiven && OriginOf(provider) != form.Origin)
        {
            throw new GatewayException(new GatewayError(
                GatewayErrorKind.Conflict, "credentials_bound",
                $"The credentials of the provider '{provider.Name}' are sealed for the server it has now, and are not sent to another: "
                + "enter them again in the same change, as 'credentials', or delete them first.", "config"));
        }

        provider.Configure(config);
        if (command.Credentials.IsGiven)
            await new CredentialEntry(forms, cipher, providers, operation).EnterAsync(provider, command.Credentials.Value, form.Origin, cancellationToken);
    }

    private string? OriginOf(Provider provider)
    {
        try
        {
            return forms.ReadConfig(provider.ProviderType, provider.Config).Origin;
        }
        catch (GatewayException)
        {
            return null;   // what was written by hand and is of no use has no server
        }
    }
}
