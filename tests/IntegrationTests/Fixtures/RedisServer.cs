using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using CleanGateway.IntegrationTests.Clients;

namespace CleanGateway.IntegrationTests.Fixtures;

/// <summary>A real Redis on a free port, for one test.</summary>
internal sealed class RedisServer : IAsyncDisposable
{
    private readonly Process process;
    private readonly string folder;
    private readonly string? password;

    private RedisServer(Process process, int port, string folder, string? password)
    {
        this.process = process;
        this.folder = folder;
        this.password = password;
        Port = port;
    }

    public int Port { get; }
    public string Address => $"127.0.0.1:{Port}";

    /// <param name="password">Null: it takes anyone.</param>
    public static Task<RedisServer> StartAsync(string folder, string? password = null) => StartAsync(folder, password, FreePort());

    /// <param name="port">Where another one was until now.</param>
    public static async Task<RedisServer> StartAsync(string folder, string? password, int port)
    {
        string[] protection = password is null ? [] : ["--requirepass", password];
        string[] arguments =
        [
            "--port", port.ToString(CultureInfo.InvariantCulture), "--bind", "127.0.0.1", "--dir", folder, "--save", "", "--databases", "16", .. protection,
        ];
        var process = Process.Start(new ProcessStartInfo("redis-server", arguments) { RedirectStandardOutput = true })!;
        process.OutputDataReceived += (_, _) => { };
        process.BeginOutputReadLine();
        var server = new RedisServer(process, port, folder, password);
        await Eventually.IsTrueAsync(() => IsListeningAsync(port), "Redis takes connections");
        return server;
    }

    /// <summary>A port that no one listens on now.</summary>
    public static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    /// <summary>What redis-cli prints for commands typed into it, a line each.</summary>
    public async Task<IReadOnlyList<string>> CliAsync(string commands, int database = 0)
    {
        string[] arguments = ["-p", $"{Port}", "-n", $"{database}", "--no-raw", .. password is null ? [] : new[] { "--no-auth-warning", "-a", password }];
        var run = await ExternalProgram.RunAsync("redis-cli", arguments, folder, [], TestContext.Current.CancellationToken, commands + "\n");
        run.ExitCode.Should().Be(0, run.Errors);
        return run.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
    }

    /// <summary>The number that a command answers.</summary>
    public async Task<long> NumberAsync(string command, int database = 0) =>
        long.Parse((await CliAsync(command, database)).Single().Replace("(integer) ", "", StringComparison.Ordinal), CultureInfo.InvariantCulture);

    /// <summary>Keeps connections and memory, and does nothing; or goes on.</summary>
    public async Task FreezeAsync(bool frozen)
    {
        if (process.HasExited)
            return;

        using var kill = Process.Start("kill", [frozen ? "-STOP" : "-CONT", process.Id.ToString(CultureInfo.InvariantCulture)]);
        await kill.WaitForExitAsync();
    }

    /// <summary>Ends it at once.</summary>
    public async Task KillAsync()
    {
        process.Kill();
        await process.WaitForExitAsync();
    }

    public async ValueTask DisposeAsync()
    {
        if (!process.HasExited)
            await KillAsync();

        process.Dispose();
    }

    private static async Task<bool> IsListeningAsync(int port)
    {
        using var client = new TcpClient();
        try
        {
            await client.ConnectAsync(IPAddress.Loopback, port);
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
