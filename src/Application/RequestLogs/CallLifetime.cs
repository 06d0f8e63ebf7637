using CleanGateway.Application.Common;

namespace CleanGateway.Application.RequestLogs;

/// <summary>How long a call may take: until its caller leaves, or the gateway must stop.</summary>
internal sealed class CallLifetime : IDisposable
{
    private readonly CancellationToken caller;
    private readonly CancellationTokenSource both;

    public CallLifetime(Shutdown shutdown, CancellationToken caller)
    {
        this.caller = caller;
        both = CancellationTokenSource.CreateLinkedTokenSource(caller, shutdown.Deadline);
    }

    public CancellationToken Token => both.Token;

    /// <summary>It was the gateway, not the caller, that ended the call.</summary>
    public bool WasCutShort => both.IsCancellationRequested && !caller.IsCancellationRequested;

    public void Dispose() => both.Dispose();
}
