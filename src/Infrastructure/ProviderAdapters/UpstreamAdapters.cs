using CleanGateway.Infrastructure.Configuration;
using CleanGateway.Infrastructure.ProviderAdapters.Credentials;
using CleanGateway.Infrastructure.ProviderAdapters.Dialects;
using Microsoft.Extensions.Logging;

namespace CleanGateway.Infrastructure.ProviderAdapters;

/// <summary>Puts together what a provider is asked by: its language, its credential, and connections under its own rules.</summary>
internal sealed class UpstreamAdapters(
    UpstreamConnections connections, DialectServices dialects, UpstreamCredentialStore credentials, GatewaySettings settings, TimeProvider clock,
    ILoggerFactory loggers)
{
    /// <summary>For callers' requests, with the time that the settings give them.</summary>
    public HttpProvider For(ProviderKind kind, UpstreamAccount account) => Create(
        kind, account, connections.PoolFor(account), new UpstreamTimeouts(settings.ProviderRequestTimeout, settings.ProviderIdleTimeout));

    /// <summary>The same, over connections that somebody looks at, and with another patience.</summary>
    public HttpProvider Create(ProviderKind kind, UpstreamAccount account, HttpMessageInvoker observed, UpstreamTimeouts timeouts) => new(
        account, kind.Dialect(account, dialects), credentials.For(account, kind.Credential), kind.Framing, observed, timeouts, clock,
        loggers.CreateLogger<HttpProvider>())
    {
        TelemetryName = kind.TelemetryName,
    };
}
