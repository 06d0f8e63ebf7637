using CleanGateway.Infrastructure.Persistence;
using CleanGateway.IntegrationTests.Fixtures;

namespace CleanGateway.IntegrationTests;

/// <summary>What <c>cleangateway db validate</c> finds.</summary>
public sealed class SchemaTestsValidator(GatewayFixture gateway, MigratedDatabase migrated) : IClassFixture<MigratedDatabase>, IAsyncLifetime
{
    private const string ResponseReference = "responses_request_id_fk_request_created_at_fkey";
    private const string ReferenceToRequests = "FOREIGN KEY (request_id_fk, request_created_at) REFERENCES requests(id, created_at)";

    private SideDatabase database = null!;

    private static IEnumerable<string> Triggers =>
        from table in (string[])["admin_tokens", "api_keys", "master_keys", "model_aliases", "models", "projects", "providers"]
        from trigger in (string[])["changed", "truncated"]
        select $"trigger {table}_config_{trigger} on {table} is missing";

    // Many at once, in a database for each kind: copying one takes longer than all else here.
    public static TheoryData<string, (string Change, string[] Differences)[]> Changes => new()
    {
        {
            "columns",
            [
                ("ALTER TABLE requests DROP COLUMN user_id", ["column requests.user_id is missing"]),
                ("ALTER TABLE api_keys ADD COLUMN nickname text", ["column api_keys.nickname is not known"]),
                ("ALTER TABLE admin_tokens RENAME name TO label", ["column admin_tokens.name is missing", "column admin_tokens.label is not known"]),
                ("ALTER TABLE requests ALTER body TYPE jsonb", ["column requests.body has type jsonb instead of json"]),
                ("ALTER TABLE responses ALTER cost TYPE numeric(20,2)", ["column responses.cost has type numeric(20,2) instead of numeric(20,9)"]),
                ("ALTER TABLE models ALTER mode DROP NOT NULL", ["column models.mode should be NOT NULL and is not"]),
                ("ALTER TABLE models ALTER max_input_tokens SET NOT NULL", ["column models.max_input_tokens is NOT NULL and should not be"]),
                ("ALTER TABLE providers ALTER enabled SET DEFAULT false", ["column providers.enabled has default false instead of true"]),
                ("ALTER TABLE providers ALTER created_at DROP DEFAULT", ["column providers.created_at has default (none) instead of now()"]),
                ("ALTER TABLE models ALTER max_output_tokens SET DEFAULT 5", ["column models.max_output_tokens has default 5 instead of (none)"]),
            ]
        },
        {
            "constraints",
            [
                ("ALTER TABLE models DROP CONSTRAINT models_pkey CASCADE",
                    ["constraint models_pkey on models is missing", "constraint model_aliases_target_model_id_fkey on model_aliases is missing"]),
                ("ALTER TABLE config_version DROP CONSTRAINT config_version_pkey, ADD CONSTRAINT config_version_pkey PRIMARY KEY (version)",
                    ["constraint config_version_pkey on config_version is PRIMARY KEY (version) instead of PRIMARY KEY (id)"]),
                ("ALTER TABLE model_aliases DROP CONSTRAINT model_aliases_provider_id_fkey",
                    ["constraint model_aliases_provider_id_fkey on model_aliases is missing"]),
                ($"""
                 ALTER TABLE responses DROP CONSTRAINT {ResponseReference},
                     ADD CONSTRAINT {ResponseReference} FOREIGN KEY (request_id_fk, request_created_at) REFERENCES requests (id, created_at)
                 """,
                    [$"constraint {ResponseReference} on responses is {ReferenceToRequests} instead of {ReferenceToRequests} ON DELETE CASCADE"]),
                ("ALTER TABLE responses DROP CONSTRAINT responses_cost_check", ["constraint responses_cost_check on responses is missing"]),
                ("""
                 ALTER TABLE api_keys DROP CONSTRAINT api_keys_rate_limit_check;
                 ALTER TABLE api_keys ADD CONSTRAINT api_keys_rate_limit_check CHECK (rate_limit >= 0) NOT VALID
                 """,
                    ["constraint api_keys_rate_limit_check on api_keys is not validated"]),
            ]
        },
        {
            "indexes",
            [
                ("DROP INDEX responses_created_at_idx", ["index responses_created_at_idx on responses is missing"]),
                ("DROP INDEX requests_created_at_idx; CREATE INDEX requests_created_at_idx ON requests (start_time)",
                    ["index requests_created_at_idx on requests is btree (start_time) instead of btree (created_at)"]),
                ("DROP INDEX models_model_name_key; CREATE INDEX models_model_name_key ON models (model_name)",
                    ["index models_model_name_key on models is btree (model_name) instead of unique btree (model_name)"]),
                ("DROP INDEX api_keys_key_hash_key; CREATE UNIQUE INDEX api_keys_key_hash_key ON api_keys (key_hash) WHERE enabled",
                    ["index api_keys_key_hash_key on api_keys is unique btree (key_hash) WHERE enabled instead of unique btree (key_hash)"]),
                ("DROP INDEX requests_model_created_at_idx; CREATE INDEX requests_model_created_at_idx ON ONLY requests (model, created_at)",
                    ["index requests_model_created_at_idx on requests is missing"]),   // not valid while a partition lacks it
            ]
        },
        {
            "triggers, sequences, partitions, rows",
            [
                ("DROP TRIGGER api_keys_config_changed ON api_keys", ["trigger api_keys_config_changed on api_keys is missing"]),
                ("ALTER TABLE models DISABLE TRIGGER models_config_truncated", ["trigger models_config_truncated on models is missing"]),
                ("DROP SEQUENCE usage_records_id_seq CASCADE",
                    ["sequence usage_records_id_seq is missing", "column usage_records.id has default (none) instead of nextval('usage_records_id_seq')"]),
                ("ALTER TABLE usage_records DETACH PARTITION usage_records_default", ["table usage_records has no default partition"]),
                ("DELETE FROM config_version", ["table config_version has 0 rows instead of 1"]),
                ("""DELETE FROM "__EFMigrationsHistory" """, [.. Migrator.Known.Select(migration => $"migration {migration} has not been applied")]),
            ]
        },
        {
            "functions that do nothing, triggers that come too early",
            [
                ("CREATE OR REPLACE FUNCTION config_changed() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END'", ["function config_changed has another body"]),
                (
                    """
                    DROP TRIGGER providers_config_changed ON providers;
                    CREATE CONSTRAINT TRIGGER providers_config_changed AFTER INSERT OR UPDATE OR DELETE ON providers
                    DEFERRABLE INITIALLY IMMEDIATE FOR EACH ROW EXECUTE FUNCTION config_changed()
                    """,
                    ["trigger providers_config_changed on providers is not deferred"]),
            ]
        },
        {
            "tables and functions",
            [
                ("DROP TABLE monthly_usage_summary", ["table monthly_usage_summary is missing"]),
                ("DROP FUNCTION config_changed() CASCADE", [.. Triggers, "function config_changed is missing"]),
            ]
        },
    };

