using System.Globalization;
using System.Runtime.InteropServices;
using System.Text.Json;
using CleanGateway.Infrastructure.Persistence.Embedded;

namespace CleanGateway.Benchmarks.Http;

/// <summary>What the figures were measured on and with.</summary>
internal static class Machine
{
    public static async Task<IReadOnlyDictionary<string, string>> DescribeAsync(HttpBenchOptions options, CancellationToken cancellationToken)
    {
        var cpu = File.ReadLines("/proc/cpuinfo")
            .FirstOrDefault(line => line.StartsWith("model name", StringComparison.Ordinal))?.Split(':')[1].Trim()
            ?? $"{RuntimeInformation.OSArchitecture}";
        var memory = GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / (1024.0 * 1024 * 1024);
        var postgres = await PostgresPrograms.FindAsync(folder: null, wanted: null, cancellationToken);
        return new Dictionary<string, string>
        {
            ["machine"] = string.Create(CultureInfo.InvariantCulture, $"{Environment.ProcessorCount} × {cpu}, {memory:0} GiB"),
            ["system"] = RuntimeInformation.OSDescription,
            [".NET"] = Environment.Version.ToString(),
            ["PostgreSQL"] = await VersionAsync(postgres.Path("postgres"), "--version", cancellationToken),
            ["Redis"] = await VersionAsync("redis-server", "--version", cancellationToken),
            ["nginx"] = await VersionAsync("nginx", "-v", cancellationToken),
            ["Node"] = await VersionAsync("node", "--version", cancellationToken),
            ["Yarp.ReverseProxy"] = typeof(Yarp.ReverseProxy.Forwarder.IHttpForwarder).Assembly.GetName().Version!.ToString(3),
            ["@portkey-ai/gateway"] = PortkeyVersion(options) ?? "not there",
        };
    }

    private static async Task<string> VersionAsync(string program, string option, CancellationToken cancellationToken)
    {
        if (Programs.Find(program) is not { } path && !File.Exists(path = program))
            return "not there";

        var said = await Command.RunAsync(path, [option], cancellationToken);
        return (said.Output + said.Errors).Trim();
    }

    private static string? PortkeyVersion(HttpBenchOptions options)
    {
        var file = Path.Combine(options.PeerPackages ?? "", "node_modules/@portkey-ai/gateway/package.json");
        if (options.PeerPackages is null || !File.Exists(file))
            return null;

        using var package = JsonDocument.Parse(File.ReadAllText(file));
        return package.RootElement.GetProperty("version").GetString();
    }
}
