namespace CleanGateway.Infrastructure.ProviderAdapters.Credentials;

/// <summary>How a provider is told who calls.</summary>
internal interface ICredential
{
    /// <param name="request">With its final address and content type: schemes that sign, sign them.</param>
    /// <param name="body">The final bytes, for schemes that sign them.</param>
    /// <exception cref="UpstreamCredentialException">There is no token or key to tell it with.</exception>
    ValueTask ApplyAsync(HttpRequestMessage request, ReadOnlyMemory<byte> body, CancellationToken cancellationToken);
}

/// <summary>A credential that is lent for a while, and can be asked for again before that is over.</summary>
internal interface IRefreshableCredential : ICredential
{
    /// <summary>
    /// The upstream has refused this request as unauthenticated: what was applied to it is not applied again. Something
    /// newer, which another call may have got meanwhile, stays.
    /// </summary>
    void Forget(HttpRequestMessage refused);
}

/// <summary>
/// What the provider wants to be told could not be had: a token endpoint refused or is out of reach. The message is
/// for the operator's log and holds no secret; what the token endpoint wrote is not attached.
/// </summary>
internal sealed class UpstreamCredentialException(string message) : IOException(message);
