using System.Diagnostics;

namespace CleanGateway.IntegrationTests.Clients;

/// <summary>
/// The one Node.js process of a run. It ends with its standard input, so at the latest with the process of the tests;
/// one that does not answer in time is ended, and the next test gets another.
/// </summary>
internal sealed class NodeWorker
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);
    private static NodeWorker? current;

    private readonly Process process;

    private NodeWorker()
    {
        var start = new ProcessStartInfo("node", ["worker.mjs"])
        {
            WorkingDirectory = Repository.Clients,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        };
        var path = start.Environment["PATH"];
        start.Environment.Clear();
        start.Environment["PATH"] = path;
        process = Process.Start(start)!;
    }

    /// <param name="order">A line of JSON.</param>
    /// <param name="leaveWhen">When it is to be told to leave.</param>
    /// <returns>What it says to that, a line of JSON.</returns>
    public static async Task<string> RunAsync(string order, Task? leaveWhen, CancellationToken stop)
    {
        current ??= new NodeWorker();
        try
        {
            return await current.AskAsync(order, leaveWhen, stop).WaitAsync(Patience, stop);
        }
        catch
        {
            current.process.Kill();
            current = null;
            throw;
        }
    }

    private async Task<string> AskAsync(string order, Task? leaveWhen, CancellationToken stop)
    {
        await process.StandardInput.WriteLineAsync(order.AsMemory(), stop);
        await process.StandardInput.FlushAsync(stop);
        if (leaveWhen is not null)
        {
            await leaveWhen;
            await process.StandardInput.WriteLineAsync("""{"leave":true}""".AsMemory(), stop);
            await process.StandardInput.FlushAsync(stop);
        }

        return await process.StandardOutput.ReadLineAsync(stop)
            ?? throw new InvalidOperationException("Node.js has ended; what it said is on standard error.");
    }
}
