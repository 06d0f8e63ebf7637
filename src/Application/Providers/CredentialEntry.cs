using System.Text.Json;
using CleanGateway.Application.Common;
using CleanGateway.Domain.AdminTokens;
using CleanGateway.Domain.Common;
using CleanGateway.Domain.Providers;

namespace CleanGateway.Application.Providers;

/// <summary>Gives a provider credentials: checks them, and seals them before anything is written.</summary>
internal sealed class CredentialEntry(IProviderForms forms, ICredentialCipher cipher, IProviderRepository providers, Operation operation)
{
    /// <param name="origin"><see cref="ConfigForm.Origin"/> of the config that the provider will have.</param>
    /// <exception cref="GatewayException">They cannot be used, or not by whoever enters them.</exception>
    public async Task EnterAsync(Provider provider, JsonElement credentials, string origin, CancellationToken cancellationToken)
    {
        var json = credentials.GetRawText();
        var form = forms.ReadCredentials(provider.ProviderType, json, follow: operation.Actor.Kind != ActorKind.CommandLine);
        if (form.AreOfTheMachine)
            operation.Actor.Need(AdminRole.Owner, "Using the identity of the gateway's machine, or secrets from its environment or files,", "credentials");

        await EnsureSameMasterKeyAsync(providers, cipher, cancellationToken);
        provider.Entrust(cipher.Seal(json, new CredentialBinding(provider.Id, provider.ProviderType, origin)), form.Hint);
    }

    /// <summary>Another gateway on the same database could not read what this one seals, and would have to do without its changes.</summary>
    /// <exception cref="GatewayException">There are credentials that were sealed with another master key.</exception>
    public static async Task EnsureSameMasterKeyAsync(IProviderRepository providers, ICredentialCipher cipher, CancellationToken cancellationToken)
    {
        var stored = await providers.CredentialsAsync(cancellationToken);
        if (stored.Any(cipher.IsSealedByAnother))
        {
            throw new GatewayException(new GatewayError(
                GatewayErrorKind.Conflict,
                "other_master_key",
                "Provider credentials in the database were encrypted with another master key than this gateway's. Give it the same GATEWAY_MASTER_KEY; "
                + "or, if that key is lost, set their encrypted_credentials to NULL and enter them again"));
        }
    }
}

internal static class ProviderErrors
{
    public static GatewayException NotFound(Guid id) => new(GatewayError.NotFound("provider", id.ToString()));

    public static GatewayException Exists(string name) => new(new GatewayError(
        GatewayErrorKind.Conflict, "provider_exists", $"There is a provider '{name}' already.", "name"));

    /// <exception cref="GatewayException">The environment says what the provider is like, and would say it again at the next start.</exception>
    public static void EnsureNotManaged(Provider provider)
    {
        if (provider.Source == ProviderSource.Environment)
        {
            throw new GatewayException(new GatewayError(
                GatewayErrorKind.Conflict, "managed_by_environment",
                $"The provider '{provider.Name}' is made from OPENAI_API_KEY and OPENAI_BASE_URL and follows them at every start: "
                + "it can be enabled and disabled, everything else is changed there."));
        }
    }
}
