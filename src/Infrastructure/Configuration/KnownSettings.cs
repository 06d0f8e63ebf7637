using System.Net;
using CleanGateway.Domain.RequestLogs;
using Microsoft.Extensions.Logging;

namespace CleanGateway.Infrastructure.Configuration;

/// <summary>The settings there are: their names, defaults, and what they take.</summary>
internal static class KnownSettings
{
    private const string ADuration = "a duration like 90s, 5m or 1h30m, from";
    private const string SomeBytes = "bytes, or a number with KiB, MiB or GiB, from";
    private const long KiB = 1024;
    private const long MiB = 1024 * KiB;
    private const long GiB = 1024 * MiB;
    private const string AnAddress = "an IP address, localhost, or * for all addresses";
    private const string APort = "a port from 1 to 65535, or 0 for any free one";
    private static readonly TimeSpan Millisecond = TimeSpan.FromMilliseconds(1);
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Minute = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan Hour = TimeSpan.FromHours(1);
    private static readonly TimeSpan Day = TimeSpan.FromDays(1);

    public static readonly Setting<IPAddress> HttpHost = new(
        "GATEWAY_HTTP_HOST", "127.0.0.1", AnAddress, "Address to listen on for callers", Values.ListenAddress);

    public static readonly Setting<int> HttpPort = new("GATEWAY_HTTP_PORT", "8080", APort, "Port for callers", Values.Integer(0, 65535));

    public static readonly Setting<IPAddress> AdminHttpHost = new(
        "ADMIN_HTTP_HOST", "127.0.0.1", AnAddress, "Address to listen on for admins, where they have a port of their own", Values.ListenAddress);

    public static readonly Setting<int> AdminHttpPort = new(
        "ADMIN_HTTP_PORT", null, APort, "Port for admin endpoints such as `/metrics`; may equal `GATEWAY_HTTP_PORT`. Not set: there are none",
        Values.Integer(0, 65535));

    public static readonly Setting<long> MaxRequestBody = new(
        "MAX_REQUEST_BODY", "10MiB", $"{SomeBytes} 1KiB to 256MiB", "Largest request body", Values.Bytes(KiB, 256 * MiB));

    public static readonly Setting<int> MaxInFlight = new(
        "MAX_IN_FLIGHT", "1000", "a number from 1 to 1000000",
        "Most calls to models under way at a time; one more is refused with 503 `overloaded` before its body is read", Values.Integer(1, 1_000_000));

    public static readonly Setting<long> MaxBodyBytesInFlight = new(
        "MAX_BODY_BYTES_IN_FLIGHT", "256MiB", $"{SomeBytes} 1KiB to 1024GiB",
        "Most bytes that the bodies of these calls may have together; not less than `MAX_REQUEST_BODY`", Values.Bytes(KiB, 1024 * GiB));

    public static readonly Setting<IReadOnlyList<IPNetwork>> TrustedProxies = new(
        "TRUSTED_PROXIES", null, "networks like 10.0.0.0/8, separated by commas",
        "Proxies in front of the gateway whose `X-Forwarded-For` is believed. Not set: a caller's address is where its connection comes from", Values.Networks)
    {
        IsList = true,
    };

    public static readonly Setting<int> FailedLoginsPerMinute = new(
        "FAILED_LOGINS_PER_MINUTE", "20", "a number from 0 to 1000",
        "Wrong keys and tokens from one address within a minute, after which credentials that are not known from before get 429; 0: any number",
        Values.Integer(0, 1000));

    public static readonly Setting<TimeSpan> ShutdownDelay = new(
        "SHUTDOWN_DELAY", "0s", $"{ADuration} 0s to 10m",
        "How long a gateway that is asked to stop goes on as before, but for `/health/ready`, so that load balancers find out",
        Values.Duration(TimeSpan.Zero, 10 * Minute));

    public static readonly Setting<TimeSpan> ShutdownTimeout = new(
        "SHUTDOWN_TIMEOUT", "30s", $"{ADuration} 0s to 1h", "How long calls under way may then take to come to their end. A second signal leaves them no more time",
        Values.Duration(TimeSpan.Zero, Hour));

    public static readonly Setting<LogLevel> LogLevel = new(
        "LOG_LEVEL", "information", "trace, debug, information, warning, error, critical or none",
        "Least level of the gateway's own log on standard output", Values.OneOf<LogLevel>());

    public static readonly Setting<string> DataDirectory = new(
        "DATA_DIR", "./data", "a folder", "Where the gateway keeps its keys and its own database. One gateway at a time", Values.Text);

