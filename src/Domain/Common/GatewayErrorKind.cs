namespace CleanGateway.Domain.Common;

/// <summary>The sorts of failure a caller can meet; each is one HTTP status and one OpenAI error type.</summary>
public enum GatewayErrorKind
{
    /// <summary>The request is wrong in itself; sending it again changes nothing.</summary>
    Invalid,
    Unauthenticated,
    OverBudget,
    Forbidden,
    NotFound,
    MethodNotAllowed,
    /// <summary>The request came too slowly to be waited for.</summary>
    RequestTimeout,
    Conflict,

    /// <summary>What was to be changed is not what it was when the caller looked (RFC 9110, 13.1.1).</summary>
    PreconditionFailed,

    /// <summary>The caller has to say what it believes to be changing (RFC 6585, 3).</summary>
    PreconditionRequired,

    /// <summary>Well-formed, and contradicts what the caller has said before.</summary>
    Unprocessable,
    TooLarge,
    UnsupportedMediaType,
    RateLimited,

    /// <summary>The upstream account has no money or quota left. Waiting a moment does not help.</summary>
    QuotaExhausted,

    /// <summary>The caller left before there was an answer; nobody is told.</summary>
    ClientClosed,

    /// <summary>A fault of the gateway itself.</summary>
    Internal,

    /// <summary>The upstream would not accept the gateway's own credential. Never the caller's fault.</summary>
    UpstreamRefused,
    UpstreamFailed,
    UpstreamOverloaded,

    /// <summary>The gateway cannot take calls now, for example because its log cannot be written.</summary>
    Unavailable,

    /// <summary>The gateway is being stopped, and the call's time is up.</summary>
    ShuttingDown,
    UpstreamTimeout,
}
