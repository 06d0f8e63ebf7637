using System.Net;
using System.Net.Sockets;
using CleanGateway.Benchmarks.Load;

namespace CleanGateway.Benchmarks.Servers;

/// <summary>
/// A provider that costs next to nothing: it reads a chat and sends bytes it has ready. What it is to do stands in the chat's
/// <c>user</c> (<see cref="UpstreamWish"/>), which everything in between passes on.
/// </summary>
internal sealed class UpstreamRole : IDisposable
{
    private readonly Socket listener = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
    private readonly Pacer pacer = new(TimeProvider.System);

    /// <summary>Prints its port and serves until its input ends.</summary>
    public static async Task<int> RunAsync(CancellationToken cancellationToken)
    {
        using var upstream = new UpstreamRole();
        upstream.listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        upstream.listener.Listen(2048);
        var serving = upstream.AcceptAsync();
        await Console.Out.WriteLineAsync(FormattableString.Invariant($"{((IPEndPoint)upstream.listener.LocalEndPoint!).Port}"));
        await Console.In.ReadToEndAsync(cancellationToken);
        upstream.listener.Close();
        await serving;
        return 0;
    }

    public void Dispose()
    {
        pacer.Dispose();
        listener.Dispose();
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
                _ = ServeAsync(await listener.AcceptAsync());
        }
        catch (Exception closed) when (closed is SocketException or ObjectDisposedException)
        {
            // The input has ended.
        }
    }

    private async Task ServeAsync(Socket socket)
    {
        using var _ = socket;
        socket.NoDelay = true;
        var reader = new HttpMessageReader();
        var (buffer, filled) = (new byte[16 * 1024], 0);
        try
        {
            while (true)
            {
                if (filled == buffer.Length)
                    Array.Resize(ref buffer, 2 * filled);
                var count = await socket.ReceiveAsync(buffer.AsMemory(filled));
                if (count == 0)
                    return;

                reader.Read(buffer.AsSpan(filled, count));
                filled += count;
                if (!reader.IsComplete)
                    continue;

                var wish = UpstreamWish.In(buffer.AsSpan(0, filled));
                if (wish.IsImmediate)
                    socket.Send(UpstreamAnswers.Whole);
                else
                    await pacer.RunAsync(new PacedAnswer(socket, wish));

                filled = 0;
                reader.Reset();
            }
        }
        catch (Exception left) when (left is SocketException or InvalidDataException)
        {
            // The proxy hung up, or spoke something else: the load generator misses the answer and counts it.
        }
    }
}
