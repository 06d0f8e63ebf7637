using CleanGateway.Application;
using CleanGateway.Application.AdminTokens;
using CleanGateway.Application.ApiKeys;
using CleanGateway.Application.Common;
using CleanGateway.Application.FirstStart;
using CleanGateway.Application.LiteLlm;
using CleanGateway.Application.LogLevels;
using CleanGateway.Application.ModelAliases;
using CleanGateway.Application.Models;
using CleanGateway.Application.Operations;
using CleanGateway.Application.Projects;
using CleanGateway.Application.Providers;
using CleanGateway.Application.RequestLogs;
using CleanGateway.Application.Secrets;
using CleanGateway.Application.Telemetry;
using CleanGateway.Infrastructure.AdminTokens;
using CleanGateway.Infrastructure.Archive;
using CleanGateway.Infrastructure.AuditLog;
using CleanGateway.Infrastructure.Admission;
using CleanGateway.Infrastructure.ApiKeys;
using CleanGateway.Infrastructure.Configuration;
using CleanGateway.Infrastructure.Journal;
using CleanGateway.Infrastructure.Journal.Redis;
using CleanGateway.Infrastructure.Journal.Spool;
using CleanGateway.Infrastructure.LiteLlm;
using CleanGateway.Infrastructure.LogLevels;
using CleanGateway.Infrastructure.ModelAliases;
using CleanGateway.Infrastructure.Models;
using CleanGateway.Infrastructure.Operations;
using CleanGateway.Infrastructure.Persistence;
using CleanGateway.Infrastructure.Projects;
using CleanGateway.Infrastructure.ProviderAdapters;
using CleanGateway.Infrastructure.ProviderAdapters.Dialects;
using CleanGateway.Infrastructure.ProviderAdapters.Credentials;
using CleanGateway.Infrastructure.Providers;
using CleanGateway.Infrastructure.Redis;
using CleanGateway.Infrastructure.Secrets;
using CleanGateway.Infrastructure.Security;
using CleanGateway.Infrastructure.Snapshots;
using CleanGateway.Infrastructure.Telemetry;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace CleanGateway.Infrastructure;

public static class DependencyInjection
{
    /// <param name="database">The operator's server, or the gateway's own.</param>
    public static IServiceCollection AddInfrastructure(
        this IServiceCollection services, GatewaySettings settings, DatabaseUrl database, MasterKeys masterKeys) => services
        .AddSingleton(settings)
        .AddPersistence(settings, database)
        .AddSecrets(settings, masterKeys)
        .AddSnapshots()
        .AddArchive(settings.Archive)
        .AddAdmission(settings)
        .AddJournal(settings.LogBuffer)
        .AddSingleton<RedisConnection>()
        .AddSingleton<IRedisScripts, MeasuredRedis>()
        .AddSingleton<GatewayStart>()
        .AddSingleton<PrometheusExporter>()
        .AddSingleton<InfrastructureMetrics>()
        .AddSingleton<IContentCapture, ContentCapture>()
        .AddHostedService<OtlpExport>()
        .AddHandlersFrom(typeof(DependencyInjection).Assembly);

    /// <summary>What decides how much loggers tell: apart from the rest, because there is a log before there is a gateway.</summary>
    /// <param name="configured">The least that is told, until an admin says otherwise.</param>
    public static IServiceCollection AddLogLevels(this IServiceCollection services, LogLevel configured) => services
        .AddSingleton(provider => new LogLevelRules(configured, provider.GetRequiredService<TimeProvider>()))
        .AddSingleton<ILogLevels>(provider => provider.GetRequiredService<LogLevelRules>())
        .AddSingleton<IConfigureOptions<LoggerFilterOptions>>(provider => provider.GetRequiredService<LogLevelRules>())
        .AddSingleton<IOptionsChangeTokenSource<LoggerFilterOptions>>(provider => provider.GetRequiredService<LogLevelRules>());

