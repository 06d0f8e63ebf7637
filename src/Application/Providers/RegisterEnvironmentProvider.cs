using System.Text.Json;
using CleanGateway.Application.Common;
using CleanGateway.Domain.Common;
using CleanGateway.Domain.Providers;
using MediatR;

namespace CleanGateway.Application.Providers;

/// <summary>
/// Makes the provider row follow <c>OPENAI_API_KEY</c> and <c>OPENAI_BASE_URL</c>, so that one variable is enough to
/// reach a real model. Done at every start that has the variables; without them the row stays as it is.
/// </summary>
/// <param name="ApiKey">Null for servers that want none.</param>
public sealed record RegisterEnvironmentProvider(string? ApiKey, Uri BaseUrl) : ICommand<bool>
{
    public override string ToString() => BaseUrl.ToString();
}

public interface IProviderRepository
{
    void Add(Provider provider);

    void Remove(Provider provider);

    /// <returns>The provider of exactly this name, or null.</returns>
    Task<Provider?> FindAsync(string name, CancellationToken cancellationToken);

    Task<Provider?> FindAsync(ProviderId id, CancellationToken cancellationToken);

    /// <returns>How many aliases lead to it.</returns>
    Task<long> CountAliasesAsync(ProviderId id, CancellationToken cancellationToken);

    /// <summary>The credentials of all providers, as they are stored.</summary>
    Task<IReadOnlyList<string>> CredentialsAsync(CancellationToken cancellationToken);
}

/// <summary>Seals provider credentials, so that they are of no use in another row or for another server.</summary>
public interface ICredentialCipher
{
    string Seal(string credentials, CredentialBinding binding);

    /// <exception cref="GatewayException">Sealed with another key, for another row or origin, or damaged.</exception>
    string Open(string sealedCredentials, CredentialBinding binding);

    /// <summary>The same under the active master key, for which nothing but the wrapped data key has to change.</summary>
    /// <returns>Null: it is under that key already, or this gateway does not hold that key.</returns>
    /// <inheritdoc cref="Open"/>
    string? Rewrap(string sealedCredentials, CredentialBinding binding);

    bool IsSealed(string credentials);

    /// <summary>Sealed, but with a master key that this gateway does not hold.</summary>
    bool IsSealedByAnother(string credentials);
}

/// <summary>What a sealed credential belongs to. Change any of it, and the credential has to be entered again.</summary>
/// <param name="Origin">Scheme, host and port of the base URL.</param>
public sealed record CredentialBinding(ProviderId Provider, string ProviderType, string Origin);

internal sealed class RegisterEnvironmentProviderHandler(
    IProviderRepository providers, ICredentialCipher cipher, IUnitOfWork unitOfWork, Operation operation, TimeProvider clock)
    : IRequestHandler<RegisterEnvironmentProvider, bool>
{
    internal const string Name = "openai-environment";
    private const string Type = "openai";

    public async Task<bool> Handle(RegisterEnvironmentProvider command, CancellationToken cancellationToken)
    {
        operation.Actor = Actor.Gateway;
        var now = clock.GetUtcNow();
        var config = JsonSerializer.Serialize(new Dictionary<string, string> { ["base_url"] = command.BaseUrl.ToString() });
        var credentials = JsonSerializer.Serialize(new Dictionary<string, string?> { ["api_key"] = command.ApiKey });

        var provider = await providers.FindAsync(Name, cancellationToken);
        if (provider is null)
        {
            provider = Provider.Register(new ProviderId(Guid.CreateVersion7(now)), Name, Type, config, ProviderSource.Environment, now);
            providers.Add(provider);
        }

        var binding = new CredentialBinding(provider.Id, Type, command.BaseUrl.GetLeftPart(UriPartial.Authority));
        var hint = command.ApiKey is { } key ? Secret.Hint(key) : null;
        if (SaysBaseUrl(provider.Config, command.BaseUrl) && provider.CredentialsHint == hint && HasCredentials(provider, credentials, binding))
            return false;

        await CredentialEntry.EnsureSameMasterKeyAsync(providers, cipher, cancellationToken);
        provider.Configure(config);
        provider.Entrust(cipher.Seal(credentials, binding), hint);
        await unitOfWork.SaveChangesAsync(cancellationToken);
        return true;
    }

    private static bool SaysBaseUrl(string config, Uri baseUrl)
    {
        using var document = JsonDocument.Parse(config);
        return document.RootElement.TryGetProperty("base_url", out var known) && known.ValueEquals(baseUrl.ToString());
    }

    private bool HasCredentials(Provider provider, string credentials, CredentialBinding binding)
    {
        try
        {
            return provider.EncryptedCredentials is { } known && cipher.IsSealed(known) && cipher.Open(known, binding) == credentials;
        }
        catch (GatewayException)
        {
            return false;   // sealed for another base URL: the environment replaces it
        }
    }
}
