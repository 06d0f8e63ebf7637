namespace CleanGateway.Infrastructure.Persistence.Migrations;

/// <summary>What the migration to the admin API needs beyond tables. Like every migration, never changed once it has shipped.</summary>
internal static class AdminApiSql
{
    public const string AppendOnly = "audit_log_append_only";

    /// <summary>By statement, so that it goes off without a row too. Owners and superusers could still take it away, and be seen.</summary>
    public static IEnumerable<string> Up =>
    [
        $"""
        CREATE FUNCTION {AppendOnly}() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            RAISE EXCEPTION 'audit_log is append-only: % is not allowed', TG_OP USING ERRCODE = 'insufficient_privilege';
        END
        $$
        """,
        $"""
        CREATE TRIGGER {AppendOnly} BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_log
        FOR EACH STATEMENT EXECUTE FUNCTION {AppendOnly}()
        """,
        """
        CREATE CONSTRAINT TRIGGER master_keys_config_changed AFTER INSERT OR UPDATE OR DELETE ON master_keys
        DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION config_changed()
        """,
        """
        CREATE TRIGGER master_keys_config_truncated AFTER TRUNCATE ON master_keys
        FOR EACH STATEMENT EXECUTE FUNCTION config_changed()
        """,
    ];

    public static IEnumerable<string> Down => [$"DROP FUNCTION {AppendOnly}()"];
}
