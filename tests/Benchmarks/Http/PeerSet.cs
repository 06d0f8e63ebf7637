using System.Net;
using System.Net.Sockets;

namespace CleanGateway.Benchmarks.Http;

/// <summary>Everyone who takes part in a run, and the servers they need.</summary>
internal sealed class PeerSet : IAsyncDisposable
{
    private const string RedisProfile = "governed-redis";

    private readonly List<IAsyncDisposable> servers = [];

    /// <summary>All there are, in the order in which they take turns.</summary>
    public static IReadOnlyList<string> Names { get; } = ["direct", "nginx", "yarp", "portkey", "plain", "governed", RedisProfile];

    public List<Peer> Peers { get; } = [];

    /// <summary>Who was asked for and cannot take part, and why.</summary>
    public List<string> Absent { get; } = [];

    /// <param name="names">Who is asked for.</param>
    /// <param name="folder">For everyone's files.</param>
    public async Task AddAsync(
        HttpBenchOptions options, IReadOnlyCollection<string> names, string folder, int upstreamPort, CancellationToken cancellationToken)
    {
        if (names.Contains("direct"))
            Peers.Add(new DirectPeer(upstreamPort));
        if (names.Contains("nginx"))
            AddIf(IsOnPath("nginx"), "nginx: the program is not installed", () => new NginxPeer(FolderOf(folder, "nginx"), upstreamPort));
        if (names.Contains("yarp"))
            Peers.Add(new YarpPeer(folder, upstreamPort));
        if (names.Contains("portkey"))
        {
            var isThere = options.PeerPackages is { } packages && Directory.Exists(Path.Combine(packages, "node_modules/@portkey-ai/gateway"));
            AddIf(isThere, "portkey: npm could not install it", () => new PortkeyPeer(folder, options.PeerPackages!, upstreamPort));
        }

        await AddGatewaysAsync(options, names, folder, upstreamPort, cancellationToken);
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var peer in Peers)
            await peer.DisposeAsync();
        foreach (var server in Enumerable.Reverse(servers))
            await server.DisposeAsync();
    }

    private async Task AddGatewaysAsync(
        HttpBenchOptions options, IReadOnlyCollection<string> names, string folder, int upstreamPort, CancellationToken cancellationToken)
    {
        List<GatewayProfile> profiles =
        [
            new(
                "plain", "authentication alone. No bodies are logged (`LOG_CONTENT=none`); the journal and a row per call cannot be turned off",
                Limits: false, Redis: null, [("LOG_CONTENT", "none")]),
            new(
                "governed",
                "authentication; limits of requests, tokens and concurrency and budgets, all of them of key and project; "
                    + "journal, rows and bodies in PostgreSQL; metrics",
                Limits: true, Redis: null, []),
        ];
        if (names.Contains(RedisProfile))
        {
            if (IsOnPath("redis-server"))
            {
                var port = FreePort();
                servers.Add(RedisServer.Start(FolderOf(folder, "redis"), port));
                var address = FormattableString.Invariant($"127.0.0.1:{port}");
                profiles.Add(new(RedisProfile, "the same, limits and budgets counted in Redis", Limits: true, address, []));
            }
            else
            {
                Absent.Add($"{RedisProfile}: redis-server is not installed");
            }
        }

        profiles.RemoveAll(profile => !names.Contains(profile.Name));
        if (profiles.Count == 0)
            return;

        var database = await DatabaseServer.StartAsync(folder, FreePort(), cancellationToken);
        servers.Add(database);
        foreach (var profile in profiles)
        {
            var url = await database.CreateAsync($"bench_{profile.Name.Replace('-', '_')}", cancellationToken);
            Peers.Add(new GatewayPeer(profile, options.Gateway, FolderOf(folder, profile.Name), url, upstreamPort));
        }
    }

    private void AddIf(bool possible, string otherwise, Func<Peer> peer)
    {
        if (possible)
            Peers.Add(peer());
        else
            Absent.Add(otherwise);
    }

    private static string FolderOf(string folder, string name) => Directory.CreateDirectory(Path.Combine(folder, name)).FullName;

    private static bool IsOnPath(string program) => Programs.Find(program) is not null;

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}

/// <summary>Programs of the system.</summary>
internal static class Programs
{
    private static readonly string[] AlsoIn = ["/usr/sbin", "/usr/local/sbin"];

    public static string? Find(string program) => (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':', StringSplitOptions.RemoveEmptyEntries)
        .Concat(AlsoIn).Select(folder => Path.Combine(folder, program)).FirstOrDefault(File.Exists);
}
