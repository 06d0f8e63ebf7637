using System.Diagnostics;

namespace CleanGateway.IntegrationTests.Clients;

/// <summary>A program of this machine, run to its end, with nothing of the machine's environment but the path.</summary>
internal static class ExternalProgram
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    public static bool Exists(string name) => (Environment.GetEnvironmentVariable("PATH") ?? "")
        .Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries)
        .Any(folder => File.Exists(Path.Combine(folder, name)));

    /// <param name="folder">The working folder, also the home.</param>
    /// <param name="input">What it reads from standard input.</param>
    /// <param name="atMost">How long it may take; a minute where it is not given.</param>
    public static async Task<Result> RunAsync(
        string name, IEnumerable<string> arguments, string folder, IEnumerable<(string Name, string Value)> environment,
        CancellationToken stop, string input = "", TimeSpan? atMost = null)
    {
        var start = new ProcessStartInfo(name, arguments)
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
        start.Environment["LC_ALL"] = "C.UTF-8";
        foreach (var (variable, value) in environment)
            start.Environment[variable] = value;

        using var process = Process.Start(start)!;
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(stop);
        patience.CancelAfter(atMost ?? Patience);
        try
        {
            var output = process.StandardOutput.ReadToEndAsync(patience.Token);
            var errors = process.StandardError.ReadToEndAsync(patience.Token);
            await process.StandardInput.WriteAsync(input.AsMemory(), patience.Token);
            process.StandardInput.Close();
            await process.WaitForExitAsync(patience.Token);
            return new Result(process.ExitCode, await output, await errors);
        }
        finally
        {
            if (!process.HasExited)
                process.Kill(entireProcessTree: true);
        }
    }

    public sealed record Result(int ExitCode, string Output, string Errors);
}
