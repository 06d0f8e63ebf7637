using System.Net;
using System.Net.Sockets;

namespace CleanGateway.Infrastructure.Security;

/// <summary>
/// Decides which addresses the gateway may connect to on a provider's behalf: public ones by https, anything else only
/// where an operator has named the network. Asked for every address that is really connected to, so neither a name
/// that resolves to something else later nor an odd spelling gets around it.
/// </summary>
internal static class DestinationGuard
{
    // The special-purpose address registries of IANA (RFC 6890 and its successors), multicast, and the addresses where
    // clouds answer metadata requests, which are special even among private ones.
    private static readonly IPNetwork[] SpecialNetworks =
    [
        .. new[]
        {
            "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24", "192.0.2.0/24",
            "192.31.196.0/24", "192.52.193.0/24", "192.88.99.0/24", "192.168.0.0/16", "192.175.48.0/24", "198.18.0.0/15", "198.51.100.0/24",
            "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4", "168.63.129.16/32", "100.100.100.200/32", "fd00:ec2::254/128",
            "::/128", "::1/128", "64:ff9b:1::/48", "100::/64", "100:0:0:1::/64", "2001::/23", "2001:db8::/32", "2620:4f:8000::/48", "3fff::/20",
            "5f00::/16", "fc00::/7", "fe80::/10", "fec0::/10", "ff00::/8",

            // All that is not 2000::/3: IANA gives addresses to the public from nowhere else (RFC 4291, 2.4).
            "::/3", "4000::/2", "8000::/1",
        }.Select(IPNetwork.Parse),
    ];

    private static readonly IPNetwork SixToFour = IPNetwork.Parse("2002::/16");
    private static readonly IPNetwork Nat64 = IPNetwork.Parse("64:ff9b::/96");
    private static readonly IPNetwork Compatible = IPNetwork.Parse("::/96");
    private static readonly IPNetwork Translated = IPNetwork.Parse("::ffff:0:0:0/96");   // RFC 2765, 2.1

    /// <param name="encrypted">The connection will be TLS.</param>
    /// <param name="allowed">
    /// The networks that operators have opened. A special network is open only to one that lies within it:
    /// <c>0.0.0.0/0</c> opens plain http to public addresses, and not the metadata service.
    /// </param>
    public static bool Allows(IPAddress address, bool encrypted, IReadOnlyList<IPNetwork> allowed) =>
        AllowsOne(Unwrap(address), encrypted, allowed)
        && (TunnelledTo(address) is not { } behind || AllowsOne(behind, encrypted, allowed));

    private static bool AllowsOne(IPAddress real, bool encrypted, IReadOnlyList<IPNetwork> allowed)
    {
        var special = SpecialNetworks.Where(network => network.Contains(real)).Select(network => (int?)network.PrefixLength).Max();
        var opened = allowed.Any(network => network.PrefixLength >= (special ?? 0) && network.Contains(real));
        return opened || (encrypted && special is null);
    }

    // Addresses that carry an IPv4 address are as good or bad as that one.
    private static IPAddress Unwrap(IPAddress address)
    {
        if (address.IsIPv4MappedToIPv6)
            return address.MapToIPv4();

        if (address.AddressFamily != AddressFamily.InterNetworkV6)
            return address;

        var bytes = address.GetAddressBytes();
        if (SixToFour.Contains(address))
            return new IPAddress(bytes.AsSpan(2, 4));

        var carriesIPv4 = Nat64.Contains(address) || Translated.Contains(address)
            || (Compatible.Contains(address) && !IPAddress.IsLoopback(address) && !address.Equals(IPAddress.IPv6Any));
        return carriesIPv4 ? new IPAddress(bytes.AsSpan(12, 4)) : address;
    }

    // ISATAP (RFC 5214, 6.1): a site's router sends what is for 0:5efe:a.b.c.d or 200:5efe:a.b.c.d in any network on to a.b.c.d.
    private static IPAddress? TunnelledTo(IPAddress address)
    {
        if (address.AddressFamily != AddressFamily.InterNetworkV6)
            return null;

        ReadOnlySpan<byte> bytes = address.GetAddressBytes();
        return bytes[8..12] is [0 or 2, 0, 0x5e, 0xfe] ? new IPAddress(bytes[12..]) : null;
    }
}
