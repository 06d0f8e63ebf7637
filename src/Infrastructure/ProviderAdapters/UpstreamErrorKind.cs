namespace CleanGateway.Infrastructure.ProviderAdapters;

/// <summary>The sorts of failure of a provider, whichever language it says them in.</summary>
internal enum UpstreamErrorKind
{
    InvalidRequest,

    /// <summary>The request is longer than the model's context.</summary>
    ContextLength,

    /// <summary>The provider's filter refused the request.</summary>
    ContentFilter,
    RequestTooLarge,

    /// <summary>The provider does not know the gateway's credential. Never the caller's fault.</summary>
    Authentication,

    /// <summary>The provider knows the gateway and does not let it.</summary>
    Permission,

    /// <summary>The gateway's account has no money or quota left; waiting a moment does not help.</summary>
    Billing,
    ModelNotFound,
    RateLimited,
    Overloaded,

    /// <summary>The provider says that it, or something behind it, took too long.</summary>
    Timeout,

    /// <summary>The provider failed.</summary>
    Failed,
}
