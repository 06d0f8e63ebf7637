using System.Text.Json;
using CleanGateway.Application.Common;
using CleanGateway.Domain.Providers;
using FluentValidation;
using MediatR;

namespace CleanGateway.Application.Providers;

/// <summary>Gives a provider credentials in the place of those it has. They are sealed before they are written, and never shown again.</summary>
/// <param name="Credentials">JSON object.</param>
public sealed record SetProviderCredentials(Guid Id, JsonElement Credentials, Precondition IfMatch) : ICommand<ProviderItem>
{
    public override string ToString() => Id.ToString();
}

internal sealed class SetProviderCredentialsValidator : AbstractValidator<SetProviderCredentials>
{
    public SetProviderCredentialsValidator() => RuleFor(command => (JsonElement?)command.Credentials).IsObject("credentials")
        .Must(value => value is not { ValueKind: JsonValueKind.Object } given || given.EnumerateObject().Any(member => member.Value.ValueKind != JsonValueKind.Null))
        .WithMessage("'credentials' says nothing: to take credentials away, delete them.")
        .OverridePropertyName(nameof(SetProviderCredentials.Credentials));
}

internal sealed class SetProviderCredentialsHandler(
    IProviderRepository providers, IProviderForms forms, ICredentialCipher cipher, IUnitOfWork unitOfWork, Operation operation)
    : IRequestHandler<SetProviderCredentials, ProviderItem>
{
    public async Task<ProviderItem> Handle(SetProviderCredentials command, CancellationToken cancellationToken)
    {
        var provider = await providers.FindAsync(new ProviderId(command.Id), cancellationToken) ?? throw ProviderErrors.NotFound(command.Id);
        command.IfMatch.Check(provider.Version);
        ProviderErrors.EnsureNotManaged(provider);

        var origin = forms.ReadConfig(provider.ProviderType, provider.Config).Origin;
        await new CredentialEntry(forms, cipher, providers, operation).EnterAsync(provider, command.Credentials, origin, cancellationToken);
        await unitOfWork.SaveChangesAsync(cancellationToken);
        return ProviderItem.From(provider);
    }
}
