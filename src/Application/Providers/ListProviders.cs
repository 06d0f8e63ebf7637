using CleanGateway.Application.Common;
using CleanGateway.Domain.Providers;
using FluentValidation;

namespace CleanGateway.Application.Providers;

/// <summary>Providers, in order of their names.</summary>
/// <param name="Name">The one of exactly this name only.</param>
public sealed record ListProviders(PageRequest Page, string? Name = null) : IQuery<Page<ProviderItem>>;

/// <inheritdoc cref="Provider"/>
/// <param name="Config">JSON object.</param>
public sealed record ProviderItem(
    Guid Id, string Name, string? DisplayName, string ProviderType, bool Enabled, string Source, RawJson Config, CredentialsItem Credentials,
    DateTimeOffset CreatedAt, string Etag) : ITagged
{
    internal static ProviderItem From(Provider provider) => new(
        provider.Id.Value, provider.Name, provider.DisplayName, provider.ProviderType, provider.Enabled, provider.Source, new RawJson(provider.Config),
        new CredentialsItem(provider.EncryptedCredentials is not null, provider.CredentialsHint), provider.CreatedAt,
        Precondition.TagOf(provider.Version));
}

/// <summary>All that is ever shown of credentials.</summary>
/// <param name="Set">There are some.</param>
/// <param name="Hint">The last four characters of a secret, or where it comes from; null: nothing may be shown.</param>
public sealed record CredentialsItem(bool Set, string? Hint);

internal sealed class ListProvidersValidator : AbstractValidator<ListProviders>
{
    public ListProvidersValidator() => RuleFor(query => query.Page).SetValidator(new PageRequestValidator()).OverridePropertyName("");
}
