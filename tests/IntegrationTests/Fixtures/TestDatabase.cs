using CleanGateway.Domain.Common;
using CleanGateway.Infrastructure.Configuration;
using Npgsql;

namespace CleanGateway.IntegrationTests.Fixtures;

/// <summary>A database of a test's own, empty, on the server of all tests.</summary>
internal sealed class TestDatabase : IAsyncDisposable
{
    private readonly NpgsqlDataSource server;

    private TestDatabase(NpgsqlDataSource server, DatabaseUrl url)
    {
        this.server = server;
        Url = url;
        Source = NpgsqlDataSource.Create(url.ToConnectionString().ConnectionString);
    }

    public DatabaseUrl Url { get; }
    public NpgsqlDataSource Source { get; }
    public string Name => Url.Database;

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public static Task<TestDatabase> CreateAsync(GatewayFixture gateway) => CreateAsync(gateway.Database, gateway.DatabaseUrl);

    /// <param name="url">Any database of the server.</param>
    /// <param name="options">What follows the name in the statement that makes it.</param>
    public static async Task<TestDatabase> CreateAsync(NpgsqlDataSource server, DatabaseUrl url, string options = "")
    {
        var name = $"test_{Guid.NewGuid():N}";
        await server.ExecuteAsync($"CREATE DATABASE {name} {options}", Stop);
        return new TestDatabase(server, At(url, database: name));
    }

    /// <summary>The URL of the same server with some parts of it changed.</summary>
    public static DatabaseUrl At(DatabaseUrl url, string? database = null, string? user = null, string? password = null, int? port = null) =>
        DatabaseUrl.For(url.Host, port ?? url.Port, user ?? url.User, password ?? url.Password!, database ?? url.Database);

    public Task<int> ExecuteAsync(string sql, params object?[] parameters) => Source.ExecuteAsync(sql, Stop, parameters);

    public Task<IReadOnlyList<object?[]>> RowsAsync(string sql, params object?[] parameters) => Source.RowsAsync(sql, Stop, parameters);

    public async Task<T> ScalarAsync<T>(string sql, params object?[] parameters) => (T)(await RowsAsync(sql, parameters)).Single()[0]!;

    /// <inheritdoc cref="Sql.LoggedAsync"/>
    public Task LoggedAsync(params string[] requestIds) => Source.LoggedAsync(Stop, requestIds);

    public Task IssueKeyAsync(string secret) =>
        ExecuteAsync("INSERT INTO api_keys (name, key_hash) VALUES ('Test Key', $1)", Secret.Hash(secret));

    /// <summary>A provider that is the upstream, serving one model.</summary>
    public async Task ServeAsync(FakeUpstream upstream, string model = "gpt-4", string credentials = """{"api_key": "sk-upstream-secret"}""")
    {
        await ExecuteAsync(
            "INSERT INTO providers (name, provider_type, encrypted_credentials, config) VALUES ('openai-main', 'openai', $1, $2::jsonb)",
            credentials, $$"""{"base_url": "{{upstream.Url}}", "allow_cidrs": ["127.0.0.0/8"]}""");
        await ExecuteAsync(
            "INSERT INTO models (model_name, litellm_provider, input_cost_per_token, output_cost_per_token) VALUES ($1, 'openai', 0.00003, 0.00006)", model);
    }

    /// <summary>As when the server is gone: open connections end, new ones are refused. Or as when it is back.</summary>
    public async Task AllowAsync(bool connections)
    {
        await server.ExecuteAsync($"ALTER DATABASE {Name} ALLOW_CONNECTIONS {connections}", Stop);
        if (!connections)
            await server.ExecuteAsync("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1", Stop, Name);
        Source.Clear();
    }

    public async ValueTask DisposeAsync()
    {
        await Source.DisposeAsync();
        await server.ExecuteAsync($"DROP DATABASE IF EXISTS {Name} WITH (FORCE)", CancellationToken.None);
    }
}
