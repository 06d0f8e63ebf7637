using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;

namespace CleanGateway.Benchmarks.Http;

/// <summary>A process of this run. It is asked to stop when it is disposed, and made to if it does not.</summary>
internal sealed class ChildProcess : IAsyncDisposable
{
    private const int KeptLines = 20;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly Process process;
    private readonly ConcurrentQueue<string> complaints = new();
    private readonly bool isConversation;

    private ChildProcess(Process process, bool isConversation) => (this.process, this.isConversation) = (process, isConversation);

    public int Id => process.Id;

    public bool HasEnded => process.HasExited;

    /// <summary>What it has printed last, for an error message.</summary>
    public string LastWords => string.Join(Environment.NewLine, complaints);

    /// <param name="conversation">Whether its standard input and output are for <see cref="AskAsync"/>; else its output is only kept for
    /// complaints.</param>
    public static ChildProcess Start(
        string program, IEnumerable<string> arguments, string folder, IEnumerable<(string Name, string Value)> environment, bool conversation = false)
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            WorkingDirectory = folder,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (var (name, value) in environment)
            start.Environment[name] = value;

        var child = new ChildProcess(new Process { StartInfo = start }, conversation);
        child.process.ErrorDataReceived += (_, line) => child.Keep(line.Data);
        child.process.OutputDataReceived += (_, line) => child.Keep(line.Data);
        child.process.Start();
        child.process.BeginErrorReadLine();
        if (!conversation)
        {
            child.process.StandardInput.Close();
            child.process.BeginOutputReadLine();
        }

        return child;
    }

    /// <summary>The next line of its output.</summary>
    public async Task<string> ReadLineAsync(CancellationToken cancellationToken) =>
        await process.StandardOutput.ReadLineAsync(cancellationToken)
            ?? throw new InvalidOperationException($"{process.StartInfo.FileName} {process.StartInfo.ArgumentList[0]} has ended: {LastWords}");

    /// <summary>Writes a line and reads the one that answers it.</summary>
    public async Task<string> AskAsync(string line, CancellationToken cancellationToken)
    {
        await process.StandardInput.WriteLineAsync(line.AsMemory(), cancellationToken);
        await process.StandardInput.FlushAsync(cancellationToken);
        return await ReadLineAsync(cancellationToken);
    }

    public async ValueTask DisposeAsync()
    {
        if (!process.HasExited)
        {
            await AskToStopAsync();
            using var patience = new CancellationTokenSource(Patience);
            await process.WaitForExitAsync(patience.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (!process.HasExited)
                process.Kill(entireProcessTree: true);
        }

        process.Dispose();
    }

    private async Task AskToStopAsync()
    {
        if (isConversation)
        {
            process.StandardInput.Close();
            return;
        }

        using var kill = Process.Start("kill", ["-TERM", Id.ToString(CultureInfo.InvariantCulture)]);
        await kill.WaitForExitAsync();
    }

    private void Keep(string? line)
    {
        if (line is null)
            return;

        complaints.Enqueue(line);
        while (complaints.Count > KeptLines)
            complaints.TryDequeue(out _);
    }
}
