namespace CleanGateway.Infrastructure.ProviderAdapters.Credentials;

/// <summary>What the gateway is to a provider that does not take a plain key. Compared by value, never printed.</summary>
internal abstract record UpstreamIdentity
{
    private UpstreamIdentity() { }

    /// <summary>An application in Microsoft Entra ID, with a secret.</summary>
    public sealed record EntraApplication(string TenantId, string ClientId, string ClientSecret) : UpstreamIdentity;

    /// <summary>The identity Azure has given to the machine.</summary>
    /// <param name="ClientId">Null for the machine's own, the id of a user-assigned one.</param>
    public sealed record EntraManagedIdentity(string? ClientId) : UpstreamIdentity;

    /// <summary>
    /// A Kubernetes service account that Entra trusts. What is null is in <c>AZURE_TENANT_ID</c>, <c>AZURE_CLIENT_ID</c>
    /// and <c>AZURE_FEDERATED_TOKEN_FILE</c>, where the cluster puts it.
    /// </summary>
    public sealed record EntraWorkload(string? TenantId, string? ClientId, string? TokenFile = null) : UpstreamIdentity;

    /// <summary>A service account of Google, as in its key file.</summary>
    /// <param name="PrivateKey">RSA, PKCS #8 in PEM.</param>
    public sealed record GoogleServiceAccount(string ClientEmail, string PrivateKey, string? PrivateKeyId, Uri TokenUri) : UpstreamIdentity;

    /// <summary>Google's application default credentials.</summary>
    public sealed record GoogleDefault : UpstreamIdentity;

    /// <param name="SessionToken">For temporary keys.</param>
    public sealed record AwsKeys(string AccessKeyId, string SecretAccessKey, string? SessionToken) : UpstreamIdentity;

    /// <summary>What the AWS SDK finds in its usual places.</summary>
    public sealed record AwsDefault : UpstreamIdentity;

    public sealed override string ToString() => "***";
}
