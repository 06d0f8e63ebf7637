namespace CleanGateway.Domain.RequestLogs;

/// <summary>How an exchange ended. Written to the database in snake case.</summary>
public enum ExchangeOutcome
{
    /// <summary>The caller got a whole answer.</summary>
    Ok,

    /// <summary>The gateway refused the call; nothing went upstream.</summary>
    Rejected,

    /// <summary>The provider refused, failed, or broke off.</summary>
    UpstreamError,

    /// <summary>The caller left before the end.</summary>
    ClientClosed,

    /// <summary>The gateway itself failed after the call had gone upstream.</summary>
    GatewayError,

    /// <summary>The gateway died in the middle of the call; written when it, or another on its folder, came back.</summary>
    GatewayCrash,

    /// <summary>The gateway was stopped before the answer had ended.</summary>
    Shutdown,
}
