using CleanGateway.Api.AdminTokens;
using CleanGateway.Api.Admission;
using CleanGateway.Api.ApiKeys;
using CleanGateway.Api.AuditLog;
using CleanGateway.Api.Auth;
using CleanGateway.Api.ChatCompletions;
using CleanGateway.Api.Common;
using CleanGateway.Api.Embeddings;
using CleanGateway.Api.Health;
using CleanGateway.Api.Inference;
using CleanGateway.Api.LiteLlm;
using CleanGateway.Api.LogLevels;
using CleanGateway.Api.Messages;
using CleanGateway.Api.ModelAliases;
using CleanGateway.Api.Models;
using CleanGateway.Api.OpenApi;
using CleanGateway.Api.Operations;
using CleanGateway.Api.Projects;
using CleanGateway.Api.Providers;
using CleanGateway.Api.RequestLogs;
using CleanGateway.Api.ResponseLogs;
using CleanGateway.Api.Responses;
using CleanGateway.Api.Secrets;
using CleanGateway.Api.Statistics;
using CleanGateway.Api.Usage;
using CleanGateway.Application;
using CleanGateway.Application.AdminTokens;
using CleanGateway.Infrastructure;
using CleanGateway.Infrastructure.Configuration;
using CleanGateway.Infrastructure.Security;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace CleanGateway.Api;

/// <summary>Puts the gateway together, the same way for the product and for its tests.</summary>
internal static class GatewayApp
{
    /// <summary>For calls whose time was up to be told so, and for the journal.</summary>
    public static readonly TimeSpan LastWords = TimeSpan.FromSeconds(15);

    // The host would watch the whole working folder for files of its settings, and wake for each write of the journal below it.
    private static readonly string[] DoNotWatchFiles = ["--hostBuilder:reloadConfigOnChange=false"];

    /// <param name="database">The operator's server, or the gateway's own.</param>
    /// <param name="logLevel">Null: as the settings say.</param>
    /// <param name="replace">Registers what takes the place of a part, for tests.</param>
    public static WebApplication Build(
        GatewaySettings settings, DatabaseUrl database, MasterKeys masterKeys, LogLevel? logLevel = null, Action<IServiceCollection>? replace = null)
    {
        ConnectionLimits.RefuseBareLineFeeds();
        var builder = WebApplication.CreateSlimBuilder(DoNotWatchFiles);
        builder.Configuration.Sources.Clear();   // every setting is one of GatewaySettings
        builder.Logging.AddGatewayLog(logLevel ?? settings.LogLevel);
        builder.WebHost.ConfigureKestrel(kestrel => Listen(kestrel, settings));
        builder.Services
            .AddSingleton(TimeProvider.System)
            .Configure<HostOptions>(host => host.ShutdownTimeout = settings.ShutdownTimeout + LastWords)
            .AddMetrics()
            .AddApplication()
            .AddInfrastructure(settings, database, masterKeys)
            .AddSingleton<AdminListener>()
            .AddHostedService<AdminListenerStart>()
            .AddSingleton(new ConnectionLimits())
            .AddSingleton<InferenceLoad>()
            .AddAccess()
            .AddApiDescription()
            .ConfigureHttpJsonOptions(json => AdminJson.Configure(json.SerializerOptions));
        replace?.Invoke(builder.Services);

        var app = builder.Build();
        app.Lifetime.ApplicationStarted.Register(() => app.Services.GetRequiredService<AdminListener>().Port = Ports(app, settings).Admin);
        app.Services.BeginMeasuring();
        app.Services.GetRequiredService<InferenceLoad>();   // so that its gauges are there before the first call
        app.UseTrustedProxies(settings);
        app.UseMiddleware<RequestIdentityMiddleware>();
        app.UseMiddleware<ErrorMiddleware>();
        app.UseMiddleware<AmbiguousLengthMiddleware>();
        app.UseApiPage();
        app.UseRouting();
        if (settings.Telemetry is not null)
            app.UseMiddleware<CallTracing>();
        app.UseMiddleware<AdminListenerMiddleware>();
        app.UseAuthorization();

        app.MapChatCompletions();
        app.MapResponses();
        app.MapEmbeddings();
        app.MapMessages();
        app.MapModels();
        app.MapModelImport();
        app.MapCatalogue();
        app.MapModelAliases();
        app.MapProviders();
        app.MapLiteLlmImport();
        app.MapHealth();
        app.MapRequestLogs();
        app.MapResponseLogs();
        app.MapStatistics();
        app.MapBudgets();
        app.MapUsage();
        app.MapAuditLog();
        app.MapOperations();
        app.MapLogLevels();
        app.MapProjects();
        app.MapApiKeys();
        app.MapAdminTokens();
        app.MapSecrets();
        app.MapApiDescription();
        app.MapUnknown();
        return app;
    }

    private static void Listen(KestrelServerOptions kestrel, GatewaySettings settings)
    {
        kestrel.ApplicationServices.GetRequiredService<ConnectionLimits>().ApplyTo(kestrel);
        kestrel.Listen(settings.HttpHost, settings.HttpPort, ConnectionLimits.Http1);
    }

    /// <summary>The ports that were really got; different from the settings where those left the choice open.</summary>
    public static (int Http, int? Admin) Ports(WebApplication app, GatewaySettings settings)
    {
        var ports = app.Urls.Select(url => new Uri(url).Port).ToList();
        return (ports[0], HasAdminListener(app.Services, settings) ? ports[^1] : null);
    }

    // Where nobody could be let in, there is no door.
    private static bool HasAdminListener(IServiceProvider services, GatewaySettings settings) =>
        settings.AdminHttpPort is not null && services.GetRequiredService<IAdminTokenDirectory>().AnyAtStart;
}
