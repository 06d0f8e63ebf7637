using System.Net.Sockets;
using CleanGateway.Application.Common;
using CleanGateway.Application.FirstStart;
using CleanGateway.Application.Providers;
using CleanGateway.Infrastructure;
using CleanGateway.Infrastructure.Configuration;
using CleanGateway.Infrastructure.Persistence;
using CleanGateway.Infrastructure.Persistence.Embedded;
using CleanGateway.Infrastructure.Security;
using MediatR;

namespace CleanGateway.Api.CommandLine;

/// <summary><c>cleangateway serve</c>: from the settings to the last answer.</summary>
internal static class ServeCommand
{
    private const int Stopped = 0;
    private const int Failed = 1;

    // What the private PostgreSQL may take after the last call.
    private static readonly TimeSpan DatabasesStop = TimeSpan.FromSeconds(60);
    private static readonly Uri OpenAi = new("https://api.openai.com/v1");

    /// <param name="stop">Ends it in good order.</param>
    /// <param name="hurry">Leaves the calls that are under way no more time.</param>
    /// <param name="replace">As for <see cref="GatewayApp.Build"/>.</param>
    public static async Task<int> RunAsync(CancellationToken stop, CancellationToken hurry, Action<IServiceCollection>? replace = null)
    {
        var settings = CommandSettings.Read();
        using var folder = DataFolder.Take(settings);
        var masterKeys = await MasterKeys.LoadAsync(settings, stop);

        await using var embedded = settings.Database is null ? await StartDatabaseAsync(settings, stop) : null;
        await using var app = GatewayApp.Build(settings, settings.Database ?? embedded!.Url, masterKeys, replace: replace);
        embedded?.Watch(app.Services.GetRequiredService<ILogger<EmbeddedPostgres>>(), app.Services.GetRequiredService<TimeProvider>());

        await app.Services.PrepareGatewayAsync(() => TakeFirstStepsAsync(app.Services, settings, stop), stop);
        await StartAsync(app, settings, stop);
        await WaitAsync(app, stop);
        await StopAsync(app, settings, hurry);
        return stop.IsCancellationRequested ? Stopped : Failed;
    }

    private static async Task<EmbeddedPostgres> StartDatabaseAsync(GatewaySettings settings, CancellationToken cancellationToken)
    {
        try
        {
            return await EmbeddedPostgres.StartAsync(settings, Console.WriteLine, cancellationToken);
        }
        catch (StartException failure)
        {
            throw new StartException($"Failed to initialize database: {failure.Message}", failure);
        }
    }

    private static async Task TakeFirstStepsAsync(IServiceProvider services, GatewaySettings settings, CancellationToken cancellationToken)
    {
        await using (var scope = services.CreateAsyncScope())
            Tell(await scope.ServiceProvider.GetRequiredService<IMediator>().Send(new PrepareFirstStart(), cancellationToken));

        if (settings.OpenAiApiKey is null && settings.OpenAiBaseUrl is null)
            return;

        await using (var scope = services.CreateAsyncScope())
        {
            await scope.ServiceProvider.GetRequiredService<IMediator>()
                .Send(new RegisterEnvironmentProvider(settings.OpenAiApiKey, settings.OpenAiBaseUrl ?? OpenAi), cancellationToken);
        }
    }

    // What goes to a file or a pipe is kept by someone; a terminal's user has just asked for it.
    private static void Tell(FirstSecrets made)
    {
        foreach (var (what, file) in new[] { ("Admin token", made.AdminToken), ("Demo API key for the model echo", made.DemoKey) })
        {
            if (file is not null)
                Console.WriteLine(Console.IsOutputRedirected ? $"{what}: in {file.Path}" : $"{what}: {file.Secret} (also in {file.Path})");
        }
    }

    private static async Task StartAsync(WebApplication app, GatewaySettings settings, CancellationToken cancellationToken)
    {
        try
        {
            await app.StartAsync(cancellationToken);
        }
        catch (Exception failure) when (failure is IOException or SocketException)
        {
            // What did start must not take its disposal for a failure.
            await app.StopAsync(CancellationToken.None);

            // The first kind of message says which of the two ports it was.
            var other = settings.AdminHttpPort is null || settings.AdminHttpHost.Equals(settings.HttpHost) ? "" : $" or, for admins, on {settings.AdminHttpHost}";
            var where = failure is IOException ? "" : $" on {settings.HttpHost}{other}";
            throw new StartException($"Failed to listen{where}: {failure.Message}", failure);
        }

        ServiceManager.TellReady();
        var (http, admin) = GatewayApp.Ports(app, settings);
        Console.WriteLine($"LLM Gateway listening on :{http}");
        if (admin is not null && admin != http)
            Console.WriteLine($"Admin endpoints listening on :{admin}");
        if (admin is null && settings.AdminHttpPort is not null)
        {
            Console.WriteLine(
                "Warning: there is no usable admin token, so nothing listens for admins. Make one with `cleangateway tokens issue NAME`, and start again");
        }
    }

    private static async Task StopAsync(WebApplication app, GatewaySettings settings, CancellationToken hurry)
    {
        ServiceManager.TellStopping(settings.ShutdownDelay + settings.ShutdownTimeout + GatewayApp.LastWords + DatabasesStop);
        var shutdown = app.Services.GetRequiredService<Shutdown>();
        shutdown.Begin();
        await Task.Delay(settings.ShutdownDelay, hurry).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);

        shutdown.EndCallsAfter(settings.ShutdownTimeout);
        await using var now = hurry.Register(() => shutdown.EndCallsAfter(TimeSpan.Zero));
        await app.StopAsync(CancellationToken.None);
    }

    private static async Task WaitAsync(WebApplication app, CancellationToken stop)
    {
        var stopping = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var signalled = stop.Register(() => stopping.TrySetResult());
        await using var failed = app.Lifetime.ApplicationStopping.Register(() => stopping.TrySetResult());
        await stopping.Task;
    }
}
