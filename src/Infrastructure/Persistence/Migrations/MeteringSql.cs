namespace CleanGateway.Infrastructure.Persistence.Migrations;

/// <summary>What the migration to budgets needs beyond tables. Like every migration, never changed once it has shipped.</summary>
internal static class MeteringSql
{
    public static IEnumerable<string> Up =>
    [
        "INSERT INTO metering DEFAULT VALUES",
        """
        CREATE CONSTRAINT TRIGGER projects_config_changed AFTER INSERT OR UPDATE OR DELETE ON projects
        DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION config_changed()
        """,
        """
        CREATE TRIGGER projects_config_truncated AFTER TRUNCATE ON projects
        FOR EACH STATEMENT EXECUTE FUNCTION config_changed()
        """,

        // What was spent before there were budgets counts: months and all time from the sums, this day from the ledger.
        """
        INSERT INTO budgets (scope_id, period, spent)
        SELECT api_key_id, year || ':' || to_char(month, 'FM00'), total_cost_usd FROM monthly_usage_summary
        UNION ALL
        SELECT api_key_id, 'total', sum(total_cost_usd) FROM monthly_usage_summary GROUP BY api_key_id
        UNION ALL
        SELECT api_key_id, to_char(created_at AT TIME ZONE 'UTC', 'YYYY:MM:DD'), sum(total_cost_usd)
        FROM usage_records WHERE created_at > now() - interval '2 days' AND total_cost_usd IS NOT NULL
        GROUP BY 1, 2
        """,
    ];
}
