using System.Globalization;
using System.Reflection;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;
using CleanGateway.Infrastructure.Configuration;
using CleanGateway.Infrastructure.Persistence.Embedded;
using CleanGateway.Infrastructure.Redis;

namespace CleanGateway.Infrastructure.Validation;

/// <summary>What is told about the gateway besides its calls: its process, its log, its connection, everything's versions.</summary>
internal sealed class EvidenceSources(ValidationRun run, GatewaySettings settings, string? gatewayLog)
{
    private const string Unit = "cleangateway";
    private const int LatestLines = 200;
    private static readonly string[] AboutTheDatabase = ["database", "postgres", "connection", "migration", "partition"];

    public async Task<string> ServiceAsync(CancellationToken cancellationToken)
    {
        var text = new StringBuilder();
        if (await IsUnitAsync(cancellationToken))
            text.Append("# systemctl status ").AppendLine(Unit)
                .AppendLine((await Command.RunAsync("systemctl", ["status", Unit, "--no-pager", "--lines=5"], cancellationToken)).Output);
        else
            text.AppendLine("# process").AppendLine(Process());

        foreach (var path in (string[])["health", "api/health"])
        {
            text.AppendLine().Append("# GET ").Append(run.Target.BaseUrl).AppendLine(path);
            try
            {
                var look = await run.Gateway.GetAsync(path, cancellationToken);
                text.Append(CultureInfo.InvariantCulture, $"HTTP {look.Status}").AppendLine().AppendLine(look.Body);
            }
            catch (Exception silent) when (silent is HttpRequestException or TimeoutException)
            {
                text.Append("No answer: ").AppendLine(silent.GetBaseException().Message);
            }
        }

        return text.ToString();
    }

    public async Task<string> ConnectionAsync(CancellationToken cancellationToken)
    {
        var text = new StringBuilder().AppendLine("# what the connection of this validation says");
        if (run.Connection is { } connection)
        {
            text.Append("server: PostgreSQL ").AppendLine(connection.Version)
                .Append("address: ").AppendLine(run.Target.Database!.WithoutPassword())
                .Append("role: ").AppendLine(connection.Role)
                .Append("database: ").AppendLine(connection.Database)
                .Append("login: ").AppendLine(connection.Scram ? "SCRAM-SHA-256" : "another way than SCRAM-SHA-256")
                .Append("encryption: ").AppendLine(connection.Tls ?? "none")
                .Append("replica: ").AppendLine(connection.IsReplica ? "yes" : "no");
        }
        else
        {
            text.AppendLine("There was none: see test_execution_log.txt");
        }

        text.AppendLine().AppendLine("# what /api/health says").AppendLine(run.Health?.GetRawText() ?? "nothing")
            .AppendLine().AppendLine("# the gateway's log about its database");
        foreach (var line in await LogAsync(cancellationToken))
            text.AppendLine(line);

        return text.ToString();
    }

    /// <param name="psql">The version of psql.</param>
    public async Task<string> VersionsAsync(string psql, CancellationToken cancellationToken)
    {
        var text = new StringBuilder()
            .Append("cleangateway ").AppendLine(ProgramVersion())
            .AppendLine(RuntimeInformation.FrameworkDescription)
            .Append(RuntimeInformation.OSDescription).Append(", kernel ").Append(Environment.OSVersion.Version)
            .Append(", ").AppendLine(RuntimeInformation.OSArchitecture.ToString())
            .Append("PostgreSQL ").AppendLine(run.Connection?.Version ?? "not reached")
            .AppendLine(psql)
            .Append("Redis ").AppendLine(await RedisAsync())
            .AppendLine().AppendLine("# migrations applied to the database");
        foreach (var migration in await MigrationsAsync(cancellationToken))
            text.AppendLine(migration);

        text.AppendLine().AppendLine("# packages of this program");
        foreach (var package in await PackagesAsync(cancellationToken))
            text.AppendLine(package);

        return text.ToString();
    }

    private static string ProgramVersion() =>
        Assembly.GetEntryAssembly()?.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "of unknown version";

    private async Task<IReadOnlyList<string>> MigrationsAsync(CancellationToken cancellationToken)
    {
        if (run.Connection is null || run.Log is not { } log)
            return ["not reached"];

        try
        {
            return await log.MigrationsAsync(cancellationToken);
        }
        catch (Exception failure) when (DatabaseCheck.IsOfDatabase(failure))
        {
            return [DatabaseCheck.Reason(failure)];
        }
    }

