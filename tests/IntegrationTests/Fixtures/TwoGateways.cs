using System.Security.Cryptography;

namespace CleanGateway.IntegrationTests.Fixtures;

/// <summary>Two gateways of one operator: one database, one master key, a folder each.</summary>
public sealed class TwoGateways(GatewayFixture tests) : IAsyncLifetime
{
    private readonly TemporaryFolder folder = new();
    private readonly List<GatewayProcess> processes = [];

    internal TestDatabase Database { get; private set; } = null!;
    internal FakeUpstream Upstream { get; } = new();
    internal IReadOnlyList<Uri> Urls { get; private set; } = [];
    internal IReadOnlyList<GatewayProcess> Processes => processes;

    public async ValueTask InitializeAsync()
    {
        Database = await TestDatabase.CreateAsync(tests);
        var key = Convert.ToBase64String(RandomNumberGenerator.GetBytes(32));
        foreach (var name in new[] { "one", "other" })
        {
            processes.Add(GatewayProcess.Start(
                folder.Path, [], ("DATABASE_URL", Database.Url.Reveal()), ("DATA_DIR", Path.Combine(folder.Path, name)), ("GATEWAY_MASTER_KEY", key)));
        }

        Urls = await Task.WhenAll(processes.Select(process => process.ListeningAsync()));
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var process in processes)
            await process.DisposeAsync();

        await Upstream.DisposeAsync();
        await Database.DisposeAsync();
        folder.Dispose();
    }
}
