using System.Diagnostics;
using System.Text;

namespace CleanGateway.Benchmarks.Load;

/// <summary>Makes the calls of one <see cref="LoadPlan"/> and tells what came of them.</summary>
internal sealed class LoadGenerator : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    private readonly TimeProvider clock;
    private readonly long origin;
    private readonly LoadPlan plan;
    private readonly byte[] request;
    private readonly long end;
    private readonly long start;
    private readonly Schedule? schedule;

    private readonly Lock gate = new();
    private readonly TaskCompletionSource done = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly List<LoadConnection> connections = [];
    private readonly Stack<LoadConnection> idle = new();
    private readonly Queue<long> late = new();
    private readonly List<long> latencies = new(64 * 1024);
    private readonly List<long> firstBytes = new(64 * 1024);
    private readonly Dictionary<string, int> failures = [];
    private int busy;
    private int answeredInTime;
    private long events;
    private long lastAnswer;

    private LoadGenerator(LoadPlan plan, TimeProvider clock)
    {
        (this.plan, this.clock) = (plan, clock);
        origin = clock.GetTimestamp();
        request = RequestOf(plan);
        start = Now;
        end = start + (long)(plan.Seconds * TimeSpan.TicksPerSecond);
        if (plan.Rate is { } rate)
            schedule = new Schedule(start, rate, plan.Seconds);
    }

    private long Now => clock.GetElapsedTime(origin).Ticks;

    public static async Task<LoadResult> RunAsync(LoadPlan plan, TimeProvider clock, CancellationToken cancellationToken)
    {
        using var generator = new LoadGenerator(plan, clock);
        return await generator.RunAsync(cancellationToken);
    }

    public void Dispose()
    {
        foreach (var connection in connections)
            connection.Dispose();
    }

    private async Task<LoadResult> RunAsync(CancellationToken cancellationToken)
    {
        var cpu = OwnCpu();
        if (schedule is null)
            BeginClosed();
        else
            await Task.Factory.StartNew(BeginWhenDue, cancellationToken, TaskCreationOptions.LongRunning, TaskScheduler.Default);

        var left = TimeSpan.FromTicks(Math.Max(0, end - Now)) + Patience;
        await Task.WhenAny(done.Task, Task.Delay(left, clock, cancellationToken));
        cancellationToken.ThrowIfCancellationRequested();
        lock (gate)
            return Result(OwnCpu() - cpu);
    }

    private void BeginClosed()
    {
        lock (gate)
        {
            busy = plan.Connections;
            for (var number = 0; number < plan.Connections; number++)
                connections.Add(NewConnection());
        }

        foreach (var connection in connections)
            connection.Begin(Now);
    }

    private void BeginWhenDue()
    {
        const long LongestSleep = TimeSpan.TicksPerSecond / 4;
        while (schedule!.Next is { } next)
        {
            PreciseSleep.For(Math.Min(next - Now, LongestSleep));
            while (TakeDue(out var due, out var connection))
                connection?.Begin(due);
        }
    }

    /// <param name="connection">Null where none is free: the call waits for one.</param>
    private bool TakeDue(out long due, out LoadConnection? connection)
    {
        connection = null;
        lock (gate)
        {
            if (!schedule!.TryTake(Now, out due))
                return false;

            if (!idle.TryPop(out connection) && connections.Count < plan.Connections)
                connections.Add(connection = NewConnection());
            if (connection is null)
                late.Enqueue(due);
            else
                busy++;
            return true;
        }
    }

    private LoadConnection NewConnection() => new(plan, request, () => Now, OnEnded);

    private void OnEnded(LoadConnection connection)
    {
        long? next;
        lock (gate)
        {
            Count(connection);
            next = schedule is null ? NextOfClosed(connection) : late.TryDequeue(out var due) ? due : null;
            if (next is null)
            {
                busy--;
                idle.Push(connection);
                if (busy == 0 && schedule is not { Next: not null })
                    done.TrySetResult();
            }
        }

        if (next is { } begin)
            connection.Begin(begin);
    }

    private long? NextOfClosed(LoadConnection connection)
    {
        connection.Calls++;
        if (connection.Failure == nameof(System.Net.Sockets.SocketError.ConnectionRefused))
            return null;

        var goesOn = plan.CallsPerConnection is { } calls ? connection.Calls < calls : connection.Ended < end;
        return goesOn ? Now : null;
    }

    private void Count(LoadConnection connection)
    {
        events += connection.Events;
        if (connection.Failure is { } failure)
        {
            failures[failure] = failures.GetValueOrDefault(failure) + 1;
            return;
        }

        latencies.Add(connection.Ended - connection.Due);
        if (connection.FirstByte != 0)
            firstBytes.Add(connection.FirstByte - connection.Due);
        lastAnswer = connection.Ended;
        if (connection.Ended <= end)
            answeredInTime++;
    }

    private LoadResult Result(TimeSpan cpu)
    {
        var answered = latencies.Count;
        var now = Now;
        List<long> unanswered = [.. connections.Where(connection => connection.IsBusy).Select(connection => connection.Due).Concat(late)];
        if (unanswered.Count > 0)
            failures["unanswered"] = unanswered.Count;
        latencies.AddRange(unanswered.Select(due => now - due));

        var isTimed = schedule is null && plan.CallsPerConnection is null;
        var until = TimeSpan.FromTicks(Math.Max(1, lastAnswer - start)).TotalSeconds;
        var perSecond = isTimed ? answeredInTime / plan.Seconds : answered / until;
        return new LoadResult(
            answered, perSecond, failures, Percentiles.Of(latencies), Percentiles.Of(firstBytes), events,
            cpu.TotalMicroseconds / Math.Max(1, answered));
    }

    private static TimeSpan OwnCpu()
    {
        using var process = Process.GetCurrentProcess();
        return process.TotalProcessorTime;
    }

    private static byte[] RequestOf(LoadPlan plan)
    {
        var body = Encoding.UTF8.GetBytes(plan.Body);
        var head = new StringBuilder("POST /v1/chat/completions HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nAccept: */*\r\n")
            .Append(System.Globalization.CultureInfo.InvariantCulture, $"Content-Length: {body.Length}\r\n");
        foreach (var (name, value) in plan.Headers)
            head.Append(name).Append(": ").Append(value).Append("\r\n");
        return [.. Encoding.ASCII.GetBytes(head.Append("\r\n").ToString()), .. body];
    }
}
