using CleanGateway.Infrastructure.Persistence;
using Npgsql;

namespace CleanGateway.Infrastructure.ConfigChecks;

/// <summary>The replica that reports are read from. Nothing about it keeps a gateway from starting, so nothing is an error.</summary>
internal static class ReportsCheck
{
    private const string Setting = "DATABASE_REPORTS_URL";

    // What reports read; of the tables with secrets the columns that others may read.
    private const string MayRead =
        """
        SELECT pg_is_in_recovery() FROM (SELECT) AS one
        WHERE NOT EXISTS (SELECT FROM requests, responses, usage_records, audit_log, gateway_instances, projects WHERE false)
          AND NOT EXISTS (SELECT id, name FROM api_keys WHERE false)
        """;

    public static async Task RunAsync(GatewayDatabase replica, List<ConfigFinding> findings, CancellationToken cancellationToken)
    {
        try
        {
            if (await Migrator.MissingAsync(replica, cancellationToken) is [var missing, ..])
                findings.Warning(
                    $"{replica.Url} has not got the schema that reports need: {missing} has not been applied", Setting,
                    "Name a replica of DATABASE_URL; one that has only just been made, or is behind, gets there by itself");
            else if (!await replica.AskAsync<bool>(MayRead, cancellationToken))
                findings.Note(
                    $"{replica.Url} is no standby that follows a primary", Setting,
                    "Reports show what it holds: right for a replica by subscription, or where there is none yet");
        }
        catch (Exception failure) when (failure is NpgsqlException or TimeoutException or IOException)
        {
            findings.Warning(
                $"Reports cannot be read from {replica.Url}: {(failure as PostgresException)?.MessageText ?? failure.GetBaseException().Message}", Setting,
                "Bring the replica up, or correct DATABASE_REPORTS_URL; its role has to read the tables, as gw_readonly does");
        }
    }
}
