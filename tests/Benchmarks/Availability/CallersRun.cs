using System.Globalization;
using System.Threading.Channels;
using CleanGateway.Infrastructure.Configuration;

namespace CleanGateway.Benchmarks.Availability;

/// <param name="Rate">Calls a second, whatever comes of them.</param>
/// <param name="Database">Where the books are at the end; null: they are not looked at.</param>
internal sealed record CallersPlan(Uri Gateway, string Key, string Model, int Rate, DatabaseUrl? Database);

/// <summary>
/// Callers who never stop, while somebody else takes things away: each line of the input begins a phase of that name, with an
/// exclamation mark before it one in which no call may fail. Its end prints what callers saw, phase by phase, and holds the answers
/// that they got against the rows of the database.
/// </summary>
internal sealed class CallersRun(CallersPlan plan, TextReader input, TextWriter output)
{
    private static readonly TimeProvider Clock = TimeProvider.System;

    private readonly List<CallPhase> phases = [];

    /// <returns>The exit code: 1 where a call failed that must not, or the books are not right.</returns>
    public async Task<int> RunAsync(CancellationToken cancellationToken)
    {
        using var caller = new Caller(plan);
        var lines = Channel.CreateUnbounded<string>();
        var reading = Task.Run(() => ReadAsync(lines.Writer, cancellationToken), cancellationToken);   // reading the console blocks
        var calls = new List<Task>();
        using var pace = new PeriodicTimer(TimeSpan.FromSeconds(1.0 / plan.Rate));
        while (!reading.IsCompleted || lines.Reader.TryPeek(out _))
        {
            while (lines.Reader.TryRead(out var line))
                phases.Add(new CallPhase(line.TrimStart('!'), line.StartsWith('!')));
            if (phases is [.., var phase])
                calls.Add(CallAsync(caller, phase, calls.Count));
            await pace.WaitForNextTickAsync(cancellationToken);
        }

        await reading;
        await Task.WhenAll(calls);
        Print();
        var books = plan.Database is { } url ? await CallBooks.CompareAsync(url, phases, Clock, cancellationToken) : null;
        if (books is not null)
            await output.WriteLineAsync($"{books}");
        var failed = phases.Where(phase => phase.MayNotFail && phase.Failed > 0).ToList();
        foreach (var phase in failed)
            await output.WriteLineAsync(string.Create(CultureInfo.InvariantCulture, $"{phase.Failed} calls failed in '{phase.Name}', where none may"));
        return failed.Count == 0 && books is not { AreRight: false } ? 0 : 1;
    }

    private async Task ReadAsync(ChannelWriter<string> lines, CancellationToken cancellationToken)
    {
        while (await input.ReadLineAsync(cancellationToken) is { } line)
        {
            if (line.Length > 0)
                lines.TryWrite(line);
        }
    }

    private static async Task CallAsync(Caller caller, CallPhase phase, int number)
    {
        var began = Clock.GetTimestamp();
        var seen = await caller.CallAsync(number);
        phase.Count(caller.NameOf(number), seen, Clock.GetElapsedTime(began));
    }

    private void Print()
    {
        var width = Math.Max(5, phases.Max(phase => phase.Name.Length));
        output.WriteLine($"{"phase".PadRight(width)}  calls     ok  failed  slowest  what callers saw otherwise");
        foreach (var phase in phases)
        {
            output.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"{phase.Name.PadRight(width)}  {phase.Calls,5}  {phase.Answered.Count,5}  {phase.Failed,6}  {phase.Slowest.TotalSeconds,5:0.00} s  {phase.Otherwise}"));
        }
    }
}