    private async Task<string> RedisAsync()
    {
        if (!run.Target.IsLocal || settings.Redis is not { } address)
            return run.Health is { } health && health.TryGetProperty("redis", out var word) ? $"as the gateway says: {word}" : "not known";

        using var redis = new RedisConnection(run.Clock);
        try
        {
            await redis.ConnectAsync(address, settings);
            return (await redis.InfoAsync(TimeSpan.FromSeconds(5))).GetValueOrDefault("redis_version") ?? "of unknown version";
        }
        catch (Exception failure) when (failure is StartException or RedisFailureException)
        {
            return $"not reached: {failure.Message}";
        }
    }

    // The list that .NET loads the program by.
    private static async Task<IReadOnlyList<string>> PackagesAsync(CancellationToken cancellationToken)
    {
        var name = Assembly.GetEntryAssembly()?.GetName().Name;
        var path = Path.Combine(AppContext.BaseDirectory, $"{name}.deps.json");
        if (!File.Exists(path))
            return [$"{path} is not there"];

        await using var file = File.OpenRead(path);
        using var json = await JsonDocument.ParseAsync(file, cancellationToken: cancellationToken);
        return
        [
            .. json.RootElement.GetProperty("libraries").EnumerateObject()
                .Where(library => library.Value.GetProperty("type").GetString() is "package" or "runtimepack")
                .Select(library => library.Name.Replace('/', ' ')).Order(StringComparer.Ordinal),
        ];
    }

    private async Task<IReadOnlyList<string>> LogAsync(CancellationToken cancellationToken)
    {
        if (gatewayLog is not null)
        {
            try
            {
                return Select(await File.ReadAllLinesAsync(gatewayLog, cancellationToken));
            }
            catch (Exception unreadable) when (unreadable is IOException or UnauthorizedAccessException)
            {
                return [$"{gatewayLog} cannot be read: {unreadable.Message}"];
            }
        }

        if (!await IsUnitAsync(cancellationToken))
            return ["It cannot be had from here: the gateway is no unit of this machine's systemd, and no --gateway-log was given"];

        var journal = await Command.RunAsync("journalctl", ["-u", Unit, "--no-pager", "-n", "5000"], cancellationToken);
        return journal.ExitCode == 0 ? Select(journal.Output.Split('\n')) : [$"journalctl: {journal.Complaint}"];
    }

    private static List<string> Select(IEnumerable<string> lines)
    {
        var found = lines.Where(line => AboutTheDatabase.Any(word => line.Contains(word, StringComparison.OrdinalIgnoreCase))).ToList();
        return found.Count > 0 ? found[^Math.Min(LatestLines, found.Count)..] : ["No line of it speaks of the database"];
    }

    private async Task<bool> IsUnitAsync(CancellationToken cancellationToken) =>
        run.Target.IsLocal && Directory.Exists("/run/systemd/system")
        && (await Command.RunAsync("systemctl", ["is-active", "--quiet", Unit], cancellationToken)).ExitCode == 0;

    private string Process()
    {
        if (!run.Target.IsLocal)
            return $"It runs on {run.Target.BaseUrl.Host}: see there, by systemctl status {Unit}";

        var folder = Path.Combine(settings.DataDirectory, "gateway.lock");
        foreach (var process in System.Diagnostics.Process.GetProcesses())
        {
            using (process)
            {
                if (process.Id != Environment.ProcessId && Holds(process.Id, folder))
                    return Describe(process.Id);
            }
        }

        return $"No process of this machine holds {folder}, as far as this user can see";
    }

    private static bool Holds(int process, string file)
    {
        try
        {
            return Directory.EnumerateFiles($"/proc/{process}/fd").Any(handle => new FileInfo(handle).LinkTarget == file);
        }
        catch (Exception gone) when (gone is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    private static string Describe(int process)
    {
        string[] wanted = ["Name:", "State:", "Pid:", "Uid:", "Threads:", "VmRSS:", "VmHWM:"];
        try
        {
            var command = File.ReadAllText($"/proc/{process}/cmdline").TrimEnd('\0').Replace('\0', ' ');
            var status = File.ReadLines($"/proc/{process}/status").Where(line => wanted.Any(word => line.StartsWith(word, StringComparison.Ordinal)));
            return $"Command: {command}\n{string.Join('\n', status)}";
        }
        catch (IOException gone)
        {
            return $"Process {process} has ended meanwhile: {gone.Message}";
        }
    }
}
