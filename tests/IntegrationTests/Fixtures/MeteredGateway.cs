using CleanGateway.Api;
using CleanGateway.Infrastructure;
using CleanGateway.Infrastructure.Configuration;
using CleanGateway.Infrastructure.Persistence;
using CleanGateway.Infrastructure.Security;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;

namespace CleanGateway.IntegrationTests.Fixtures;

/// <summary>A gateway as the product runs it, with its spool, in this process and on real sockets.</summary>
internal sealed class MeteredGateway : IAsyncDisposable
{
    private readonly WebApplication app;
    private bool stopped;

    private MeteredGateway(WebApplication app) => this.app = app;

    public Uri Url => new(app.Urls.First());
    public IServiceProvider Services => app.Services;

    /// <param name="redis">Empty: it has none.</param>
    /// <param name="replace">Registers what takes the place of a part.</param>
    public static async Task<MeteredGateway> StartAsync(string folder, DatabaseUrl database, string redis, Action<IServiceCollection>? replace)
    {
        (string, string)[] more = redis == "" ? [] : [("REDIS_ADDRESS", redis)];
        var settings = TestSettings.Read(folder, [("GATEWAY_MASTER_KEY", TestSettings.MasterKey), ("SHUTDOWN_TIMEOUT", "1s"), .. more]);
        DataFolder.Ensure(settings);
        var app = GatewayApp.Build(settings, database, await MasterKeys.LoadAsync(settings, CancellationToken.None), replace: replace);
        await app.Services.PrepareGatewayAsync(() => Task.CompletedTask, CancellationToken.None);
        await app.StartAsync();
        return new MeteredGateway(app);
    }

    public async Task StopAsync()
    {
        stopped = true;
        await app.StopAsync();
    }

    public async ValueTask DisposeAsync()
    {
        if (!stopped)
            await StopAsync();
        await app.DisposeAsync();
    }
}
