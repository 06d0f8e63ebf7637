using System.Diagnostics;
using CleanGateway.Infrastructure.Journal;

namespace CleanGateway.FaultHost;

/// <summary>Strikes when a point is reached for the given time, and only then.</summary>
/// <param name="Throws">An exception nobody expects; else the process is killed as the kernel would.</param>
internal sealed record FaultAtPoint(FaultPoint Point, int Time, bool Throws) : IFaultPoints
{
    private int reached;

    public void Reach(FaultPoint point)
    {
        if (point != Point || Interlocked.Increment(ref reached) != Time)
            return;

        if (Throws)
            throw new InvalidOperationException($"A fault at {point}.");

        using var self = Process.GetCurrentProcess();
        self.Kill();
    }
}
