using Npgsql;

namespace CleanGateway.IntegrationTests.Fixtures;

/// <summary>
/// Empties every table between tests. It asks the catalogue which there are, so a new table is never missed; partitions
/// are emptied by their parents. The version of the configuration goes on: truncating bumps it.
/// </summary>
internal static class DatabaseReset
{
    private const string TruncateEverything =
        """
        DO $$
        DECLARE everything text;
        BEGIN
            SELECT string_agg(oid::regclass::text, ', ') INTO everything
            FROM pg_class
            WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p') AND NOT relispartition
              AND relname NOT IN ('__EFMigrationsHistory', 'config_version');
            EXECUTE 'TRUNCATE ' || everything || ' RESTART IDENTITY CASCADE';
        END $$
        """;

    public static async Task RunAsync(NpgsqlDataSource database)
    {
        await using var command = database.CreateCommand(TruncateEverything);
        await command.ExecuteNonQueryAsync();
    }
}
