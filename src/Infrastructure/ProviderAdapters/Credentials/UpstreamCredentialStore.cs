using System.Collections.Concurrent;
using Amazon.Runtime.Credentials;
using Microsoft.Extensions.Logging;

namespace CleanGateway.Infrastructure.ProviderAdapters.Credentials;

/// <summary>
/// The credentials of all providers. One that borrows tokens lives on when the configuration changes around it, so that
/// its token is not thrown away with every snapshot; with other secrets or options it is another one.
/// </summary>
internal sealed class UpstreamCredentialStore(UpstreamConnections connections, TimeProvider clock, ILogger<UpstreamCredentialStore> logger)
    : IDisposable
{
    /// <summary>Microsoft Entra ID of the public cloud.</summary>
    private static readonly Uri PublicAuthority = new("https://login.microsoftonline.com/");

    // What the machine is to AWS does not depend on the provider.
    private readonly DefaultAWSCredentialsIdentityResolver aws = new();
    private readonly ConcurrentDictionary<Key, ICredential> borrowers = new();

    /// <summary>The accounts there are now: the tokens of others are forgotten.</summary>
    public void Keep(IEnumerable<UpstreamAccount> accounts)
    {
        var wanted = accounts.Select(KeyOf).ToHashSet();
        foreach (var gone in borrowers.Keys.Where(key => !wanted.Contains(key)))
            borrowers.TryRemove(gone, out _);
    }

    /// <param name="withKey">How a plain key is told to this kind of provider.</param>
    public ICredential For(UpstreamAccount account, Func<UpstreamCredentials, ICredential> withKey) =>
        account.Credentials.Identity is { } identity
            ? borrowers.GetOrAdd(KeyOf(account), _ => Create(account, identity))
            : withKey(account.Credentials);

    public void Dispose() => aws.Dispose();

    private ICredential Create(UpstreamAccount account, UpstreamIdentity identity) => identity switch
    {
        UpstreamIdentity.AwsKeys keys => Signer(new GivenAwsKeys(keys), account),
        UpstreamIdentity.AwsDefault => Signer(new DefaultAwsKeys(aws), account),
        UpstreamIdentity.GoogleServiceAccount google =>
            Borrower(new GoogleServiceAccountTokens(google, connections.CreateHandler(account), clock), account),
        UpstreamIdentity.GoogleDefault => Borrower(new GoogleDefaultTokens(), account),
        _ => Borrower(
            new EntraTokenSource(
                identity, account.Options.EntraScope, account.Options.AuthorityHost ?? PublicAuthority, connections.CreateHandler(account)),
            account),
    };

    private SigV4Credential Signer(IAwsKeySource keys, UpstreamAccount account) =>
        new(keys, account.Options.Region ?? throw new InvalidOperationException("Requests cannot be signed without a region."), clock);

    private AccessTokenCredential Borrower(IAccessTokenSource source, UpstreamAccount account) =>
        new(new AccessTokenCache(source, account.Name, clock, logger), account.Options.UserProject);

    private static Key KeyOf(UpstreamAccount account) =>
        new(account.Id.Value, account.Credentials, account.Options, string.Join(',', account.AllowedNetworks));

    private sealed record Key(Guid Provider, UpstreamCredentials Credentials, UpstreamOptions Options, string Networks)
    {
        public override string ToString() => Provider.ToString();
    }
}
