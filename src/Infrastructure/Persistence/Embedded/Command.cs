using System.ComponentModel;
using System.Diagnostics;
using CleanGateway.Infrastructure.Configuration;

namespace CleanGateway.Infrastructure.Persistence.Embedded;

/// <summary>Runs a program to its end.</summary>
internal static class Command
{
    public sealed record Result(int ExitCode, string Output, string Errors)
    {
        /// <summary>What to tell an operator: the last thing the program complained of.</summary>
        public string Complaint =>
            (Errors.Length > 0 ? Errors : Output).Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries) is [.., var last]
                ? last
                : $"exit code {ExitCode}";
    }

    public static Task<Result> RunAsync(string program, IEnumerable<string> arguments, CancellationToken cancellationToken) =>
        RunAsync(program, arguments, input: null, cancellationToken);

    /// <param name="input">What the program reads from standard input.</param>
    /// <param name="environment">What the program finds there besides this process's own.</param>
    /// <exception cref="StartException">There is no such program, or it may not be run.</exception>
    public static async Task<Result> RunAsync(
        string program, IEnumerable<string> arguments, string? input, CancellationToken cancellationToken,
        IEnumerable<(string Name, string Value)>? environment = null)
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = "/",
        };

        // Messages are read by people and, of versions, by this program: in one language.
        start.Environment["LC_ALL"] = "C";
        foreach (var (name, value) in environment ?? [])
            start.Environment[name] = value;

        using var process = Start(start);
        if (input is not null)
            await process.StandardInput.WriteAsync(input.AsMemory(), cancellationToken);
        process.StandardInput.Close();

        try
        {
            var output = process.StandardOutput.ReadToEndAsync(cancellationToken);
            var errors = process.StandardError.ReadToEndAsync(cancellationToken);
            await process.WaitForExitAsync(cancellationToken);
            return new Result(process.ExitCode, await output, await errors);
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            throw;
        }
    }
    private static Process Start(ProcessStartInfo start)
    {
        try
        {
            return Process.Start(start)!;
        }
        catch (Win32Exception failure)
        {
            throw new StartException($"The program {start.FileName} cannot be run: {failure.Message}", failure);
        }
    }
}
