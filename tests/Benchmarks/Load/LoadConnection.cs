using System.Net;
using System.Net.Sockets;

namespace CleanGateway.Benchmarks.Load;

/// <summary>
/// One connection of the load generator, one call at a time. It is opened again when the server has closed it. Everything behind
/// <see cref="Begin"/> happens on the sockets' own thread.
/// </summary>
/// <param name="ended">Told of the end of each call; it may begin the next one.</param>
internal sealed class LoadConnection(LoadPlan plan, byte[] request, Func<long> now, Action<LoadConnection> ended) : IDisposable
{
    private const int Ok = 200;

    private readonly HttpMessageReader answer = new();
    private readonly byte[] buffer = new byte[16 * 1024];
    private Socket? socket;
    private volatile bool disposed;

    /// <summary>Whether a call is under way.</summary>
    public bool IsBusy { get; private set; }

    /// <summary>When the call was due; in ticks of 100 ns, as the next two.</summary>
    public long Due { get; private set; }

    /// <summary>When the first byte of its answer's body came; 0: none did.</summary>
    public long FirstByte { get; private set; }

    public long Ended { get; private set; }

    public int Events => answer.Events;

    /// <summary>What went wrong with the call that has ended; null: nothing.</summary>
    public string? Failure { get; private set; }

    /// <summary>For whoever counts them.</summary>
    public int Calls { get; set; }

    public void Begin(long due)
    {
        (IsBusy, Due, FirstByte, Failure) = (true, due, 0, null);
        answer.Reset();
        try
        {
            if (socket is null)
                Open();
            var sent = socket!.SendAsync(request.AsMemory(), SocketFlags.None);
            if (!sent.IsCompletedSuccessfully)
                _ = FinishSendingAsync(socket, sent);
        }
        catch (SocketException failure)
        {
            End(failure.SocketErrorCode.ToString());
        }
    }

    public void Dispose()
    {
        disposed = true;
        Close();
    }

    private void Open()
    {
        socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        socket.Connect(IPAddress.Loopback, plan.Port);
        _ = ReadAsync(socket);
    }

    private static async Task FinishSendingAsync(Socket used, ValueTask<int> sent)
    {
        try
        {
            await sent;
        }
        catch (Exception failure) when (failure is SocketException or ObjectDisposedException)
        {
            used.Dispose();   // the reader finds out, and tells
        }
    }

    private async Task ReadAsync(Socket used)
    {
        while (true)
        {
            var (count, failure) = await ReceiveAsync(used);
            if (disposed || used != socket)
                return;

            if (count == 0)
            {
                answer.EndOfConnection();
                Close();
                if (IsBusy)
                    End(answer.IsComplete ? WhatIsWrong() : failure);
                return;
            }

            if (!TryTake(buffer.AsSpan(0, count)))
                return;
        }
    }

    private bool TryTake(ReadOnlySpan<byte> bytes)
    {
        string? failure = null;
        try
        {
            if (!IsBusy || answer.Read(bytes) < bytes.Length)
                failure = "more than was asked for";
            else if (answer.IsComplete && answer.Status == 0)
                failure = "not HTTP";   // it reads like a request
        }
        catch (Exception malformed) when (malformed is InvalidDataException or FormatException)
        {
            failure = "not HTTP";
        }

        if (FirstByte == 0 && answer.BodyBytes > 0)
            FirstByte = now();
        if (failure is null && !answer.IsComplete)
            return true;

        var goesOn = failure is null && !answer.Closes;
        if (!goesOn)
            Close();
        if (IsBusy)
            End(failure ?? WhatIsWrong());
        return goesOn;
    }

    private async ValueTask<(int Count, string Failure)> ReceiveAsync(Socket used)
    {
        try
        {
            return (await used.ReceiveAsync(buffer), answer.HasBegun ? "cut off" : "closed without an answer");
        }
        catch (SocketException failure)
        {
            return (0, failure.SocketErrorCode.ToString());
        }
        catch (ObjectDisposedException)
        {
            return (0, "closed");
        }
    }

    private string? WhatIsWrong() =>
        answer.Status != Ok ? $"status {answer.Status}"
        : answer.Events < plan.Events ? "fewer events than there were"
        : null;

    private void End(string? failure)
    {
        (IsBusy, Failure, Ended) = (false, failure, now());
        ended(this);
    }

    private void Close()
    {
        socket?.Dispose();
        socket = null;
    }
}
