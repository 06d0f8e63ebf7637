using System.Diagnostics;
using System.Globalization;
using CleanGateway.Infrastructure.Configuration;

namespace CleanGateway.Infrastructure.Persistence.Embedded;

/// <summary>A private cluster on disk: made, started, found running and stopped.</summary>
internal sealed class PostgresCluster(string home, PostgresAccount account)
{
    public const string User = "cleangateway";
    public const string Database = "cleangateway";

    private const string StartDeadlineSeconds = "60";

    /// <summary>PostgreSQL's data directory.</summary>
    public string Folder { get; } = Path.Combine(home, "cluster");

    /// <summary>Null when the cluster has not been made.</summary>
    public int? Version =>
        File.Exists(Path.Combine(Folder, "PG_VERSION"))
            ? int.Parse(File.ReadAllText(Path.Combine(Folder, "PG_VERSION")).Trim(), CultureInfo.InvariantCulture)
            : null;

    private string StartLog => Path.Combine(home, "start.log");
    private string PidFile => Path.Combine(Folder, "postmaster.pid");

    /// <summary>Made beside its place and moved there whole: what is half made after a crash is made again.</summary>
    public async Task InitialiseAsync(PostgresPrograms programs, string password, CancellationToken cancellationToken)
    {
        var unfinished = Folder + ".new";
        var passwordFile = Path.Combine(home, "initdb.password");
        if (Directory.Exists(unfinished))
            Directory.Delete(unfinished, recursive: true);

        Ensure(await account.RunAsync("sh", ["-c", "umask 077 && cat > \"$1\"", "sh", passwordFile], password, cancellationToken), "The database password cannot be handed over");
        try
        {
            string[] arguments =
            [
                "-D", unfinished, "-U", User, $"--pwfile={passwordFile}", "--auth=scram-sha-256",
                "--encoding=UTF8", "--locale=C", "--data-checksums", "--no-instructions",
            ];
            Ensure(await account.RunAsync(programs.Path("initdb"), arguments, input: null, cancellationToken), "initdb failed");
            Ensure(
                await account.RunAsync(
                    programs.Path("postgres"), ["--single", "-D", unfinished, "postgres"], $"CREATE DATABASE {Database};\n", cancellationToken),
                "The database cannot be made");
        }
        finally
        {
            File.Delete(passwordFile);
        }

        Directory.Move(unfinished, Folder);
    }

    public async Task StartAsync(PostgresPrograms programs, int port, CancellationToken cancellationToken)
    {
        string[] options =
        [
            "listen_addresses=127.0.0.1", $"port={port}", "unix_socket_directories=", "max_connections=100",
            "logging_collector=on", "log_directory=log", "log_filename=postgresql-%a.log", "log_truncate_on_rotation=on",
            "log_rotation_age=1d", "log_rotation_size=0",

            // Statements and rows that are refused hold credentials and prompts: they are no matter for a log.
            "log_min_error_statement=panic", "log_error_verbosity=terse",
        ];
        var started = await account.RunAsync(
            programs.Path("pg_ctl"),
            ["start", "-D", Folder, "-l", StartLog, "-w", "-t", StartDeadlineSeconds, "-o", string.Join(' ', options.Select(option => $"-c {option}"))],
            input: null,
            cancellationToken);
        Ensure(started, $"The gateway's own PostgreSQL did not start (see {StartLog} and {Folder}/log)");
    }

    public async Task StopAsync(PostgresPrograms programs, CancellationToken cancellationToken) =>
        Ensure(
            await account.RunAsync(
                programs.Path("pg_ctl"), ["stop", "-D", Folder, "-m", "fast", "-w", "-t", StartDeadlineSeconds], input: null, cancellationToken),
            "The gateway's own PostgreSQL did not stop");

    /// <summary>The port of the server that runs on this cluster; null when none does.</summary>
    public int? FindRunning() => ReadPidFile() is { } server && IsServer(server.Pid) ? server.Port : null;

    /// <summary>
    /// A pid file whose process is gone, or is by now some other program's, would keep PostgreSQL from starting.
    /// </summary>
    /// <returns>Whether there was one.</returns>
    public bool RemoveStalePidFile()
    {
        if (!File.Exists(PidFile) || (ReadPidFile() is { } server && IsServer(server.Pid)))
            return false;

        File.Delete(PidFile);
        return true;
    }

    // Line 1 is the process id, line 4 the port (PostgreSQL source, miscadmin.h: LOCK_FILE_LINE_*). A server that is
    // just starting has not written them all.
    private (int Pid, int Port)? ReadPidFile()
    {
        try
        {
            return File.ReadAllLines(PidFile) is [var pid, _, _, var port, ..]
                && int.TryParse(pid, CultureInfo.InvariantCulture, out var process)
                && int.TryParse(port, CultureInfo.InvariantCulture, out var number)
                    ? (process, number)
                    : null;
        }
        catch (Exception absent) when (absent is FileNotFoundException or DirectoryNotFoundException)
        {
            return null;
        }
    }

    // The server's working directory is its data directory; process ids are used again, that pair is not.
    private bool IsServer(int pid)
    {
        try
        {
            using var process = Process.GetProcessById(pid);
            if (HasEnded(pid))
                return false;

            var workingFolder = File.ResolveLinkTarget($"/proc/{pid}/cwd", returnFinalTarget: false)?.FullName;
            return workingFolder is null ? process.ProcessName == "postgres" : workingFolder == RealPath(Folder);
        }
        catch (Exception gone) when (gone is ArgumentException or InvalidOperationException or IOException)
        {
            return false;
        }
    }

    // A process stays listed until its parent asks after it, and in containers the first process may never do so. Its
    // state stands behind its name, which may hold anything (proc_pid_stat(5)).
    private static bool HasEnded(int pid) =>
        $"/proc/{pid}/stat" is var file && File.Exists(file) && File.ReadAllText(file) is var line && line.AsSpan(line.LastIndexOf(')')).StartsWith(") Z");

    private static string RealPath(string folder)
    {
        // A link anywhere on the way makes the kernel's name for the folder another one than ours.
        var real = Path.GetPathRoot(folder)!;
        foreach (var part in folder[real.Length..].Split(Path.DirectorySeparatorChar, StringSplitOptions.RemoveEmptyEntries))
        {
            real = Path.Combine(real, part);
            real = Directory.ResolveLinkTarget(real, returnFinalTarget: true)?.FullName ?? real;
        }

        return real;
    }

    private static void Ensure(Command.Result result, string otherwise)
    {
        if (result.ExitCode != 0)
            throw new StartException($"{otherwise}: {result.Complaint}");
    }
}
