using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Text.RegularExpressions;

namespace CleanGateway.IntegrationTests.Fixtures;

/// <summary>
/// The gateway as users have it: the program itself, in a process of its own, with nothing of this machine's
/// environment but what is needed to run it.
/// </summary>
internal sealed partial class GatewayProcess : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    /// <summary>The program: the release's where the environment names one, which starts with half the work.</summary>
    public static string Program { get; } =
        Environment.GetEnvironmentVariable("CLEANGATEWAY_PROGRAM") ?? Path.Combine(AppContext.BaseDirectory, "cleangateway");

    /// <summary>What it needs of the environment to find .NET.</summary>
    public static (string Name, string Value) DotNetRoot { get; } =
        ("DOTNET_ROOT", Path.GetFullPath(Path.Combine(RuntimeEnvironment.GetRuntimeDirectory(), "../../..")));

    private readonly Process process;
    private readonly ConcurrentQueue<string> output = new();
    private readonly ConcurrentQueue<string> errors = new();
    private readonly TaskCompletionSource<int> listening = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private bool disposed;

    private GatewayProcess(Process process) => this.process = process;

    public int Id => process.Id;

    /// <summary>Standard output so far, a line each.</summary>
    public IReadOnlyList<string> Output => [.. output];

    /// <summary>Standard error so far, a line each.</summary>
    public IReadOnlyList<string> Errors => [.. errors];

    /// <param name="folder">The working folder; where a .env file would be.</param>
    /// <param name="arguments">The command line; none runs the gateway.</param>
    public static GatewayProcess Start(string folder, IEnumerable<string> arguments, params (string Name, string Value)[] environment) =>
        StartProgram(Program, folder, arguments, environment);

    /// <summary>The gateway inside another program.</summary>
    public static GatewayProcess StartProgram(string program, string folder, IEnumerable<string> arguments, params (string Name, string Value)[] environment)
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            WorkingDirectory = folder,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        var path = start.Environment["PATH"];
        start.Environment.Clear();
        start.Environment["PATH"] = path;
        start.Environment["HOME"] = folder;
        start.Environment["GATEWAY_HTTP_PORT"] = "0";
        foreach (var (name, value) in environment.Prepend(DotNetRoot))
            start.Environment[name] = value;

        var gateway = new GatewayProcess(new Process { StartInfo = start });
        gateway.process.OutputDataReceived += (_, line) => gateway.Take(line.Data, gateway.output);
        gateway.process.ErrorDataReceived += (_, line) => gateway.Take(line.Data, gateway.errors);
        gateway.process.Start();
        gateway.process.StandardInput.Close();
        gateway.process.BeginOutputReadLine();
        gateway.process.BeginErrorReadLine();
        return gateway;
    }

    /// <summary>Waits until it takes calls.</summary>
    /// <returns>Where.</returns>
    public async Task<Uri> ListeningAsync()
    {
        var ended = process.WaitForExitAsync(TestContext.Current.CancellationToken);
        if (await Task.WhenAny(listening.Task, ended).WaitAsync(Patience, TestContext.Current.CancellationToken) == ended && !listening.Task.IsCompleted)
            throw new InvalidOperationException($"The gateway ended with {process.ExitCode}: {string.Join(Environment.NewLine, Output.Concat(Errors))}");

        return new Uri($"http://127.0.0.1:{await listening.Task}");
    }

    /// <summary>Waits until the admin listener is there, which is told after the other one.</summary>
    /// <returns>Where.</returns>
    public async Task<Uri> AdminListeningAsync()
    {
        const string Line = "Admin endpoints listening on :";
        await ListeningAsync();
        await Eventually.IsTrueAsync(() => Output.Any(line => line.StartsWith(Line, StringComparison.Ordinal)), "the admin port is told");
        return new Uri($"http://127.0.0.1:{Output.First(line => line.StartsWith(Line, StringComparison.Ordinal))[Line.Length..]}");
    }

    /// <summary>Waits for its end.</summary>
    /// <returns>The exit code.</returns>
    public async Task<int> EndedAsync()
    {
        await process.WaitForExitAsync(TestContext.Current.CancellationToken).WaitAsync(Patience, TestContext.Current.CancellationToken);
        return process.ExitCode;
    }

    /// <summary>Asks it to stop, as an operator or a service manager would.</summary>
    /// <returns>The exit code.</returns>
    public Task<int> StopAsync()
    {
        Signal(PosixSignal.SIGTERM);
        return EndedAsync();
    }

    /// <summary>Ends it without a word, as a crash or the kernel would.</summary>
    public async Task KillAsync()
    {
        process.Kill();
        await EndedAsync();
    }

    public void Signal(PosixSignal signal)
    {
        using var kill = Process.Start("kill", [signal == PosixSignal.SIGINT ? "-INT" : "-TERM", process.Id.ToString(CultureInfo.InvariantCulture)]);
        kill.WaitForExit();
    }

    public async ValueTask DisposeAsync()
    {
        if (disposed)
            return;

        disposed = true;
        if (!process.HasExited)
        {
            Signal(PosixSignal.SIGTERM);
            using var patience = new CancellationTokenSource(Patience);
            try
            {
                await process.WaitForExitAsync(patience.Token);
            }
            catch (OperationCanceledException)
            {
                process.Kill();
            }
        }

        process.Dispose();
    }

    private void Take(string? line, ConcurrentQueue<string> lines)
    {
        if (line is null)
            return;

        lines.Enqueue(line);
        if (ListeningLine().Match(line) is { Success: true } match)
            listening.TrySetResult(int.Parse(match.Groups["port"].Value, CultureInfo.InvariantCulture));
    }

    [GeneratedRegex(@"^LLM Gateway listening on :(?<port>\d+)$")]
    private static partial Regex ListeningLine();
}
