using System.Net;
using CleanGateway.Domain.RequestLogs;
using CleanGateway.Domain.Usage;
using Microsoft.Extensions.Logging;

namespace CleanGateway.Infrastructure.Configuration;

/// <summary>Everything an operator can set, read and checked once at start. <c>docs/configuration.md</c> explains each.</summary>
public sealed class GatewaySettings
{
    private GatewaySettings(SettingsReader read)
    {
        HttpHost = read.Required(KnownSettings.HttpHost);
        HttpPort = read.Required(KnownSettings.HttpPort);
        AdminHttpHost = read.Required(KnownSettings.AdminHttpHost);
        AdminHttpPort = read.OptionalNumber(KnownSettings.AdminHttpPort);
        MaxRequestBody = (int)read.Required(KnownSettings.MaxRequestBody);
        MaxInFlight = read.Required(KnownSettings.MaxInFlight);
        MaxBodyBytesInFlight = read.Required(KnownSettings.MaxBodyBytesInFlight);
        if (MaxBodyBytesInFlight < MaxRequestBody)
        {
            read.Reject(
                KnownSettings.MaxBodyBytesInFlight,
                $"MAX_BODY_BYTES_IN_FLIGHT is {MaxBodyBytesInFlight} bytes: expected no less than MAX_REQUEST_BODY, which is {MaxRequestBody}");
        }

        TrustedProxies = read.Optional(KnownSettings.TrustedProxies) ?? [];
        FailedLoginsPerMinute = read.Required(KnownSettings.FailedLoginsPerMinute);
        ShutdownDelay = read.Required(KnownSettings.ShutdownDelay);
        ShutdownTimeout = read.Required(KnownSettings.ShutdownTimeout);
        LogLevel = read.Required(KnownSettings.LogLevel);
        DataDirectory = Path.GetFullPath(read.Required(KnownSettings.DataDirectory));

        Database = read.Optional(KnownSettings.DatabaseUrl);
        MigrationDatabase = read.Optional(KnownSettings.DatabaseMigrationUrl);
        if (MigrationDatabase is not null)
            read.RejectMissing(KnownSettings.DatabaseUrl, "DATABASE_MIGRATION_URL is of no use without it");
        MaxOpenConnections = read.Required(KnownSettings.MaxOpenConnections);
        ReportsDatabase = read.Optional(KnownSettings.DatabaseReportsUrl);
        if (ReportsDatabase is not null)
            read.RejectMissing(KnownSettings.DatabaseUrl, "DATABASE_REPORTS_URL is of no use without it");
        ReportsMaxOpenConnections = read.Required(KnownSettings.ReportsMaxOpenConnections);
        PostgresBin = read.Optional(KnownSettings.PostgresBin);
        LogContent = read.Required(KnownSettings.LogContent);
        LogBuffer = read.Required(KnownSettings.LogBuffer);
        JournalDurability = read.Required(KnownSettings.JournalDurability);
        JournalMaxBytes = read.Required(KnownSettings.JournalMaxBytes);
        JournalMinFreeBytes = read.Required(KnownSettings.JournalMinFreeBytes);
        LogRetentionDays = read.Required(KnownSettings.LogRetentionDays);
        LedgerRetentionMonths = read.Required(KnownSettings.LedgerRetentionMonths);

        Archive = ArchiveSettings.Read(read);

        Redis = read.Optional(KnownSettings.RedisAddress);
        RedisPassword = read.Optional(KnownSettings.RedisPassword);
        RedisDatabase = read.Required(KnownSettings.RedisDatabase);
        if (LogBuffer == LogBuffer.Redis && Redis is null)
            read.Reject(KnownSettings.LogBuffer, "LOG_BUFFER is redis, which needs a REDIS_ADDRESS: expected host:port");

        ProviderReloadInterval = read.Required(KnownSettings.ProviderReloadInterval);
        ProviderRequestTimeout = read.Required(KnownSettings.ProviderRequestTimeout);
        ProviderIdleTimeout = read.Required(KnownSettings.ProviderIdleTimeout);
        UpstreamAllowedNetworks = read.Optional(KnownSettings.UpstreamAllowCidrs) ?? [];
        OpenAiApiKey = read.Optional(KnownSettings.OpenAiApiKey);
        OpenAiBaseUrl = read.Optional(KnownSettings.OpenAiBaseUrl);

        var (input, output) = (read.OptionalNumber(KnownSettings.MaxPriceInputPerToken), read.OptionalNumber(KnownSettings.MaxPriceOutputPerToken));
        MaxPrice = input is { } perInput && output is { } perOutput ? Price.Assumed(perInput, perOutput) : null;
        if (input is null != output is null)
        {
            var missing = input is null ? KnownSettings.MaxPriceInputPerToken : KnownSettings.MaxPriceOutputPerToken;
            read.RejectMissing(missing, "one of the two is of no use without the other");
        }

        ApiKeyCacheSize = read.Required(KnownSettings.ApiKeyCacheSize);
        ApiKeyCacheTtl = read.Required(KnownSettings.ApiKeyCacheTtl);
        ModelCacheSize = read.Required(KnownSettings.ModelCacheSize);
        ModelCacheTtl = read.Required(KnownSettings.ModelCacheTtl);

        MasterKey = read.Optional(KnownSettings.MasterKey);
        MasterKeyFile = read.Optional(KnownSettings.MasterKeyFile);
        CredentialsDirectory = read.Optional(KnownSettings.CredentialsDirectory);
        if (MasterKey is not null && MasterKeyFile is not null)
            read.Reject(KnownSettings.MasterKey, "GATEWAY_MASTER_KEY and GATEWAY_MASTER_KEY_FILE are both set: expected at most one of them");

        Telemetry = TelemetrySettings.Read(read);
        SecretsDirectory = read.Optional(KnownSettings.SecretsDirectory) is { } folder ? Path.GetFullPath(folder) : null;
    }

