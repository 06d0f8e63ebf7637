using System.Net;
using System.Net.Sockets;
using CleanGateway.Infrastructure.Configuration;
using Microsoft.AspNetCore.HttpOverrides;

namespace CleanGateway.Api.Common;

/// <summary>Where a caller is: the other end of the connection, or what proxies say that the operator trusts.</summary>
internal static class CallerAddress
{
    private const int NetworkBits = 64;

    /// <summary>Without an operator's word, no header is believed.</summary>
    public static void UseTrustedProxies(this IApplicationBuilder app, GatewaySettings settings)
    {
        if (settings.TrustedProxies.Count == 0)
            return;

        var options = new ForwardedHeadersOptions { ForwardedHeaders = ForwardedHeaders.XForwardedFor, ForwardLimit = null };
        options.KnownProxies.Clear();
        options.KnownIPNetworks.Clear();
        foreach (var network in settings.TrustedProxies)
            options.KnownIPNetworks.Add(network);

        app.UseForwardedHeaders(options);
    }

    /// <returns>Null only without a connection.</returns>
    public static IPAddress? Of(HttpContext http) =>
        http.Connection.RemoteIpAddress is { IsIPv4MappedToIPv6: true } mapped ? mapped.MapToIPv4() : http.Connection.RemoteIpAddress;

    /// <summary>All addresses that are one caller's for sure: of IPv6, whoever has one has its whole /64 (RFC 6177).</summary>
    public static IPAddress? NetworkOf(HttpContext http)
    {
        if (Of(http) is not { AddressFamily: AddressFamily.InterNetworkV6 } address)
            return Of(http);

        var bytes = address.GetAddressBytes();
        Array.Clear(bytes, NetworkBits / 8, bytes.Length - (NetworkBits / 8));
        return new IPAddress(bytes);
    }
}
