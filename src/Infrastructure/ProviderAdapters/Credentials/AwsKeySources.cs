using Amazon.Runtime;
using Amazon.Runtime.Identity;

namespace CleanGateway.Infrastructure.ProviderAdapters.Credentials;

/// <summary>Where the keys come from that requests to AWS are signed with.</summary>
internal interface IAwsKeySource
{
    /// <exception cref="UpstreamCredentialException">There are none.</exception>
    ValueTask<UpstreamIdentity.AwsKeys> GetAsync(CancellationToken cancellationToken);

    /// <summary>Keys of this session are not accepted any longer.</summary>
    void Forget(string sessionToken);
}

/// <summary>Keys that the configuration holds; they stay what they are.</summary>
internal sealed class GivenAwsKeys(UpstreamIdentity.AwsKeys keys) : IAwsKeySource
{
    public ValueTask<UpstreamIdentity.AwsKeys> GetAsync(CancellationToken cancellationToken) => ValueTask.FromResult(keys);

    public void Forget(string sessionToken) { }
}

/// <summary>
/// Keys that the AWS SDK finds in its usual places (environment, profile, web identity, container, machine), renews
/// before they expire, and keeps.
/// </summary>
internal sealed class DefaultAwsKeys(IIdentityResolver<AWSCredentials> places) : IAwsKeySource
{
    private volatile Found? last;

    public async ValueTask<UpstreamIdentity.AwsKeys> GetAsync(CancellationToken cancellationToken)
    {
        try
        {
            // Each time anew: it keeps what it has found, and notices when the files that came from have changed.
            var credentials = await places.ResolveIdentityAsync(null, cancellationToken);
            var keys = await credentials.GetCredentialsAsync().WaitAsync(cancellationToken);
            var session = keys.UseToken ? keys.Token : null;
            last = new Found(credentials, session);
            return new UpstreamIdentity.AwsKeys(keys.AccessKey, keys.SecretKey, session);
        }
        catch (Exception missing) when (missing is AmazonClientException or ArgumentException or InvalidOperationException or HttpRequestException)
        {
            throw new UpstreamCredentialException($"the AWS SDK found no keys: {missing.GetType().Name}");
        }
    }

    public void Forget(string sessionToken)
    {
        if (last is { Credentials: RefreshingAWSCredentials lent } found && found.Session == sessionToken)
            lent.ClearCredentials();
    }

    private sealed record Found(AWSCredentials Credentials, string? Session);
}
