using System.Net;
using CleanGateway.Infrastructure.Configuration;
using Npgsql;

namespace CleanGateway.Infrastructure.ConfigChecks;

/// <summary>Settings that can be read, and are odd all the same.</summary>
internal static class SettingsCheck
{
    // The settings' own beginnings: other programs have no variables like them.
    private static readonly string[] OurPrefixes = ["GATEWAY_", "CACHE_API_KEY_", "CACHE_MODEL_", "JOURNAL_", "ARCHIVE_S3_"];

    /// <summary>The environment holds others' variables too: only names that look like ours are told.</summary>
    public static void CheckNames(IReadOnlyDictionary<string, string> environment, List<ConfigFinding> findings)
    {
        foreach (var name in environment.Keys.Where(IsUnknownOfOurs).Order(StringComparer.Ordinal))
            findings.Warning(
                $"{name} is not a known setting",
                "environment",
                "Correct the name, or take it away: docs/configuration.md lists those there are");
    }

    public static void Check(GatewaySettings settings, List<ConfigFinding> findings)
    {
        if (settings.AdminHttpPort is null)
            findings.Note("There are no admin endpoints", "ADMIN_HTTP_PORT", "Set it to have /admin, /api and /metrics");
        else if (!IPAddress.IsLoopback(settings.HttpHost))
            findings.Warning(
                $"Admin endpoints listen on {settings.HttpHost}, not on this machine alone",
                "GATEWAY_HTTP_HOST",
                "Let no one but operators reach ADMIN_HTTP_PORT: a firewall, or a private network");

        var databases = new[]
        {
            ("DATABASE_URL", settings.Database), ("DATABASE_MIGRATION_URL", settings.MigrationDatabase), ("DATABASE_REPORTS_URL", settings.ReportsDatabase),
        };
        foreach (var (name, database) in databases)
        {
            if (database is not null && !database.Hosts.All(host => IsLocal(host.Host))
                && database.ToConnectionString().SslMode is SslMode.Disable or SslMode.Allow or SslMode.Prefer)
                findings.Warning(
                    $"The connection to {string.Join(", ", database.Hosts.Select(host => host.Host))} may go without TLS",
                    name,
                    "Add sslmode=verify-full and sslrootcert, or at least sslmode=require");
        }

        foreach (var (name, url) in new[] { ("OPENAI_BASE_URL", settings.OpenAiBaseUrl), ("ARCHIVE_S3_ENDPOINT", (settings.Archive as ArchiveSettings.S3)?.Endpoint) })
        {
            if (url?.Scheme == Uri.UriSchemeHttp && !IsLocal(url.Host))
                findings.Warning(
                    $"{url.GetLeftPart(UriPartial.Authority)} is plain http: keys and contents can be read on the way",
                    name,
                    "Use https");
        }

        CheckRetention(settings, findings);
    }

    private static void CheckRetention(GatewaySettings settings, List<ConfigFinding> findings)
    {
        if (settings.LogRetentionDays == 0)
            findings.Note(
                "Requests and responses are kept for ever",
                "LOG_RETENTION_DAYS",
                "Watch the database's disk, or set the days to keep");
        if (settings.LedgerRetentionMonths == 0)
            findings.Note("The ledger is kept for ever", "LEDGER_RETENTION_MONTHS", "Nothing, if that is meant");
        else if (settings.LogRetentionDays == 0 || settings.LogRetentionDays > settings.LedgerRetentionMonths * 31)
            findings.Warning(
                "Calls are kept longer than what they cost",
                "LEDGER_RETENTION_MONTHS",
                "Keep the ledger at least as long as LOG_RETENTION_DAYS");
    }

    internal static bool IsLocal(string host) =>
        host.StartsWith('/') || host.Equals("localhost", StringComparison.OrdinalIgnoreCase) || (IPAddress.TryParse(host.Trim('[', ']'), out var address) && IPAddress.IsLoopback(address));

    private static bool IsUnknownOfOurs(string name) =>
        OurPrefixes.Any(prefix => name.StartsWith(prefix, StringComparison.Ordinal)) && !KnownSettings.All.Any(setting => setting.Name == name);
}
