using System.Text.Json;
using CleanGateway.Application.Common;
using CleanGateway.Domain.Providers;
using FluentValidation;
using MediatR;

namespace CleanGateway.Application.Providers;

/// <summary>Makes a provider: an account with a vendor, or a server of one's own.</summary>
/// <param name="DisplayName">What people are shown; null: the name.</param>
/// <param name="Config">JSON object, see <c>docs/configuration.md</c>; null: there is nothing to say.</param>
/// <param name="Credentials">JSON object, or null for none. Sealed before it is written, and never shown again.</param>
public sealed record CreateProvider(
    string Name, string ProviderType, string? DisplayName = null, JsonElement? Config = null, JsonElement? Credentials = null)
    : ICreateCommand<ProviderItem>
{
    public override string ToString() => Name;
}

internal sealed class CreateProviderValidator : AbstractValidator<CreateProvider>
{
    public CreateProviderValidator()
    {
        RuleFor(command => command.Name).IsProviderName();
        RuleFor(command => command.ProviderType).NotEmpty();
        RuleFor(command => command.DisplayName).MaximumLength(Provider.MaxNameLength)
            .Must(MemberRules.IsPlain).WithMessage("'display_name' has control characters.");
        RuleFor(command => command.Config).IsObject("config");
        RuleFor(command => command.Credentials).IsObject("credentials");
    }
}

internal sealed class CreateProviderHandler(
    IProviderRepository providers, IProviderForms forms, ICredentialCipher cipher, IUnitOfWork unitOfWork, Operation operation, TimeProvider clock)
    : IRequestHandler<CreateProvider, ProviderItem>
{
    public async Task<ProviderItem> Handle(CreateProvider command, CancellationToken cancellationToken)
    {
        if (await providers.FindAsync(command.Name, cancellationToken) is not null)
            throw ProviderErrors.Exists(command.Name);

        var config = JsonMerge.Apply("{}", command.Config ?? JsonElement.Parse("{}"));
        var form = forms.ReadConfig(command.ProviderType, config);
        ProviderReach.EnsureMayChange(operation.Actor, "{}", config);

        var now = clock.GetStorableNow();
        var provider = Provider.Register(
            new ProviderId(Guid.CreateVersion7(now)), command.Name, command.ProviderType, config, ProviderSource.Operator, now);
        if (command.DisplayName is not null)
            provider.Show(command.DisplayName);
        if (command.Credentials is { } credentials)
            await new CredentialEntry(forms, cipher, providers, operation).EnterAsync(provider, credentials, form.Origin, cancellationToken);

        providers.Add(provider);
        await unitOfWork.SaveChangesAsync(cancellationToken);
        return ProviderItem.From(provider);
    }
}

internal static class ProviderRules
{
    public static IRuleBuilderOptions<T, string> IsProviderName<T>(this IRuleBuilder<T, string> name) => name.NotEmpty().MaximumLength(Provider.MaxNameLength)
        .Must(MemberRules.IsPlain).WithMessage("'name' has control characters.");
}
