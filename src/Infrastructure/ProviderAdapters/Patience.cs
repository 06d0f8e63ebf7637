namespace CleanGateway.Infrastructure.ProviderAdapters;

/// <summary>How long an upstream is waited for: until a deadline that can be moved, or until the caller leaves.</summary>
internal sealed class Patience : IDisposable
{
    private readonly CancellationTokenSource source;
    private readonly CancellationTokenRegistration registration;
    private readonly CancellationToken caller;

    public Patience(TimeSpan deadline, TimeProvider clock, CancellationToken caller)
    {
        this.caller = caller;
        source = new CancellationTokenSource(deadline, clock);
        registration = caller.UnsafeRegister(static source => ((CancellationTokenSource)source!).Cancel(), source);
    }

    public CancellationToken Token => source.Token;

    /// <summary>The deadline has passed; not that the caller has left.</summary>
    public bool RanOut => source.IsCancellationRequested && !caller.IsCancellationRequested;

    public void Restart(TimeSpan deadline) => source.CancelAfter(deadline);

    /// <summary>While nobody waits for the upstream, no deadline runs: a caller who reads slowly is not its fault.</summary>
    public void Pause() => source.CancelAfter(Timeout.InfiniteTimeSpan);

    public void Dispose()
    {
        registration.Dispose();
        source.Dispose();
    }
}
