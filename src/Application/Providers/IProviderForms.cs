using CleanGateway.Domain.Common;

namespace CleanGateway.Application.Providers;

/// <summary>What a provider's <c>config</c> and credentials have to be like: the same that is asked of them when they are used.</summary>
public interface IProviderForms
{
    /// <exception cref="GatewayException">It cannot be used; the error names <c>provider_type</c> or <c>config</c>, and says why.</exception>
    ConfigForm ReadConfig(string providerType, string config);

    /// <param name="credentials">JSON object.</param>
    /// <param name="follow">
    /// References have to lead somewhere now. A command does not ask for that: it runs in another environment than the gateway.
    /// </param>
    /// <exception cref="GatewayException">They cannot be used; the error names <c>credentials</c>, says why, and shows nothing of them.</exception>
    CredentialsForm ReadCredentials(string providerType, string credentials, bool follow);
}

/// <param name="Origin">Scheme, host and port of where credentials are sent; empty for a provider without a network.</param>
public sealed record ConfigForm(string Origin);

/// <param name="Hint">What may be shown of them.</param>
/// <param name="AreOfTheMachine">They are the machine's own identity, or come from its variables or files.</param>
public sealed record CredentialsForm(string? Hint, bool AreOfTheMachine);