    public async ValueTask InitializeAsync() => database = await migrated.CopyAsync();

    public ValueTask DisposeAsync() => database.DisposeAsync();

    [Theory]
    [MemberData(nameof(Changes))]
    public async Task Each_difference_is_named_and_nothing_else(string kind, (string Change, string[] Differences)[] changes)
    {
        foreach (var (change, _) in changes)
            await database.ExecuteAsync(change);

        (await ValidateAsync()).Should().BeEquivalentTo(changes.SelectMany(change => change.Differences), "{0} are compared", kind);
    }

    [Fact]
    public async Task A_migrated_database_has_no_difference() => (await ValidateAsync()).Should().BeEmpty();

    /// <summary>As after a version that added a migration to the ones this database has seen.</summary>
    [Fact]
    public async Task Migrations_that_have_not_been_applied_are_named()
    {
        await database.ExecuteAsync("""DELETE FROM "__EFMigrationsHistory" """);

        (await ValidateAsync()).Should().Equal(Migrator.Known.Select(migration => $"migration {migration} has not been applied"));
    }

    [Fact]
    public async Task An_empty_database_lacks_every_table()
    {
        await using var empty = await SideDatabase.CreateAsync(gateway);

        (await DatabaseAdministration.ValidateAsync(empty.Url, TestContext.Current.CancellationToken)).Should().Contain(
        [
            "table admin_tokens is missing", "table api_keys is missing", "table config_version is missing", "table model_aliases is missing",
            "table models is missing", "table monthly_usage_summary is missing", "table providers is missing", "table requests is missing",
            "table responses is missing", "table usage_records is missing",
        ]);
    }

    [Fact]
    public async Task Tables_and_indexes_of_the_operators_own_are_no_difference()
    {
        await database.ExecuteAsync(
            """
            CREATE TABLE teams (id integer PRIMARY KEY, name text UNIQUE);
            CREATE INDEX requests_user_id_idx ON requests (user_id);
            CREATE FUNCTION of_their_own() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END';
            CREATE TRIGGER of_their_own AFTER INSERT ON api_keys FOR EACH ROW EXECUTE FUNCTION of_their_own();
            """);

        (await ValidateAsync()).Should().BeEmpty();
    }

    private Task<IReadOnlyList<string>> ValidateAsync() => DatabaseAdministration.ValidateAsync(database.Url, TestContext.Current.CancellationToken);
}
