using System.Text.RegularExpressions;
using Azure.Core;
using Azure.Core.Pipeline;
using Azure.Identity;

namespace CleanGateway.Infrastructure.ProviderAdapters.Credentials;

/// <summary>Access tokens of Microsoft Entra ID, through Azure's library.</summary>
/// <param name="scope">What the token is for.</param>
/// <param name="authority">Where Entra is, for clouds that have one of their own.</param>
/// <param name="handler">
/// How Entra is reached. A managed identity's token does not come from there: the library asks the machine it runs on.
/// </param>
internal sealed partial class EntraTokenSource(UpstreamIdentity identity, string scope, Uri authority, HttpMessageHandler handler)
    : IAccessTokenSource
{
    public async Task<AccessToken> RequestAsync(CancellationToken cancellationToken)
    {
        try
        {
            var token = await CreateCredential().GetTokenAsync(new TokenRequestContext([scope]), cancellationToken);
            return new AccessToken(token.Token, token.ExpiresOn, token.RefreshOn);
        }
        catch (AuthenticationFailedException refused)
        {
            throw new UpstreamCredentialException($"Microsoft Entra ID gave no token: {Why(refused)}");
        }
    }

    // A new one for each token: they keep what they were given, and a token that was refused must not come again.
    private TokenCredential CreateCredential() => identity switch
    {
        UpstreamIdentity.EntraApplication application => new ClientSecretCredential(
            application.TenantId, application.ClientId, application.ClientSecret,
            Reached(new ClientSecretCredentialOptions { DisableInstanceDiscovery = true })),
        UpstreamIdentity.EntraWorkload workload => new WorkloadIdentityCredential(Reached(WorkloadOptions(workload))),
        UpstreamIdentity.EntraManagedIdentity machine => new ManagedIdentityCredential(
            machine.ClientId is { } id ? ManagedIdentityId.FromUserAssignedClientId(id) : ManagedIdentityId.SystemAssigned),
        _ => throw new InvalidOperationException($"{identity.GetType().Name} is not an identity of Entra."),
    };

    private static WorkloadIdentityCredentialOptions WorkloadOptions(UpstreamIdentity.EntraWorkload workload)
    {
        // Set to null, they would hide what the environment says.
        var options = new WorkloadIdentityCredentialOptions { DisableInstanceDiscovery = true };
        if (workload.TenantId is { } tenant)
            options.TenantId = tenant;
        if (workload.ClientId is { } client)
            options.ClientId = client;
        if (workload.TokenFile is { } file)
            options.TokenFilePath = file;

        return options;
    }

    // The authority is one that the configuration knows, so nobody has to be asked whether it is genuine.
    private T Reached<T>(T options) where T : TokenCredentialOptions
    {
        options.AuthorityHost = authority;
        options.Transport = new HttpClientTransport(handler);
        options.Retry.MaxRetries = 1;
        options.Diagnostics.IsLoggingEnabled = false;
        options.Diagnostics.IsTelemetryEnabled = false;
        return options;
    }

    // What Entra writes may quote what it was sent: only its own code is taken from it.
    private static string Why(AuthenticationFailedException refused)
    {
        if (EntraCode().Match(refused.ToString()) is { Success: true } code)
            return code.Value;

        var cause = refused.GetBaseException();
        return refused is CredentialUnavailableException ? $"the identity is not available here ({cause.GetType().Name})" : FailureOf(cause);
    }

    private static string FailureOf(Exception cause) => cause switch
    {
        DestinationRefusedException => "the gateway does not connect to where it is",
        HttpRequestException { HttpRequestError: var error } => error.ToString(),
        _ => cause.GetType().Name,
    };

    [GeneratedRegex("AADSTS[0-9]{3,10}")]
    private static partial Regex EntraCode();
}