    public static readonly Setting<DatabaseUrl> DatabaseUrl = new(
        "DATABASE_URL", null, $"{Configuration.DatabaseUrl.Form}",
        "PostgreSQL 15 to 18. Not set: the gateway runs one of its own under `DATA_DIR`", Configuration.DatabaseUrl.TryParse, IsSecret: true)
    {
        Explain = text => $"not valid ({Configuration.DatabaseUrl.WhatIsWrong(text)})",
    };

    public static readonly Setting<DatabaseUrl> DatabaseMigrationUrl = new(
        "DATABASE_MIGRATION_URL", null, $"{Configuration.DatabaseUrl.Form}",
        "The same database for the role that owns its tables: migrations and partitions, see [roles](#roles-in-the-database). Not set: `DATABASE_URL` does it all",
        Configuration.DatabaseUrl.TryParse, IsSecret: true)
    {
        Explain = text => $"not valid ({Configuration.DatabaseUrl.WhatIsWrong(text)})",
    };

    public static readonly Setting<DatabaseUrl> DatabaseReportsUrl = new(
        "DATABASE_REPORTS_URL", null, $"{Configuration.DatabaseUrl.Form}",
        "A replica that reports and searches are read from, by a role that may read ([high-availability.md](high-availability.md#reports-from-a-replica)). Not set: `DATABASE_URL`",
        Configuration.DatabaseUrl.TryParse, IsSecret: true)
    {
        Explain = text => $"not valid ({Configuration.DatabaseUrl.WhatIsWrong(text)})",
    };

    public static readonly Setting<int> ReportsMaxOpenConnections = new(
        "DB_REPORTS_MAX_OPEN_CONNS", "4", "a number from 1 to 1000", "Most connections to that replica", Values.Integer(1, 1000));

    public static readonly Setting<int> MaxOpenConnections = new(
        "DB_MAX_OPEN_CONNS", "10", "a number from 3 to 1000", "Most connections to PostgreSQL; with `DATABASE_MIGRATION_URL` up to three more",
        Values.Integer(3, 1000));

    public static readonly Setting<string> PostgresBin = new(
        "POSTGRES_BIN", null, "a folder", "Folder of `postgres` and `initdb` for the gateway's own database. Not set: they are looked for", Values.Text);

    public static readonly Setting<LogBuffer> LogBuffer = new(
        "LOG_BUFFER", "spool", "spool, direct or redis",
        "Where a call's record waits for the database: `spool` keeps it in files under `DATA_DIR/journal`, `direct` makes the answer wait for the commit, `redis` keeps it in Redis",
        Values.OneOf<LogBuffer>());

    public static readonly Setting<ContentPolicy> LogContent = new(
        "LOG_CONTENT", "full", "full, metadata or none",
        "What the log keeps of what is said: `full`; `metadata`, no bodies; `none`, only who, which model, outcome, usage and cost. A key's `log_content` goes before",
        Values.OneOf<ContentPolicy>());

    public static readonly Setting<JournalDurability> JournalDurability = new(
        "JOURNAL_DURABILITY", "process", "process or power",
        "What a record in the spool survives: `process`, the end of the gateway; `power`, the loss of power too, for which it waits for the disk",
        Values.OneOf<JournalDurability>());

    public static readonly Setting<long> JournalMaxBytes = new(
        "JOURNAL_MAX_BYTES", "10GiB", $"{SomeBytes} 1MiB to 1024GiB", "Size of the spool from which on no new call is taken, until the database has caught up",
        Values.Bytes(MiB, 1024 * GiB));

    public static readonly Setting<long> JournalMinFreeBytes = new(
        "JOURNAL_MIN_FREE_BYTES", "256MiB", $"{SomeBytes} 0 to 1024GiB", "Bytes that must stay free on the spool's disk for new calls to be taken",
        Values.Bytes(0, 1024 * GiB));

    public static readonly Setting<int> LogRetentionDays = new(
        "LOG_RETENTION_DAYS", "30", "a number from 0 to 36500", "Days that requests and responses are kept; 0: for ever", Values.Integer(0, 36_500));

    public static readonly Setting<int> LedgerRetentionMonths = new(
        "LEDGER_RETENTION_MONTHS", "13", "a number from 0 to 1200", "Months before this one that the ledger is kept; 0: for ever", Values.Integer(0, 1200));

    public static readonly Setting<LogArchive> LogArchive = new(
        "LOG_ARCHIVE", "none", "none, folder or s3", "Where exchanges are archived, as compressed files, once they are in the database: see [archive.md](archive.md)",
        Values.OneOf<LogArchive>());

