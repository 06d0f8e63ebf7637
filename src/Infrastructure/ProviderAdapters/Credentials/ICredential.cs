namespace CleanGateway.Infrastructure.ProviderAdapters.Credentials;

/// <summary>How a provider is told who calls.</summary>
internal interface ICredential
{
    /// <param name="body">The final bytes, for schemes that sign them.</param>
    ValueTask ApplyAsync(HttpRequestMessage request, ReadOnlyMemory<byte> body, CancellationToken cancellationToken);
}