    private static IServiceCollection AddPersistence(this IServiceCollection services, GatewaySettings settings, DatabaseUrl url) => services
        .AddSingleton(provider => new GatewayDatabase(url, settings.MaxOpenConnections, provider.GetRequiredService<ILoggerFactory>()))
        .AddKeyedSingleton(GatewayDatabase.Owner, (provider, _) => settings.MigrationDatabase is { } owner
            ? new GatewayDatabase(owner, GatewayDatabase.OwnerConnections, provider.GetRequiredService<ILoggerFactory>())
            : provider.GetRequiredService<GatewayDatabase>())
        .AddSingleton<ReportsDatabase>()
        .AddSingleton<ReportsWatch>()
        .AddHostedService(provider => provider.GetRequiredService<ReportsWatch>())
        .AddSingleton<DatabaseHealth>()
        .AddSingleton<Migrator>()
        .AddSingleton<Partitions>()
        .AddSingleton<PartitionRetention>()
        .AddSingleton<PartitionMaintenance>()
        .AddHostedService(provider => provider.GetRequiredService<PartitionMaintenance>())
        .AddDbContext<GatewayDbContext>((provider, options) =>
            options.UseNpgsql(provider.GetRequiredService<GatewayDatabase>().Source).UseOurServices())
        .AddScoped<AuditTrail>()
        .AddScoped<ContentReadings>()
        .AddScoped<IPartitionKeeper, PartitionKeeper>()
        .AddScoped<IAuditRecords, AuditRecords>()
        .AddScoped<IUnitOfWork, UnitOfWork>()
        .AddScoped<IIdempotencyKeys, IdempotencyKeys>()
        .AddScoped<IApiKeyRepository, ApiKeyRepository>()
        .AddScoped<IAdminTokenRepository, AdminTokenRepository>()
        .AddScoped<IProjectRepository, ProjectRepository>()
        .AddScoped<IProviderRepository, ProviderRepository>()
        .AddScoped<IModelRepository, ModelRepository>()
        .AddScoped<IModelAliasRepository, ModelAliasRepository>()
        .AddScoped<IModelCatalogue, ModelCatalogue>()
        .AddScoped<IRouteRows, RouteRows>()
        .AddSingleton<IYamlReader, YamlReader>();

    private static IServiceCollection AddSecrets(this IServiceCollection services, GatewaySettings settings, MasterKeys masterKeys) => services
        .AddSingleton(masterKeys)
        .AddSingleton<ISecretFiles>(new SecretFiles(settings.DataDirectory))
        .AddSingleton<MasterKeyCheck>()
        .AddScoped<IMasterKeyStore, MasterKeyStore>()
        .AddSingleton<EnvelopeCipher>()
        .AddSingleton<ICredentialCipher, CredentialCipher>()
        .AddSingleton(new SecretReferences(settings, masterKeys, Environment.GetEnvironmentVariable));

    private static IServiceCollection AddSnapshots(this IServiceCollection services) => services
        .AddSingleton<ConfigurationVersion>()
        .AddSingleton<INameResolver, NameResolver>()
        .AddSingleton<UpstreamConnections>()
        .AddSingleton<ThoughtMemory>()
        .AddSingleton<DialectServices>()
        .AddSingleton<UpstreamCredentialStore>()
        .AddSingleton<UpstreamAdapters>()
        .AddSingleton<ProviderReader>()
        .AddSingleton<IProviderForms, CheckedProviders>()
        .AddSingleton<ProbeRows>()
        .AddSingleton<IProviderProbe, ProviderProbe>()
        .AddSingleton<SnapshotCompiler>()
        .AddSingleton<PriceCards>()
        .AddSingleton<GatewaySnapshots>()
        .AddSingleton<IGatewaySnapshots>(provider => provider.GetRequiredService<GatewaySnapshots>())
        .AddSingleton<IApiKeyDirectory, ApiKeyDirectory>()
        .AddSingleton<AdminTokenDirectory>()
        .AddSingleton<IAdminTokenDirectory>(provider => provider.GetRequiredService<AdminTokenDirectory>())
        .AddHostedService<ConfigurationWatcher>();

    private static IServiceCollection AddJournal(this IServiceCollection services, LogBuffer buffer)
    {
        services
            .AddSingleton<IFaultPoints, NoFaults>()
            .AddSingleton<ExchangeWriter>()
            .AddSingleton<ExchangeBatches>()
            .AddSingleton<IExchangeJournal>(provider => provider.GetRequiredService<IJournal>());
        return buffer switch
        {
            LogBuffer.Spool => services.AddJournal<SpoolJournal>(),
            LogBuffer.Direct => services.AddJournal<DirectJournal>(),
            LogBuffer.Redis => services.AddSingleton(new RedisJournalTimes()).AddJournal<RedisJournal>(),
            _ => throw new ArgumentOutOfRangeException(nameof(buffer), buffer, "There is no such journal."),
        };
    }

    private static IServiceCollection AddJournal<TJournal>(this IServiceCollection services) where TJournal : class, IJournal, IHostedService => services
        .AddSingleton<TJournal>()
        .AddSingleton<IJournal>(provider => provider.GetRequiredService<TJournal>())
        .AddHostedService(provider => provider.GetRequiredService<TJournal>());
}
