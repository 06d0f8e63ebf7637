using CleanGateway.Application.AdminTokens;
using CleanGateway.Infrastructure.Configuration;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Options;

namespace CleanGateway.Api.Common;

/// <summary>Marks endpoints that exist on the admin listener only.</summary>
internal sealed class AdminListenerMetadata;

/// <summary>
/// Knows which port the admin listener has got. Compared with the port a connection really came in on; the Host header
/// says whatever a caller likes.
/// </summary>
internal sealed class AdminListener
{
    /// <summary>Null: there is none.</summary>
    public int? Port { get; set; }

    /// <summary>Whether an endpoint is there for this request.</summary>
    public bool Has(HttpContext http, Endpoint endpoint) =>
        endpoint.Metadata.GetMetadata<AdminListenerMetadata>() is null
        || (Port is not null && http.Features.GetRequiredFeature<IHttpConnectionFeature>().LocalPort == Port);
}

/// <summary>On every other listener, admin endpoints are not there.</summary>
internal sealed class AdminListenerMiddleware(RequestDelegate next, AdminListener admin)
{
    public Task InvokeAsync(HttpContext http)
    {
        if (http.GetEndpoint() is { } endpoint && !admin.Has(http, endpoint))
            http.SetEndpoint(UnknownEndpoint.Public);

        return next(http);
    }
}

/// <summary>
/// Has the server listen for admins, unless no token could let any of them in. That is known only when the database was
/// looked into; the server asks where to listen when it starts, and it starts after this.
/// </summary>
internal sealed class AdminListenerStart(
    IAdminTokenDirectory tokens, GatewaySettings settings, IOptions<KestrelServerOptions> kestrel) : IHostedService
{
    public Task StartAsync(CancellationToken cancellationToken)
    {
        if (tokens.AnyAtStart && settings.AdminHttpPort is { } port && (port != settings.HttpPort || port == 0))
            kestrel.Value.Listen(settings.AdminHttpHost, port, ConnectionLimits.Http1);

        return Task.CompletedTask;
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
