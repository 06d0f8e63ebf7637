using CleanGateway.IntegrationTests.Fixtures;
using Npgsql;

namespace CleanGateway.IntegrationTests;

/// <summary>The version of the configuration, as raw SQL moves it.</summary>
public class ConfigVersionTests(GatewayFixture gateway) : GatewayTest(gateway)
{
    private const string AProvider = "INSERT INTO providers (name, provider_type) VALUES ('p', 'openai')";
    private const string AnotherProvider = "INSERT INTO providers (name, provider_type) VALUES ('q', 'openai')";
    private const string AKey = "INSERT INTO api_keys (name, key_hash) VALUES ('k', repeat('a', 64))";
    private const string AnotherKey = "INSERT INTO api_keys (name, key_hash) VALUES ('l', repeat('b', 64))";
    private const string AModel = "INSERT INTO models (model_name, litellm_provider) VALUES ('m', 'openai')";
    private const string AnAlias = "INSERT INTO model_aliases (alias, target_model_id) SELECT 'a', id FROM models";
    private const string AToken = "INSERT INTO admin_tokens (name, token_hash) VALUES ('t', repeat('c', 64))";

    [Theory]
    [InlineData(1, AProvider)]
    [InlineData(1, AKey)]
    [InlineData(1, AModel)]
    [InlineData(1, AModel, AnAlias)]
    [InlineData(1, AToken)]
    [InlineData(1, "UPDATE admin_tokens SET name = 'other'")]
    [InlineData(1, "DELETE FROM admin_tokens")]
    [InlineData(1, AProvider, AKey, AModel, AnAlias, AToken, "UPDATE api_keys SET enabled = false", "DELETE FROM model_aliases")]
    [InlineData(1, "INSERT INTO api_keys (name, key_hash) SELECT 'k', encode(sha256(n::text::bytea), 'hex') FROM generate_series(1, 100) n")]
    [InlineData(1, "TRUNCATE models, model_aliases")]
    [InlineData(1, "TRUNCATE providers CASCADE", AProvider, AKey)]
    [InlineData(1, AKey, "SAVEPOINT here", AProvider, "ROLLBACK TO here")]
    [InlineData(0, "UPDATE api_keys SET enabled = false WHERE name = 'nobody'")]
    [InlineData(0, "INSERT INTO monthly_usage_summary (api_key_id, year, month) VALUES (gen_random_uuid(), 2026, 1)")]
    public async Task A_transaction_bumps_it_once_and_says_so(int bumps, params string[] statements)
    {
        await using var listener = await ListenAsync();
        var before = await VersionAsync();

        await using (var connection = await BeginAsync())
        {
            foreach (var statement in statements)
                await ExecuteAsync(connection, statement);

            await ExecuteAsync(connection, "COMMIT");
        }

        (await VersionAsync()).Should().Be(before + bumps);
        (await HeardAsync(listener)).Should().Equal(Enumerable.Range(1, bumps).Select(bump => $"{before + bump}"));
        await Gateway.SettledAsync();
    }

    [Fact]
    public async Task What_is_rolled_back_bumps_nothing_and_is_not_told()
    {
        await using var listener = await ListenAsync();
        var before = await VersionAsync();

        await using (var connection = await BeginAsync())
        {
            await ExecuteAsync(connection, AProvider);
            await ExecuteAsync(connection, "TRUNCATE model_aliases");
            await ExecuteAsync(connection, "ROLLBACK");
        }

        (await VersionAsync()).Should().Be(before);
        (await HeardAsync(listener)).Should().BeEmpty();
    }

    [Fact]
    public async Task One_transaction_after_the_other_bumps_it_each_time()
    {
        var before = await VersionAsync();

        await SqlAsync(AProvider);
        await SqlAsync(AKey);
        await SqlAsync("UPDATE api_keys SET enabled = false");

        (await VersionAsync()).Should().Be(before + 3);
    }

    [Fact]
    public async Task Writers_of_different_rows_do_not_wait_for_each_other()
    {
        await SqlAsync(AProvider);
        await SqlAsync(AnotherProvider);
        var before = await VersionAsync();
        await using var one = await BeginAsync();
        await using var other = await BeginAsync();
        await ExecuteAsync(one, "UPDATE providers SET enabled = false WHERE name = 'p'");

        // A wait here would be for the end of the first transaction, which comes later: the lock's deadline would end it.
        await ExecuteAsync(other, "SET LOCAL lock_timeout = '1s'");
        await ExecuteAsync(other, "UPDATE providers SET enabled = false WHERE name = 'q'");
        await ExecuteAsync(other, AKey);
        await ExecuteAsync(other, "COMMIT");
        (await VersionAsync()).Should().Be(before + 1);
        await ExecuteAsync(one, "COMMIT");

        (await VersionAsync()).Should().Be(before + 2);
    }

    [Fact]
    public async Task Writers_who_cross_each_other_both_come_through()
    {
        var before = await VersionAsync();
        await using var one = await BeginAsync();
        await using var other = await BeginAsync();
        await ExecuteAsync(one, AProvider);
        await ExecuteAsync(other, AKey);
        await ExecuteAsync(one, AnotherKey);
        await ExecuteAsync(other, AnotherProvider);

        await Task.WhenAll(ExecuteAsync(one, "COMMIT"), ExecuteAsync(other, "COMMIT"));

        (await VersionAsync()).Should().Be(before + 2);
    }

    [Fact]
    public async Task Many_writers_at_once_bump_it_once_each()
    {
        const int Writers = 20;
        var before = await VersionAsync();

        await Task.WhenAll(Enumerable.Range(0, Writers).Select(writer => SqlAsync(
            "INSERT INTO api_keys (name, key_hash) VALUES ('k', encode(sha256($1::text::bytea), 'hex'))", $"{writer}")));

        (await VersionAsync()).Should().Be(before + Writers);
        await Gateway.SettledAsync();
    }

    private Task<long> VersionAsync() => ScalarAsync<long>("SELECT version FROM config_version");

    private async Task<NpgsqlConnection> BeginAsync()
    {
        var connection = await Gateway.Database.OpenConnectionAsync(Stop);
        await ExecuteAsync(connection, "BEGIN");
        return connection;
    }

    private async Task ExecuteAsync(NpgsqlConnection connection, string sql)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync(Stop);
    }

    private async Task<Listener> ListenAsync()
    {
        // Not from the pool: a connection goes on listening there, and would tell what it heard meanwhile.
        var own = new NpgsqlConnection(Gateway.DatabaseUrl.ToConnectionString().ConnectionString + ";Pooling=false");
        await own.OpenAsync(Stop);
        var listener = new Listener(own);
        await ExecuteAsync(listener.Connection, "LISTEN config_changed");
        return listener;
    }

    /// <summary>The versions that were told of. A round trip fetches what has been sent: notifications come before its answer.</summary>
    private async Task<IReadOnlyList<string>> HeardAsync(Listener listener)
    {
        await ExecuteAsync(listener.Connection, "SELECT 1");
        return listener.Heard;
    }

    private sealed class Listener : IAsyncDisposable
    {
        public Listener(NpgsqlConnection connection)
        {
            Connection = connection;
            connection.Notification += (_, told) => Heard.Add(told.Payload);
        }

        public NpgsqlConnection Connection { get; }
        public List<string> Heard { get; } = [];

        public ValueTask DisposeAsync() => Connection.DisposeAsync();
    }
}
