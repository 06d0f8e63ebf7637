using CleanGateway.Infrastructure.Persistence;

namespace CleanGateway.Infrastructure.ConfigChecks;

/// <summary>The database itself: its version, its schema, and whether anybody may administer the gateway.</summary>
internal static class DatabaseCheck
{
    private const string NotApplied = "has not been applied";

    /// <returns>Whether its rows can be looked at.</returns>
    public static async Task<bool> IsReadyAsync(GatewayDatabase database, List<ConfigFinding> findings, CancellationToken cancellationToken)
    {
        var where = database.Url.ToString();
        await using (var connection = await database.OpenAsync(cancellationToken))
        {
            if (connection.PostgreSqlVersion.Major < Migrator.OldestServer)
                findings.Error(
                    $"It is PostgreSQL {connection.PostgreSqlVersion}; {Migrator.OldestServer} or newer is needed",
                    where,
                    "Bring the server up to date");
        }

        var differences = await new SchemaValidator(database).FindDifferencesAsync(cancellationToken);
        var waiting = differences.Where(difference => difference.EndsWith(NotApplied, StringComparison.Ordinal)).ToList();
        foreach (var difference in waiting.Count > 0 ? waiting : differences)
        {
            if (waiting.Count > 0)
                findings.Warning(difference, where, "The next start applies it, or `cleangateway db migrate` now");
            else
                findings.Error(difference, where, "`cleangateway db validate` lists all differences: undo what changed the schema by hand");
        }

        if (differences.Count == 0)
            return true;

        findings.Note("The rows were not looked at, because the schema is another one", where, "Check again when it is right");
        return false;
    }
}
