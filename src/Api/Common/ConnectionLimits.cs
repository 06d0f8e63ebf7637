using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace CleanGateway.Api.Common;

/// <summary>What one connection, and one request on it, may cost. <c>docs/configuration.md</c> lists them.</summary>
internal sealed record ConnectionLimits
{
    /// <summary>Of each listener: callers cannot keep admins out.</summary>
    public int Connections { get; init; } = 5000;

    /// <summary>Bytes; 414 beyond.</summary>
    public int RequestLine { get; init; } = 8 * 1024;

    /// <summary>Bytes; 431 beyond.</summary>
    public int Headers { get; init; } = 32 * 1024;

    /// <summary>431 beyond.</summary>
    public int HeaderCount { get; init; } = 64;

    /// <summary>From a request's first byte to the end of its headers; 408 beyond.</summary>
    public TimeSpan HeadersDeadline { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Longer than the usual minute of load balancers, so that it is they who close what is idle.</summary>
    public TimeSpan KeepAlive { get; init; } = TimeSpan.FromSeconds(130);

    /// <summary>For all of a body, however steadily it trickles in; 408 beyond.</summary>
    public TimeSpan BodyDeadline { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>Slower than this a body may not come, nor an answer be taken.</summary>
    public MinDataRate SlowestTransfer { get; init; } = new(bytesPerSecond: 240, gracePeriod: TimeSpan.FromSeconds(5));

    /// <summary>Bytes that are read ahead of who needs them, before it is known whose they are.</summary>
    public int ReadAhead { get; init; } = 128 * 1024;

    /// <summary>Bytes of an answer that wait for a caller who reads slowly; then the provider waits, too.</summary>
    public int WriteAhead { get; init; } = 64 * 1024;

    /// <summary>Without TLS there is no negotiation, and HTTP/2 brings no more than its own ways to be attacked.</summary>
    public static void Http1(ListenOptions listen) => listen.Protocols = HttpProtocols.Http1;

    /// <summary>
    /// A lone line feed ends no line: proxies that differ on it have been tricked (RFC 9112, 2.2 only permits it). Kestrel
    /// has no option for it but this switch, which it reads when it starts.
    /// </summary>
    public static void RefuseBareLineFeeds() => AppContext.SetSwitch("Microsoft.AspNetCore.Server.Kestrel.DisableHttp1LineFeedTerminators", true);

    public void ApplyTo(KestrelServerOptions kestrel)
    {
        kestrel.AddServerHeader = false;
        kestrel.AllowSynchronousIO = false;
        kestrel.AllowHostHeaderOverride = false;   // a Host that contradicts the request line is refused

        var limits = kestrel.Limits;
        limits.MaxConcurrentConnections = Connections;
        limits.MaxConcurrentUpgradedConnections = 0;
        limits.MaxRequestLineSize = RequestLine;
        limits.MaxRequestHeadersTotalSize = Headers;
        limits.MaxRequestHeaderCount = HeaderCount;
        limits.RequestHeadersTimeout = HeadersDeadline;
        limits.KeepAliveTimeout = KeepAlive;
        limits.MinRequestBodyDataRate = SlowestTransfer;
        limits.MinResponseDataRate = SlowestTransfer;
        limits.MaxRequestBufferSize = ReadAhead;
        limits.MaxResponseBufferSize = WriteAhead;

        // RequestBody keeps the limit, and answers; Kestrel would cut the connection while the caller still sends.
        limits.MaxRequestBodySize = null;
    }
}