    public IPAddress HttpHost { get; }
    public int HttpPort { get; }

    /// <summary>Null: there is no admin listener. The same as <see cref="HttpPort"/>: one listener for both.</summary>
    public int? AdminHttpPort { get; }

    /// <summary>Of the admin listener, where it is not the same as the other.</summary>
    public IPAddress AdminHttpHost { get; }

    /// <summary>Bytes.</summary>
    public int MaxRequestBody { get; }
    public int MaxInFlight { get; }
    public long MaxBodyBytesInFlight { get; }

    /// <summary>Empty: no header says where a caller is.</summary>
    public IReadOnlyList<IPNetwork> TrustedProxies { get; }

    /// <summary>0: any number.</summary>
    public int FailedLoginsPerMinute { get; }
    public TimeSpan ShutdownDelay { get; }
    public TimeSpan ShutdownTimeout { get; }
    public LogLevel LogLevel { get; }

    /// <summary>Absolute.</summary>
    public string DataDirectory { get; }

    /// <summary>Null: the gateway runs a PostgreSQL of its own.</summary>
    public DatabaseUrl? Database { get; }

    /// <summary>The same database, for what only the owner of its tables may do. Null: <see cref="Database"/> does that too.</summary>
    public DatabaseUrl? MigrationDatabase { get; }
    public int MaxOpenConnections { get; }

    /// <summary>A replica for what may be a little old. Null: <see cref="Database"/> does that too.</summary>
    public DatabaseUrl? ReportsDatabase { get; }
    public int ReportsMaxOpenConnections { get; }
    public string? PostgresBin { get; }
    public ContentPolicy LogContent { get; }
    public LogBuffer LogBuffer { get; }
    public JournalDurability JournalDurability { get; }

    /// <summary>Bytes of the spool from which on no new call is taken.</summary>
    public long JournalMaxBytes { get; }

    /// <summary>Bytes that must stay free on the spool's disk for new calls to be taken.</summary>
    public long JournalMinFreeBytes { get; }

    /// <summary>0: for ever.</summary>
    public int LogRetentionDays { get; }

    /// <summary>0: for ever.</summary>
    public int LedgerRetentionMonths { get; }

    /// <summary>Null: nothing is archived.</summary>
    public ArchiveSettings? Archive { get; }

    /// <summary>Null: there is no Redis.</summary>
    public DnsEndPoint? Redis { get; }
    public string? RedisPassword { get; }
    public int RedisDatabase { get; }

    public TimeSpan ProviderReloadInterval { get; }
    public TimeSpan ProviderRequestTimeout { get; }
    public TimeSpan ProviderIdleTimeout { get; }
    public IReadOnlyList<IPNetwork> UpstreamAllowedNetworks { get; }
    public string? OpenAiApiKey { get; }
    public Uri? OpenAiBaseUrl { get; }

    /// <summary>What a model without a price is charged at; null: such calls have no cost.</summary>
    public Price? MaxPrice { get; }

    public int ApiKeyCacheSize { get; }
    public TimeSpan ApiKeyCacheTtl { get; }
    public int ModelCacheSize { get; }
    public TimeSpan ModelCacheTtl { get; }

    public string? MasterKey { get; }
    public string? MasterKeyFile { get; }

    /// <summary>Null: nothing is traced or sent.</summary>
    public TelemetrySettings? Telemetry { get; }

    /// <summary>Absolute. Null: there is none.</summary>
    public string? SecretsDirectory { get; }

    /// <summary>Where systemd puts credentials; null: there are none.</summary>
    public string? CredentialsDirectory { get; }

    /// <param name="environment">The process's environment: may hold names that mean nothing here.</param>
    /// <param name="file">What a <c>.env</c> file says: a name that means nothing is a mistake. The environment wins.</param>
    /// <returns>The settings, or every problem there is.</returns>
    public static (GatewaySettings? Settings, IReadOnlyList<string> Problems) Read(
        IReadOnlyDictionary<string, string> environment, IReadOnlyDictionary<string, string> file)
    {
        var (settings, problems) = Read(new SettingsSources(environment, file));
        return (settings, [.. problems.Select(problem => problem.ToString())]);
    }

    /// <param name="sources">The environment wins over <c>.env</c>, which wins over <c>config.yaml</c>.</param>
    /// <returns>The settings, or every problem there is.</returns>
    public static (GatewaySettings? Settings, IReadOnlyList<SettingProblem> Problems) Read(SettingsSources sources)
    {
        var reader = new SettingsReader(sources);
        reader.RejectUnknownNames(KnownSettings.All);
        var settings = new GatewaySettings(reader);
        return reader.Problems.Count == 0 ? (settings, []) : (null, reader.Problems);
    }
}

/// <summary>Where an exchange waits for the database.</summary>
public enum LogBuffer
{
    /// <summary>On the gateway's own disk.</summary>
    Spool,

    /// <summary>Nowhere: the answer waits for the commit.</summary>
    Direct,

    /// <summary>In a Redis, which several gateways may share.</summary>
    Redis,
}

/// <summary>What a record in the spool survives.</summary>
public enum JournalDurability
{
    /// <summary>The end of the process, however it comes; not the loss of power.</summary>
    Process,

    /// <summary>The loss of power too: records wait, together, for the disk.</summary>
    Power,
}
