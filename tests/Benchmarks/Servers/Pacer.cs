using System.Net.Sockets;
using CleanGateway.Benchmarks.Load;

namespace CleanGateway.Benchmarks.Servers;

/// <summary>One thread that sends what is due of any number of answers; a timer for each would cost more than the sending.</summary>
internal sealed class Pacer : IDisposable
{
    private const long LongestSleep = TimeSpan.TicksPerMillisecond / 2;

    private readonly TimeProvider clock;
    private readonly long origin;
    private readonly Lock gate = new();
    private readonly SemaphoreSlim some = new(0);
    private readonly PriorityQueue<PacedAnswer, long> waiting = new();
    private volatile bool disposed;

    public Pacer(TimeProvider clock)
    {
        (this.clock, origin) = (clock, clock.GetTimestamp());
        new Thread(Run) { IsBackground = true, Name = "pacer" }.Start();
    }

    private long Now => clock.GetElapsedTime(origin).Ticks;

    public Task RunAsync(PacedAnswer answer)
    {
        if (answer.FirstDelay == 0)
        {
            // Nothing to wait for: the time to the first byte is not to be the pacer's.
            if (answer.Step() is not { } next)
                return Task.CompletedTask;

            Add(answer, Now + next);
        }
        else
        {
            Add(answer, Now + answer.FirstDelay);
        }

        return answer.Done.Task;
    }

    public void Dispose()
    {
        disposed = true;
        some.Release();
    }

    private void Add(PacedAnswer answer, long due)
    {
        lock (gate)
        {
            waiting.Enqueue(answer, due);
            if (waiting.Count > 1)
                return;
        }

        some.Release();
    }

    private void Run()
    {
        while (!disposed)
        {
            if (TryTake(out var answer, out var due))
                Step(answer, due);
            else if (due is { } next)
                PreciseSleep.For(Math.Min(next - Now, LongestSleep));
            else
                some.Wait();
        }
    }

    private bool TryTake([System.Diagnostics.CodeAnalysis.NotNullWhen(true)] out PacedAnswer? answer, out long? due)
    {
        lock (gate)
        {
            due = waiting.TryPeek(out answer, out var next) ? next : null;
            return due <= Now && waiting.TryDequeue(out answer, out _);
        }
    }

    private void Step(PacedAnswer answer, long? due)
    {
        try
        {
            if (answer.Step() is { } next)
                Add(answer, due!.Value + next);   // from when it was due: chunks that are late do not make the stream longer
            else
                answer.Done.SetResult();
        }
        catch (SocketException gone)
        {
            answer.Done.SetException(gone);
        }
    }
}
