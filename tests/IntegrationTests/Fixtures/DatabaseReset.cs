using Npgsql;

namespace CleanGateway.IntegrationTests.Fixtures;

/// <summary>
/// Empties every table between tests. It asks the catalogue which there are, so a new table is never missed. Rows are
/// deleted, not truncated: truncating rewrites the files of every partition and index, a hundred times slower than
/// deleting the few rows a test leaves. The version of the configuration goes on, and so do the epoch of budgets and the
/// master keys, which the gateway holds; the audit log, which nothing can be deleted from, is left as it is.
/// </summary>
internal static class DatabaseReset
{
    private const string DeleteEverything =
        """
        DO $$
        DECLARE
            emptied text;
        BEGIN
            FOR emptied IN
                SELECT t.oid::regclass::text
                FROM pg_class t
                WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p') AND NOT relispartition
                  AND relname NOT IN ('__EFMigrationsHistory', 'config_version', 'metering', 'audit_log', 'master_keys')
                -- What points at others goes before them.
                ORDER BY EXISTS (SELECT FROM pg_constraint WHERE conrelid = t.oid AND contype = 'f') DESC
            LOOP
                EXECUTE 'DELETE FROM ' || emptied;
            END LOOP;
        END $$
        """;

    public static async Task RunAsync(NpgsqlDataSource database)
    {
        await using var command = database.CreateCommand(DeleteEverything);
        await command.ExecuteNonQueryAsync();
    }
}
