using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;

namespace CleanGateway.IntegrationTests.Faults;

/// <summary>
/// A network between the gateway and a server on this machine, that can be slow, silent, broken or gone. What is set
/// counts for connections that are open as well as for new ones.
/// </summary>
internal sealed class FaultProxy : IAsyncDisposable
{
    private readonly TcpListener listener = new(IPAddress.Loopback, 0);
    private readonly ConcurrentDictionary<ProxiedConnection, bool> connections = new();
    private readonly CancellationTokenSource stopping = new();
    private readonly int target;
    private readonly Task accepting;
    private volatile TaskCompletionSource? hole;
    private int commitsToCut;
    private int commitsCut;

    public FaultProxy(int target)
    {
        this.target = target;
        listener.Start();
        accepting = AcceptAsync();
    }

    public int Port => ((IPEndPoint)listener.LocalEndpoint).Port;

    /// <summary>How much later each piece arrives, either way.</summary>
    public TimeSpan Latency { get; set; }

    /// <summary>How fast bytes pass; 0: as fast as they come.</summary>
    public int BytesPerSecond { get; set; }

    /// <summary>New connections are closed at once.</summary>
    public bool Refuses { get; set; }

    /// <summary>Answers end after this many bytes, and the connection with them; null: they do not.</summary>
    public int? CutsAfter { get; set; }

    /// <summary>How many transactions of the journal were committed without anyone being told.</summary>
    public int CommitsCut => Volatile.Read(ref commitsCut);

    /// <summary>Of this many more commits of the journal the answer is not passed on; the connection is reset instead.</summary>
    public void CutCommits(int count) => Interlocked.Add(ref commitsToCut, count);

    /// <summary>Nothing passes any more, and nobody is told: connections stay open, new ones are taken.</summary>
    public void OpenBlackHole() => hole ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);

    public void CloseBlackHole()
    {
        hole?.TrySetResult();
        hole = null;
    }

    /// <summary>Ends what is open, as a server does that stops.</summary>
    public void Cut() => EndAll(reset: false);

    /// <summary>Ends what is open with a TCP reset.</summary>
    public void Reset() => EndAll(reset: true);

    /// <summary>As a good network again.</summary>
    public void Heal()
    {
        (Latency, BytesPerSecond, Refuses, CutsAfter) = (TimeSpan.Zero, 0, false, null);
        Interlocked.Exchange(ref commitsToCut, 0);
        CloseBlackHole();
    }

    public async ValueTask DisposeAsync()
    {
        await stopping.CancelAsync();
        listener.Stop();
        CloseBlackHole();
        Reset();
        await accepting;
        stopping.Dispose();
    }

    /// <summary>Completes when bytes may pass.</summary>
    internal async Task PassAsync(int bytes)
    {
        if (hole is { } deep)
            await deep.Task.WaitAsync(stopping.Token);

        var time = Latency + (BytesPerSecond is var speed and > 0 ? TimeSpan.FromSeconds((double)bytes / speed) : TimeSpan.Zero);
        if (time > TimeSpan.Zero)
            await Task.Delay(time, TimeProvider.System, stopping.Token);
    }

    /// <returns>Whether the answer to this commit is to be withheld.</returns>
    internal bool TakeCommit()
    {
        for (var left = Volatile.Read(ref commitsToCut); left > 0; left = Volatile.Read(ref commitsToCut))
        {
            if (Interlocked.CompareExchange(ref commitsToCut, left - 1, left) != left)
                continue;

            Interlocked.Increment(ref commitsCut);
            return true;
        }

        return false;
    }

    private void EndAll(bool reset)
    {
        foreach (var connection in connections.Keys)
            connection.End(reset);
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
                _ = ServeAsync(await listener.AcceptSocketAsync(stopping.Token));
        }
        catch (Exception end) when (end is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            // The test is over.
        }
    }

    private async Task ServeAsync(Socket caller)
    {
        using var server = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        var connection = new ProxiedConnection(this, caller, server);
        connections.TryAdd(connection, true);
        try
        {
            caller.NoDelay = true;
            if (Refuses)
                return;

            await PassAsync(0);
            await server.ConnectAsync(IPAddress.Loopback, target, stopping.Token);
            await connection.RunAsync(stopping.Token);
        }
        catch (Exception ended) when (ended is SocketException or OperationCanceledException or ObjectDisposedException)
        {
            // One of the two is gone, and so the other goes too.
        }
        finally
        {
            connection.End(reset: false);
            connections.TryRemove(connection, out _);
        }
    }
}