    public static readonly Setting<string> ArchiveFolder = new(
        "ARCHIVE_FOLDER", null, "a folder", "Where `LOG_ARCHIVE=folder` puts its files", Values.Text);

    public static readonly Setting<long> ArchiveMaxBytes = new(
        "ARCHIVE_MAX_BYTES", "10GiB", $"{SomeBytes} 1MiB to 1024GiB",
        "Bytes waiting under `DATA_DIR/archive` from which on no more are taken: records then wait in the journal", Values.Bytes(MiB, 1024 * GiB));

    public static readonly Setting<string> ArchiveS3Bucket = new(
        "ARCHIVE_S3_BUCKET", null, "3 to 63 of lower-case letters, digits, dots and hyphens", "Bucket of `LOG_ARCHIVE=s3`", Values.BucketName);

    public static readonly Setting<string> ArchiveS3Prefix = new(
        "ARCHIVE_S3_PREFIX", null, "letters, digits and any of !-_.*'()/, not beginning with /", "What the keys of its objects begin with", Values.KeyPrefix);

    public static readonly Setting<string> ArchiveS3Region = new(
        "ARCHIVE_S3_REGION", null, "a region like eu-central-1", "Region of the bucket. Not set, with an endpoint: `us-east-1`", Values.RegionName);

    public static readonly Setting<Uri> ArchiveS3Endpoint = new(
        "ARCHIVE_S3_ENDPOINT", null, "an http or https URL without user, query and fragment",
        "An S3-compatible server; the bucket is then in the path, not in the host's name. Not set: AWS", Values.BaseUrl);

    public static readonly Setting<string> AwsAccessKeyId = new(
        "AWS_ACCESS_KEY_ID", null, "a key id of ASCII characters without spaces",
        "Key for S3. Not set: AWS's usual places (shared credentials file, container, instance)", Values.VisibleAscii, IsSecret: true);

    public static readonly Setting<string> AwsSecretAccessKey = new(
        "AWS_SECRET_ACCESS_KEY", null, "a key of ASCII characters without spaces", "Its secret", Values.VisibleAscii, IsSecret: true);

    public static readonly Setting<string> AwsSessionToken = new(
        "AWS_SESSION_TOKEN", null, "a token of ASCII characters without spaces", "Its token, where it is a temporary one", Values.VisibleAscii, IsSecret: true);

    public static readonly Setting<DnsEndPoint> RedisAddress = new(
        "REDIS_ADDRESS", null, "host:port", "Redis that replicas share; its `maxmemory-policy` has to be `noeviction`, its default. Not set: there is none",
        Values.HostAndPort(6379));

    public static readonly Setting<string> RedisPassword = new("REDIS_PASSWORD", null, "a password", "Password for Redis", Values.Text, IsSecret: true);

    public static readonly Setting<int> RedisDatabase = new("REDIS_DB", "0", "a number from 0 to 1023", "Redis database number", Values.Integer(0, 1023));

    public static readonly Setting<TimeSpan> ProviderReloadInterval = new(
        "PROVIDER_RELOAD_INTERVAL", "5m", $"{ADuration} 1s to 24h",
        "How often the whole configuration is read again. Changes are seen at once without it", Values.Duration(Second, Day));

    public static readonly Setting<TimeSpan> ProviderRequestTimeout = new(
        "PROVIDER_REQUEST_TIMEOUT", "60s", $"{ADuration} 10ms to 1h", "How long a provider has for the first byte of its answer",
        Values.Duration(10 * Millisecond, Hour));

    public static readonly Setting<TimeSpan> ProviderIdleTimeout = new(
        "PROVIDER_IDLE_TIMEOUT", "90s", $"{ADuration} 10ms to 1h", "How long a provider may be silent in the middle of its answer",
        Values.Duration(10 * Millisecond, Hour));

    public static readonly Setting<IReadOnlyList<IPNetwork>> UpstreamAllowCidrs = new(
        "UPSTREAM_ALLOW_CIDRS", null, "networks like 10.0.0.0/8, separated by commas",
        "Private networks that any provider may be in; `allow_cidrs` in a provider's `config` does it for one", Values.Networks)
    {
        IsList = true,
    };

    public static readonly Setting<string> OpenAiApiKey = new(
        "OPENAI_API_KEY", null, "a key of ASCII characters without spaces", "Makes a provider of type `openai` with this key",
        Values.VisibleAscii, IsSecret: true);

    public static readonly Setting<Uri> OpenAiBaseUrl = new(
        "OPENAI_BASE_URL", null, "an http or https URL without user, query and fragment",
        "Base URL of that provider, any OpenAI-compatible server. Not set: OpenAI's own", Values.BaseUrl);

