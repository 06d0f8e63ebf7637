using System.Net;
using CleanGateway.Infrastructure.Security;

namespace CleanGateway.Infrastructure.Snapshots;

/// <summary>
/// What <c>OPENAI_BASE_URL</c> opens by being set: whoever sets it means that very server, wherever it is. The
/// addresses where clouds answer metadata requests stay closed.
/// </summary>
internal static class EnvironmentNetworks
{
    private static readonly IPNetwork[] Anywhere =
    [
        .. new[] { "0.0.0.0/0", "::/0", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "::1/128", "fc00::/7" }
            .Select(IPNetwork.Parse),
    ];

    public static IReadOnlyList<IPNetwork> For(Uri baseUrl)
    {
        if (!IPAddress.TryParse(baseUrl.Host.Trim('[', ']'), out var address))
            return Anywhere;

        return DestinationGuard.Allows(address, encrypted: false, Anywhere) ? [new IPNetwork(address, address.GetAddressBytes().Length * 8)] : [];
    }
}
