using CleanGateway.Api;
using CleanGateway.Infrastructure;
using CleanGateway.Infrastructure.Persistence;
using CleanGateway.Infrastructure.Security;
using CleanGateway.Infrastructure.Snapshots;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;

namespace CleanGateway.IntegrationTests.Fixtures;

/// <summary>
/// A second gateway on the run's database, with settings of its own: for what cannot be changed while one runs. Like the
/// first it writes its rows before it answers, so that tests can look at once.
/// </summary>
internal sealed class AnotherGateway : IAsyncDisposable
{
    private readonly TemporaryFolder folder = new();
    private readonly WebApplication app;

    private AnotherGateway(GatewayFixture first, Action<IServiceCollection>? replace, (string Name, string Value)[] settings)
    {
        var read = TestSettings.Read(folder.Path, [("LOG_BUFFER", "direct"), .. settings]);
        DataFolder.Ensure(read);
        app = GatewayApp.Build(read, first.DatabaseUrl, first.Services.GetRequiredService<MasterKeys>(), replace: replace);
    }

    public Uri Url => new(app.Urls.First());
    public IServiceProvider Services => app.Services;

    /// <summary>Where it listens: for callers, then for admins.</summary>
    public IReadOnlyList<Uri> Urls => [.. app.Urls.Select(url => new Uri(url))];

    /// <summary>Why the configuration it finds is not the one it uses.</summary>
    public IReadOnlyList<string> Problems => app.Services.GetRequiredService<GatewaySnapshots>().Problems;

    public static Task<AnotherGateway> StartAsync(GatewayFixture first, params (string Name, string Value)[] settings) =>
        StartAsync(first, replace: null, settings);

    /// <param name="replace">Registers what takes the place of a part.</param>
    public static async Task<AnotherGateway> StartAsync(
        GatewayFixture first, Action<IServiceCollection>? replace, params (string Name, string Value)[] settings)
    {
        var gateway = new AnotherGateway(first, replace, settings);
        await gateway.app.Services.PrepareGatewayAsync(() => Task.CompletedTask, CancellationToken.None);
        await gateway.app.StartAsync();
        return gateway;
    }

    public async ValueTask DisposeAsync()
    {
        await app.StopAsync();
        await app.DisposeAsync();
        folder.Dispose();
    }
}