    public static readonly Setting<decimal> MaxPriceInputPerToken = new(
        "MAX_PRICE_INPUT_PER_TOKEN", null, "dollars from 0 to 1000000, like 0.00003",
        "US dollars that a token of the prompt is taken to cost where the model's price is not known. Not set: such calls have no cost. Goes with the next: see [prices.md](prices.md)",
        Values.Dollars);

    public static readonly Setting<decimal> MaxPriceOutputPerToken = new(
        "MAX_PRICE_OUTPUT_PER_TOKEN", null, "dollars from 0 to 1000000, like 0.00003", "The same of a token of the answer", Values.Dollars);

    public static readonly Setting<int> ApiKeyCacheSize = new(
        "CACHE_API_KEY_SIZE", "1000", "a number from 1 to 1000000", "Most API keys kept in memory", Values.Integer(1, 1_000_000));

    public static readonly Setting<TimeSpan> ApiKeyCacheTtl = new(
        "CACHE_API_KEY_TTL", "5m", $"{ADuration} 1s to 24h", "How long an API key is kept in memory. Changes are seen within 2 s all the same",
        Values.Duration(Second, Day));

    public static readonly Setting<int> ModelCacheSize = new(
        "CACHE_MODEL_SIZE", "500", "a number from 1 to 1000000", "Most names of unknown models remembered", Values.Integer(1, 1_000_000));

    public static readonly Setting<TimeSpan> ModelCacheTtl = new(
        "CACHE_MODEL_TTL", "15m", $"{ADuration} 1s to 24h", "How long a name is remembered to be unknown, while the configuration stays as it is",
        Values.Duration(Second, Day));

    public static readonly Setting<string> MasterKey = new(
        "GATEWAY_MASTER_KEY", null, "32 bytes as base64 or 64 hex digits, or several of these",
        "Key that provider credentials are encrypted with; several while [it is replaced](#the-master-key). Not set, and no file: made once under `DATA_DIR`",
        Security.MasterKeys.IsWellFormed, IsSecret: true)
    {
        Explain = Security.MasterKeys.WhatIsWrong,
        IsList = true,
    };

    public static readonly Setting<string> MasterKeyFile = new(
        "GATEWAY_MASTER_KEY_FILE", null, "a file", "File that holds the master key, or several", Values.Text);

    public static readonly Setting<string> CredentialsDirectory = new(
        "CREDENTIALS_DIRECTORY", null, "a folder",
        "Set by systemd: a credential `master.key` (`LoadCredential=`) is used where neither of the two above is set", Values.Text);

    public static readonly Setting<string> SecretsDirectory = new(
        "SECRETS_DIRECTORY", null, "a folder",
        "Folder that `file://` [references](#references) of provider credentials may lead into, besides systemd's `CREDENTIALS_DIRECTORY`. Not set: only that one", Values.Text);

    /// <summary>In the order of the documentation.</summary>
    public static IReadOnlyList<Setting> All { get; } =
    [
        HttpHost, HttpPort, AdminHttpHost, AdminHttpPort, MaxRequestBody, MaxInFlight, MaxBodyBytesInFlight, TrustedProxies, FailedLoginsPerMinute,
        ShutdownDelay, ShutdownTimeout, LogLevel, DataDirectory,
        DatabaseUrl, DatabaseMigrationUrl, MaxOpenConnections, DatabaseReportsUrl, ReportsMaxOpenConnections, PostgresBin,
        LogContent, LogBuffer, JournalDurability, JournalMaxBytes, JournalMinFreeBytes,
        LogRetentionDays, LedgerRetentionMonths,
        LogArchive, ArchiveFolder, ArchiveMaxBytes, ArchiveS3Bucket, ArchiveS3Prefix, ArchiveS3Region, ArchiveS3Endpoint,
        AwsAccessKeyId, AwsSecretAccessKey, AwsSessionToken,
        RedisAddress, RedisPassword, RedisDatabase,
        ProviderReloadInterval, ProviderRequestTimeout, ProviderIdleTimeout, UpstreamAllowCidrs, OpenAiApiKey, OpenAiBaseUrl,
        MaxPriceInputPerToken, MaxPriceOutputPerToken,
        ApiKeyCacheSize, ApiKeyCacheTtl, ModelCacheSize, ModelCacheTtl,
        MasterKey, MasterKeyFile, CredentialsDirectory, SecretsDirectory,
        .. KnownTelemetrySettings.All,
    ];
}
