using CleanGateway.Application.Providers;

namespace CleanGateway.Infrastructure.Security;

/// <summary>
/// Credentials belong to the provider's row, type and origin: one that was moved to another row, or had its base URL
/// changed under it, does not open.
/// </summary>
internal sealed class CredentialCipher(EnvelopeCipher cipher) : ICredentialCipher
{
    public bool IsSealed(string credentials) => EnvelopeCipher.IsSealed(credentials);

    public bool IsSealedByAnother(string credentials) => cipher.IsSealedByAnother(credentials);

    public string Seal(string credentials, CredentialBinding binding) => cipher.Seal(credentials, Owner(binding));

    public string Open(string sealedCredentials, CredentialBinding binding) => cipher.Open(sealedCredentials, Owner(binding));

    public string? Rewrap(string sealedCredentials, CredentialBinding binding) => cipher.Rewrap(sealedCredentials, Owner(binding));

    // The id has one length and an origin no line feed, so no two bindings give the same text.
    private static string Owner(CredentialBinding binding) =>
        $"cleangateway provider credentials\n{binding.Provider}\n{binding.ProviderType}\n{binding.Origin}";
}
