namespace CleanGateway.Application.Common;

/// <summary>The gateway's orderly end, as the calls under way see it.</summary>
public sealed class Shutdown : IDisposable
{
    private readonly CancellationTokenSource deadline = new();
    private volatile bool begun;

    /// <summary>The gateway has been asked to stop. Calls are still answered, but it should not be sent new ones.</summary>
    public bool HasBegun => begun;

    /// <summary>Cancelled when calls that are still under way must end now.</summary>
    public CancellationToken Deadline => deadline.Token;

    public void Begin() => begun = true;

    /// <summary>Gives calls this much longer.</summary>
    public void EndCallsAfter(TimeSpan time) => deadline.CancelAfter(time);

    public void Dispose() => deadline.Dispose();
}
