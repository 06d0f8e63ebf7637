using CleanGateway.Infrastructure.Configuration;
using CleanGateway.Infrastructure.Persistence;
using CleanGateway.IntegrationTests.Fixtures;
using Microsoft.Extensions.Logging.Abstractions;

namespace CleanGateway.IntegrationTests;

/// <summary>The roles of <c>build/deploy/database-roles.sql</c>: who may do what, and the commands of the one that owns the tables.</summary>
public sealed class DatabaseRolesTests(GatewayFixture gateway) : ProcessTest
{
    private RolesDatabase roles = null!;

    public override async ValueTask InitializeAsync() => roles = await RolesDatabase.CreateAsync(gateway);

    public override async ValueTask DisposeAsync()
    {
        await base.DisposeAsync();
        await roles.DisposeAsync();
    }

    [Fact]
    public async Task The_gateways_role_adds_to_the_books_and_changes_nothing_in_them()
    {
        await roles.RunScriptAsync();
        await MigrateAsync(roles.Owner);
        var month = await roles.Database.ScalarAsync<string>("SELECT min(relname)::text FROM pg_class WHERE relname ~ '^usage_records_[0-9]+$'");

        foreach (var table in (string[])["usage_records", "audit_log", "budget_adjustments", month, "usage_records_default"])
        {
            (await roles.RefusalAsync(roles.App, $"SELECT count(*) FROM {table}")).Should().BeNull();
            (await roles.RefusalAsync(roles.App, $"UPDATE {table} SET created_at = created_at")).Should().Be($"permission denied for table {table}");
            (await roles.RefusalAsync(roles.App, $"DELETE FROM {table}")).Should().Be($"permission denied for table {table}");
            (await roles.RefusalAsync(roles.App, $"TRUNCATE {table}")).Should().Be($"permission denied for table {table}");
            (await roles.RefusalAsync(roles.App, $"DROP TABLE {table}")).Should().Be($"must be owner of table {table}");
        }

        (await roles.RefusalAsync(roles.App, "CREATE TABLE mine (id integer)")).Should().Be("permission denied for schema public");
        (await roles.RefusalAsync(roles.App, "CREATE TEMPORARY TABLE mine (id integer)")).Should().StartWith("permission denied to create temporary tables");
        (await roles.RefusalAsync(roles.App, "CREATE FUNCTION mine() RETURNS integer LANGUAGE sql AS 'SELECT 1'"))
            .Should().Be("permission denied for schema public");
        (await roles.RefusalAsync(roles.App, "ALTER TABLE audit_log DISABLE TRIGGER ALL")).Should().Be("must be owner of table audit_log");
        (await roles.RefusalAsync(roles.App, "SELECT gateway_grant_rights()")).Should().Be("permission denied for function gateway_grant_rights");
        (await roles.RefusalAsync(roles.App, "DELETE FROM requests")).Should().Be("permission denied for table requests");
    }

    [Fact]
    public async Task The_reading_role_reads_all_but_secrets()
    {
        await roles.RunScriptAsync();
        await MigrateAsync(roles.Owner);
        var columns = await roles.Database.RowsAsync(
            """
            SELECT c.relname::text, a.attname::text FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND attnum > 0
            WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p') AND NOT relispartition
            """);
        var refused = new List<string>();
        foreach (var row in columns)
        {
            if (await roles.RefusalAsync(roles.ReadOnly, $"SELECT \"{row[1]}\" FROM \"{row[0]}\"") is not null)
                refused.Add($"{row[0]}.{row[1]}");
        }

        refused.Should().BeEquivalentTo(
            "api_keys.key_hash", "api_keys.previous_key_hash", "admin_tokens.token_hash", "providers.encrypted_credentials", "idempotency_keys.encrypted_answer");
        foreach (var table in columns.Select(row => (string)row[0]!).Distinct())
        {
            (await roles.RefusalAsync(roles.ReadOnly, $"INSERT INTO \"{table}\" DEFAULT VALUES")).Should().Be($"permission denied for table {table}");
            (await roles.RefusalAsync(roles.ReadOnly, $"DELETE FROM \"{table}\"")).Should().Be($"permission denied for table {table}");
        }
    }

    [Fact]
    public async Task Every_table_of_the_gateway_has_its_line_in_the_script()
    {
        await roles.RunScriptAsync();
        await MigrateAsync(roles.Owner);

        (await roles.Database.RowsAsync("SELECT name FROM gateway_rights()")).Select(row => row[0]).Should().BeEquivalentTo(
            (await roles.Database.RowsAsync(
                "SELECT relname::text FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p') AND NOT relispartition"))
            .Select(row => row[0]));
    }

