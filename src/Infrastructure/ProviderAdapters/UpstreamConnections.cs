using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using CleanGateway.Infrastructure.Security;
using Microsoft.Extensions.Logging;

namespace CleanGateway.Infrastructure.ProviderAdapters;

/// <summary>
/// Pools of connections to providers, one for each provider and origin: what one provider's operator has opened, no
/// other provider's calls ride on. A pool lives on when the configuration changes around it.
/// </summary>
internal sealed partial class UpstreamConnections(INameResolver names, ILogger<UpstreamConnections> logger)
{
    private readonly ConcurrentDictionary<(Guid Provider, string Origin, string Networks), HttpMessageInvoker> pools = new();

    /// <summary>The accounts there are now: pools of others are left to run dry.</summary>
    public void Keep(IEnumerable<UpstreamAccount> accounts)
    {
        var wanted = accounts.Select(KeyOf).ToHashSet();
        foreach (var pool in pools.Keys.Where(key => !wanted.Contains(key)))
            pools.TryRemove(pool, out _);   // not disposed: calls under way still use it; its idle connections close by themselves
    }

    public HttpMessageInvoker PoolFor(UpstreamAccount account) =>
        pools.GetOrAdd(KeyOf(account), static (_, state) => state.Self.Create(state.Account), (Self: this, Account: account));

    private static (Guid Provider, string Origin, string Networks) KeyOf(UpstreamAccount account) =>
        (account.Id.Value, account.BaseUrl.GetLeftPart(UriPartial.Authority), string.Join(',', account.AllowedNetworks));

    private HttpMessageInvoker Create(UpstreamAccount account) => new(CreateHandler(account));

    /// <summary>
    /// Connections of their own to wherever a request goes, under the rules of this account: for its calls, and for the
    /// endpoints that its tokens come from.
    /// </summary>
    public SocketsHttpHandler CreateHandler(UpstreamAccount account) => new()
    {
        AllowAutoRedirect = false,
        UseCookies = false,
        UseProxy = false,
        AutomaticDecompression = DecompressionMethods.None,
        ActivityHeadersPropagator = null,
        ConnectTimeout = TimeSpan.FromSeconds(5),
        PooledConnectionIdleTimeout = TimeSpan.FromSeconds(60),
        PooledConnectionLifetime = TimeSpan.FromMinutes(5),   // names may move
        MaxResponseHeadersLength = 64,
        EnableMultipleHttp2Connections = true,
        ConnectCallback = (context, cancellationToken) => ConnectAsync(account, context, cancellationToken),
    };

    private async ValueTask<Stream> ConnectAsync(UpstreamAccount account, SocketsHttpConnectionContext context, CancellationToken cancellationToken)
    {
        var encrypted = context.InitialRequestMessage.RequestUri?.Scheme == Uri.UriSchemeHttps;
        var host = context.DnsEndPoint.Host;
        var addresses = IPAddress.TryParse(host, out var address) ? [address] : await names.ResolveAsync(host, cancellationToken);
        var allowed = addresses.Where(found => DestinationGuard.Allows(found, encrypted, account.AllowedNetworks)).ToArray();
        if (allowed.Length == 0)
        {
            LogRefused(account.Name, host, string.Join(", ", addresses.AsEnumerable()));
            throw new DestinationRefusedException();
        }

        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(allowed, context.DnsEndPoint.Port, cancellationToken);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    [LoggerMessage(LogLevel.Error,
        "Provider {Provider}: {Host} resolves to {Addresses}, where the gateway does not connect. Public addresses need https; "
        + "a private network has to be named in allow_cidrs of the provider's config, or in UPSTREAM_ALLOW_CIDRS")]
    private partial void LogRefused(string provider, string host, string addresses);
}

/// <summary>None of the addresses behind a provider's name may be connected to.</summary>
internal sealed class DestinationRefusedException() : IOException("The destination is not allowed.");
