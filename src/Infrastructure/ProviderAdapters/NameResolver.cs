using System.Net;

namespace CleanGateway.Infrastructure.ProviderAdapters;

/// <summary>Tells which addresses a provider's host name stands for now.</summary>
internal interface INameResolver
{
    /// <exception cref="System.Net.Sockets.SocketException">There is no such name, or nobody to be asked.</exception>
    Task<IPAddress[]> ResolveAsync(string host, CancellationToken cancellationToken);
}

/// <summary>Asks the machine's own resolver.</summary>
internal sealed class NameResolver : INameResolver
{
    public Task<IPAddress[]> ResolveAsync(string host, CancellationToken cancellationToken) => Dns.GetHostAddressesAsync(host, cancellationToken);
}
