namespace CleanGateway.Infrastructure.Persistence.Migrations;

/// <summary>What the first migration needs beyond tables. Like every migration, never changed once it has shipped.</summary>
internal static class InitialSql
{
    public const string ConfigChanged = "config_changed";

    public const string ConfigChangedBody =
        """

        DECLARE
            new_version bigint;
        BEGIN
            UPDATE config_version
               SET version = version + 1, bumped_by = pg_current_xact_id(), changed_at = now()
             WHERE bumped_by IS DISTINCT FROM pg_current_xact_id()
            RETURNING version INTO new_version;
            IF FOUND THEN
                PERFORM pg_notify('config_changed', new_version::text);
            END IF;
            RETURN NULL;
        END
        """;

    private static readonly string[] ConfigurationTables = ["providers", "api_keys", "models", "model_aliases", "admin_tokens"];

    /// <summary>
    /// A deferred constraint trigger bumps the version once, at the end of a transaction. An immediate one would hold
    /// the row's lock from the first statement on: unrelated writers would wait for each other, and deadlock.
    /// </summary>
    public static IEnumerable<string> Up =>
    [
        "INSERT INTO config_version DEFAULT VALUES",
        $"CREATE FUNCTION {ConfigChanged}() RETURNS trigger LANGUAGE plpgsql AS $${ConfigChangedBody}$$",
        .. ConfigurationTables.Select(table =>
            $"""
            CREATE CONSTRAINT TRIGGER {table}_config_changed AFTER INSERT OR UPDATE OR DELETE ON {table}
            DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION config_changed()
            """),
        .. ConfigurationTables.Select(table =>
            $"""
            CREATE TRIGGER {table}_config_truncated AFTER TRUNCATE ON {table}
            FOR EACH STATEMENT EXECUTE FUNCTION config_changed()
            """),
    ];

    public static IEnumerable<string> Down => ["DROP FUNCTION config_changed()"];
}