    [Fact]
    public async Task Run_before_or_after_the_tables_are_made_once_or_twice_it_leaves_the_same()
    {
        await MigrateAsync(roles.Database.Url);
        await roles.RunScriptAsync();
        var after = await roles.RightsAsync();
        await roles.RunScriptAsync();
        (await roles.RightsAsync()).Should().BeEquivalentTo(after, options => options.WithStrictOrdering());

        after.Where(row => row[0] is "table" or "function").Select(row => row[2]).Distinct().Should().ContainSingle("all belongs to one")
            .Which.Should().Be($"\"{roles.Owner.User}\"");

        await roles.Database.ExecuteAsync("DROP SCHEMA public CASCADE; CREATE SCHEMA public; GRANT USAGE ON SCHEMA public TO PUBLIC");
        await roles.RunScriptAsync();
        await MigrateAsync(roles.Owner);
        (await RightsByNameAsync()).Should().BeEquivalentTo(after.Where(row => row[0] is "table" or "column").Select(Told));

        async Task<List<string>> RightsByNameAsync() => [.. (await roles.RightsAsync()).Where(row => row[0] is "table" or "column").Select(Told)];

        // An entry that is empty and one that names the owner alone say the same; of the others the order does not matter.
        string Told(object?[] row) => string.Join(' ', row[..3].Append(string.Join(',', $"{row[3]}".Trim('{', '}').Split(',').Order().Where(NotTheOwners))));
        bool NotTheOwners(string entry) => entry.Length > 0 && !entry.Contains($"{roles.Owner.User}\\\"=", StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_owner_of_the_database_who_is_no_superuser_can_run_it()
    {
        var operatorRole = $"operator_{Guid.NewGuid():N}";
        await roles.Database.ExecuteAsync($"CREATE ROLE {operatorRole} LOGIN CREATEROLE PASSWORD 'pw'; ALTER DATABASE {roles.Database.Name} OWNER TO {operatorRole}");
        try
        {
            var asOperator = TestDatabase.At(roles.Database.Url, user: operatorRole, password: "pw");
            await MigrateAsync(asOperator);
            await roles.RunScriptAsync(asOperator);
            await roles.RunScriptAsync(asOperator);

            var maintained = await RunToEndAsync("db maintain", Environment(roles.App, roles.Owner));
            maintained.Should().BeEquivalentTo((0, new[] { "All partitions are as they should be" }, Array.Empty<string>()));
            (await roles.RefusalAsync(roles.App, "DELETE FROM usage_records")).Should().Be("permission denied for table usage_records");
        }
        finally
        {
            await roles.Database.ExecuteAsync(
                $"ALTER DATABASE {roles.Database.Name} OWNER TO CURRENT_USER; DROP OWNED BY {operatorRole} CASCADE; DROP ROLE {operatorRole}");
        }
    }

    [Fact]
    public async Task Partitions_are_made_and_dropped_by_the_owner_and_by_no_one_else()
    {
        await roles.RunScriptAsync();
        await MigrateAsync(roles.Owner);
        await MakePartitionsAsync(TimeProvider.System.GetUtcNow().AddDays(-60));
        var before = await DaysAsync();

        var refused = await RunToEndAsync("db maintain", Environment(roles.App));
        var done = await RunToEndAsync("db maintain", Environment(roles.App, roles.Owner));
        var again = await RunToEndAsync("db maintain", Environment(roles.Owner));

        (refused.ExitCode, refused.Errors.Single()).Should().Be(
            (1, $"{roles.App.User} does not own the gateway's tables: set DATABASE_MIGRATION_URL to the role that does"));
        done.ExitCode.Should().Be(0, string.Join('\n', done.Errors));
        done.Output.Should().HaveCount(8).And.OnlyContain(line => line.StartsWith("dropped re", StringComparison.Ordinal));
        again.Output.Should().Equal("All partitions are as they should be");
        before.Except(await DaysAsync()).Should().HaveCount(8);
    }

    [Fact]
    public async Task Without_the_owner_a_database_that_is_behind_is_told_in_one_line()
    {
        await roles.RunScriptAsync();

        foreach (var run in new[] { await RunToEndAsync("serve", Environment(roles.App)), await RunToEndAsync("db migrate", Environment(roles.App)) })
        {
            run.ExitCode.Should().Be(1);
            run.Errors.Should().ContainSingle().Which.Should().StartWith("Failed to initialize database: ").And.Contain("is not up to date")
                .And.Contain("cleangateway db migrate").And.Contain("DATABASE_MIGRATION_URL").And.NotContain("pass");
        }
    }

    [Fact]
    public async Task An_owner_of_another_database_is_found_out()
    {
        await roles.RunScriptAsync();
        await using var other = await TestDatabase.CreateAsync(gateway);

        var run = await RunToEndAsync("serve", Environment(roles.App, other.Url));

        run.ExitCode.Should().Be(1);
        run.Errors.Should().ContainSingle().Which.Should().EndWith("DATABASE_URL and DATABASE_MIGRATION_URL have to lead to the same database and schema");
    }

    private static (string, string)[] Environment(DatabaseUrl url, DatabaseUrl? owner = null) =>
    [
        ("DATABASE_URL", url.Reveal()), ("GATEWAY_MASTER_KEY", TestSettings.MasterKey), ("LOG_RETENTION_DAYS", "30"),
        .. owner is null ? Array.Empty<(string, string)>() : [("DATABASE_MIGRATION_URL", owner.Reveal())],
    ];

    private async Task MigrateAsync(DatabaseUrl owner)
    {
        var run = await RunToEndAsync("db migrate", Environment(roles.Database.Url, owner));
        run.ExitCode.Should().Be(0, string.Join('\n', run.Errors));
    }

    private async Task MakePartitionsAsync(DateTimeOffset now)
    {
        await using var owner = new GatewayDatabase(roles.Owner, maxConnections: 4);
        await new Partitions(owner, new ShiftedClock(now), NullLogger<Partitions>.Instance).EnsureAsync(Stop);
    }

    private async Task<IReadOnlyList<object?>> DaysAsync() =>
        [.. (await roles.Database.RowsAsync("SELECT relname::text FROM pg_class WHERE relname ~ '^(requests|responses)_[0-9]{8}$'")).Select(row => row[0])];
}
