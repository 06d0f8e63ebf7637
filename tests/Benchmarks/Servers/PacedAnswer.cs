using System.Net.Sockets;

namespace CleanGateway.Benchmarks.Servers;

/// <summary>An answer that takes its time.</summary>
internal sealed class PacedAnswer(Socket socket, UpstreamWish wish)
{
    private int sent;

    /// <summary>When the next part is due, from when it came.</summary>
    public long FirstDelay => wish.DelayMs * TimeSpan.TicksPerMillisecond;

    /// <summary>Completes when all of it has been sent. What waits for it goes on on the pacer's thread.</summary>
    public TaskCompletionSource Done { get; } = new();

    /// <summary>Sends the next part.</summary>
    /// <returns>In how many ticks the one after it is due; null: that was the last.</returns>
    public long? Step()
    {
        if (wish.Chunks == 0)
        {
            socket.Send(UpstreamAnswers.Whole);
            return null;
        }

        if (sent == 0)
            socket.Send([UpstreamAnswers.StreamHead, UpstreamAnswers.First]);
        else if (sent < wish.Chunks)
            socket.Send(UpstreamAnswers.Next);
        else
            socket.Send(wish.Usage ? UpstreamAnswers.EndWithUsage : UpstreamAnswers.End);

        return sent++ < wish.Chunks ? wish.IntervalMs * TimeSpan.TicksPerMillisecond : null;
    }
}
