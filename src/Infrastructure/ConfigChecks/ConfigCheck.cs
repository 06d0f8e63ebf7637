using CleanGateway.Application;
using CleanGateway.Infrastructure.Configuration;
using CleanGateway.Infrastructure.Persistence;
using CleanGateway.Infrastructure.Persistence.Embedded;
using CleanGateway.Infrastructure.Redis;
using CleanGateway.Infrastructure.Security;
using CleanGateway.Infrastructure.Snapshots;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;

namespace CleanGateway.Infrastructure.ConfigChecks;

/// <summary>
/// Looks through a gateway's settings, its database and its Redis, and names everything that is wrong or odd. It reads
/// only: nothing is started, made or migrated, and a gateway may run meanwhile.
/// </summary>
public static class ConfigCheck
{
    /// <param name="environment">The process's environment.</param>
    /// <param name="folder">Where files of settings are looked for; empty: the working folder.</param>
    /// <returns>Errors first.</returns>
    public static async Task<IReadOnlyList<ConfigFinding>> RunAsync(
        IReadOnlyDictionary<string, string> environment, string folder, CancellationToken cancellationToken)
    {
        var findings = new List<ConfigFinding>();
        if (Read(environment, folder, findings) is not { } settings)
            return findings;

        SettingsCheck.Check(settings, findings);
        var masterKeys = await FindMasterKeysAsync(settings, findings, cancellationToken);
        if (await FindDatabaseAsync(settings, findings, cancellationToken) is { } url)
            await CheckDatabaseAsync(settings, url, masterKeys ?? MasterKeys.Ephemeral(), findings, cancellationToken);
        await CheckRedisAsync(settings, findings);
        return [.. findings.OrderBy(finding => finding.Severity)];
    }

    private static GatewaySettings? Read(IReadOnlyDictionary<string, string> environment, string folder, List<ConfigFinding> findings)
    {
        const string Correct = "Correct it: docs/configuration.md lists what each setting takes";
        try
        {
            var (settings, problems) = GatewaySettings.Read(SettingsSources.Find(environment, folder));
            foreach (var problem in problems)
                findings.Error(problem.What, problem.Where, Correct);
            SettingsCheck.CheckNames(environment, findings);
            if (settings is null)
                findings.Note("Database and Redis were not looked at", "environment", "Correct the settings, and check again");
            return settings;
        }
        catch (StartException unreadable)
        {
            findings.Error(unreadable.Message, "files of settings", "Correct the file, or its name");
            return null;
        }
    }

    // Where there is none, the first start makes one; a check does not.
    private static async Task<MasterKeys?> FindMasterKeysAsync(GatewaySettings settings, List<ConfigFinding> findings, CancellationToken cancellationToken)
    {
        if (!MasterKeys.AreThere(settings))
        {
            findings.Note(
                "There is no master key yet",
                "DATA_DIR",
                "The first start makes one; gateways that share a database need the same one: set GATEWAY_MASTER_KEY");
            return null;
        }

        try
        {
            // Which one seals is for the database to say; a check seals nothing that it keeps.
            var keys = await MasterKeys.LoadAsync(settings, cancellationToken);
            keys.Activate(keys.Ids[0]);
            return keys;
        }
        catch (StartException unusable)
        {
            findings.Error(unusable.Message, "master key", "Put the right key there: credentials open with no other");
            return null;
        }
    }

    private static async Task<DatabaseUrl?> FindDatabaseAsync(GatewaySettings settings, List<ConfigFinding> findings, CancellationToken cancellationToken)
    {
        if (settings.Database is not null)
            return settings.Database;

        try
        {
            if (await EmbeddedPostgres.FindRunningAsync(settings, cancellationToken) is { } running)
                return running;

            findings.Note(
                "The private PostgreSQL does not run, so the database was not looked at",
                "DATABASE_URL",
                "Check again while the gateway runs, or set DATABASE_URL");
        }
        catch (Exception unknown) when (unknown is StartException or IOException or UnauthorizedAccessException)
        {
            findings.Error(unknown.Message, "DATABASE_URL", "Let the gateway's own user run the check, or set DATABASE_URL");
        }

        return null;
    }

    private static async Task CheckDatabaseAsync(
        GatewaySettings settings, DatabaseUrl url, MasterKeys masterKeys, List<ConfigFinding> findings, CancellationToken cancellationToken)
    {
        // What a check must not do, the server keeps it from doing.
        await using var services = new ServiceCollection().AddLogging().AddMetrics().AddSingleton(TimeProvider.System).AddApplication()
            .AddInfrastructure(settings, url.ReadOnly(), masterKeys).BuildServiceProvider();
        if (services.GetRequiredService<ReportsDatabase>().Replica is { } replica)
            await ReportsCheck.RunAsync(replica, findings, cancellationToken);

        var database = services.GetRequiredService<GatewayDatabase>();
        try
        {
            if (await DatabaseCheck.IsReadyAsync(database, findings, cancellationToken))
            {
                await new RowsCheck(database, services.GetRequiredService<SnapshotCompiler>(), findings).RunAsync(cancellationToken);
            }
        }
        catch (Exception failure) when (failure is NpgsqlException or TimeoutException or IOException)
        {
            var invalid = failure as PostgresException;
            findings.Error(
                $"The database cannot be used: {invalid?.MessageText ?? failure.GetBaseException().Message}", url.ToString(),
                invalid?.SqlState == PostgresErrorCodes.InvalidCatalogName ? "`cleangateway db migrate` makes it" : "Correct DATABASE_URL, or bring the server up");
        }
    }

    private static async Task CheckRedisAsync(GatewaySettings settings, List<ConfigFinding> findings)
    {
        if (settings.Redis is not { } address)
            return;

        using var redis = new RedisConnection(TimeProvider.System);
        try
        {
            await redis.ConnectAsync(address, settings);
        }
        catch (StartException failure)
        {
            findings.Error(failure.Message, "REDIS_ADDRESS", "Correct REDIS_ADDRESS and REDIS_PASSWORD, or the server's own configuration");
        }
    }
}

/// <param name="What">What is wrong or odd; never a secret.</param>
/// <param name="Where">A setting, or a row.</param>
/// <param name="Advice">What to do.</param>
public sealed record ConfigFinding(ConfigSeverity Severity, string What, string Where, string Advice);

public enum ConfigSeverity
{
    /// <summary>The gateway does not start, or something configured does not work.</summary>
    Error,

    /// <summary>It works, and hardly as it is meant.</summary>
    Warning,

    /// <summary>Good to know.</summary>
    Note,
}

internal static class ConfigFindings
{
    public static void Error(this List<ConfigFinding> findings, string what, string where, string advice) =>
        findings.Add(new ConfigFinding(ConfigSeverity.Error, what, where, advice));

    public static void Warning(this List<ConfigFinding> findings, string what, string where, string advice) =>
        findings.Add(new ConfigFinding(ConfigSeverity.Warning, what, where, advice));

    public static void Note(this List<ConfigFinding> findings, string what, string where, string advice) =>
        findings.Add(new ConfigFinding(ConfigSeverity.Note, what, where, advice));
}
