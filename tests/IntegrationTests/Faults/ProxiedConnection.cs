using System.Net.Sockets;

namespace CleanGateway.IntegrationTests.Faults;

/// <summary>One connection through a <see cref="FaultProxy"/>.</summary>
internal sealed class ProxiedConnection(FaultProxy proxy, Socket caller, Socket server)
{
    private readonly CommitWatcher commits = new();
    private long answered;

    /// <summary>Completes when either side has gone.</summary>
    public async Task RunAsync(CancellationToken cancellationToken) =>
        await await Task.WhenAny(AskAsync(cancellationToken), AnswerAsync(cancellationToken));

    public void End(bool reset)
    {
        foreach (var socket in (Socket[])[caller, server])
        {
            if (reset && socket.Connected)
                try
            {
                socket.LingerState = new LingerOption(enable: true, seconds: 0);
            }
            catch (Exception gone) when (gone is ObjectDisposedException or SocketException)
            {
                // The other end was faster.
            }

            socket.Close();
        }
    }

    private async Task AskAsync(CancellationToken cancellationToken)
    {
        var buffer = new byte[64 * 1024];
        while (await caller.ReceiveAsync(buffer, cancellationToken) is var count and > 0)
        {
            await proxy.PassAsync(count);
            commits.Asked(buffer.AsSpan(0, count));
            await SendAsync(server, buffer.AsMemory(0, count), cancellationToken);
        }
    }

    private async Task AnswerAsync(CancellationToken cancellationToken)
    {
        var buffer = new byte[64 * 1024];
        while (await server.ReceiveAsync(buffer, cancellationToken) is var count and > 0)
        {
            await proxy.PassAsync(count);
            if (commits.EndsCommit(buffer.AsSpan(0, count)) && proxy.TakeCommit())
            {
                End(reset: true);
                return;
            }

            var allowed = proxy.CutsAfter is { } most ? (int)Math.Clamp(most - answered, 0, count) : count;
            await SendAsync(caller, buffer.AsMemory(0, allowed), cancellationToken);
            answered += allowed;
            if (allowed < count)
                return;
        }
    }

    private static async Task SendAsync(Socket to, ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken)
    {
        while (bytes.Length > 0)
            bytes = bytes[await to.SendAsync(bytes, cancellationToken)..];
    }
}

/// <summary>
/// Sees in PostgreSQL's protocol when a batch of the journal has been committed: its Sync makes it a transaction, and
/// the server says ReadyForQuery when that is done (PostgreSQL documentation, 55.2.3 and 55.7).
/// </summary>
internal sealed class CommitWatcher
{
    private readonly Lock gate = new();
    private byte[] tail = [];
    private bool writes;
    private bool waits;

    private static ReadOnlySpan<byte> Statement => "INSERT INTO requests"u8;
    private static ReadOnlySpan<byte> Sync => [(byte)'S', 0, 0, 0, 4];
    private static ReadOnlySpan<byte> Ready => [(byte)'Z', 0, 0, 0, 5, (byte)'I'];

    public void Asked(ReadOnlySpan<byte> bytes)
    {
        lock (gate)
        {
            // What is looked for may be spread over two pieces.
            byte[] seen = [.. tail, .. bytes];
            tail = seen[Math.Max(0, seen.Length - Statement.Length)..];
            writes |= seen.AsSpan().IndexOf(Statement) >= 0;
            if (!writes || !seen.AsSpan().EndsWith(Sync))
                return;

            (writes, waits, tail) = (false, true, []);
        }
    }

    public bool EndsCommit(ReadOnlySpan<byte> answer)
    {
        lock (gate)
        {
            var ends = waits && answer.EndsWith(Ready);
            waits &= !ends;
            return ends;
        }
    }
}
