using System.Net;
using CleanGateway.Infrastructure.Admission;
using CleanGateway.Infrastructure.Admission.Redis;
using CleanGateway.Infrastructure.Redis;
using Microsoft.Extensions.Logging.Abstractions;

namespace CleanGateway.IntegrationTests.Fixtures;

/// <summary>A Redis for the tests of meters, and meters on it that are more patient than the product's: machines that test are busy.</summary>
public sealed class MeterRedis : IAsyncLifetime
{
    private readonly TemporaryFolder folder = new();
    private readonly List<RedisConnection> connections = [];

    internal static GuardTimes Patient { get; } = new() { Answer = TimeSpan.FromSeconds(10), Slow = TimeSpan.FromSeconds(10) };

    internal RedisServer Server { get; private set; } = null!;
    internal string RunId { get; private set; } = "";

    public async ValueTask InitializeAsync()
    {
        Server = await RedisServer.StartAsync(folder.Path);
        await LearnRunIdAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await Server.FreezeAsync(frozen: false);
        foreach (var connection in connections)
            connection.Dispose();

        await Server.DisposeAsync();
        folder.Dispose();
    }

    /// <summary>Ends it, and starts an empty one in its place.</summary>
    internal async Task RestartAsync()
    {
        await Server.KillAsync();
        await Server.DisposeAsync();
        Server = await RedisServer.StartAsync(folder.Path, password: null, Server.Port);
        await LearnRunIdAsync();
    }

    /// <summary>A meter with a connection of its own, as another gateway would have.</summary>
    /// <param name="port">Null: the server's own.</param>
    internal async Task<(RedisMeter Meter, GuardedRedis Redis)> ConnectAsync(GuardTimes guard, MeterTimes times, int? port = null)
    {
        var connection = new RedisConnection(TimeProvider.System);
        connections.Add(connection);
        await connection.ConnectAsync(new DnsEndPoint("127.0.0.1", port ?? Server.Port), TestSettings.Read(folder.Path));
        var guarded = new GuardedRedis(connection, guard, TimeProvider.System, NullLogger<GuardedRedis>.Instance);
        return (new RedisMeter(guarded, times), guarded);
    }

    private async Task LearnRunIdAsync()
    {
        var said = await Server.CliAsync("""EVAL "return string.match(redis.call('INFO', 'server'), 'run_id:(%w+)')" 0""");
        RunId = said.Single().Trim('"');
    }
}
