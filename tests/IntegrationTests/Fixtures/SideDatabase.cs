using CleanGateway.Infrastructure.Configuration;
using Npgsql;

namespace CleanGateway.IntegrationTests.Fixtures;

/// <summary>A database of a test's own beside the gateway's, on the same server; gone afterwards.</summary>
internal sealed class SideDatabase : IAsyncDisposable
{
    private readonly GatewayFixture gateway;

    private SideDatabase(GatewayFixture gateway, string name)
    {
        this.gateway = gateway;
        var server = gateway.DatabaseUrl;
        Url = DatabaseUrl.For(server.Host, server.Port, server.User, server.Password!, name);
        var connection = Url.ToConnectionString();
        connection.Pooling = false;   // nobody may be connected to a template
        Source = NpgsqlDataSource.Create(connection.ConnectionString);
    }

    public DatabaseUrl Url { get; }
    public NpgsqlDataSource Source { get; }

    /// <param name="template">Whose copy it is; null: empty.</param>
    public static async Task<SideDatabase> CreateAsync(GatewayFixture gateway, SideDatabase? template = null)
    {
        var database = new SideDatabase(gateway, $"side_{Guid.NewGuid():N}");
        await database.OnServerAsync($"CREATE DATABASE {database.Url.Database} TEMPLATE {template?.Url.Database ?? "template0"}");
        return database;
    }

    public async Task ExecuteAsync(string sql)
    {
        await using var command = Source.CreateCommand(sql);
        await command.ExecuteNonQueryAsync(TestContext.Current.CancellationToken);
    }

    public async Task<T> ScalarAsync<T>(string sql)
    {
        await using var command = Source.CreateCommand(sql);
        return (T)(await command.ExecuteScalarAsync(TestContext.Current.CancellationToken))!;
    }

    /// <summary>The first column of a query, which is text.</summary>
    public async Task<List<string>> ListAsync(string sql)
    {
        await using var command = Source.CreateCommand(sql);
        await using var rows = await command.ExecuteReaderAsync(TestContext.Current.CancellationToken);
        var list = new List<string>();
        while (await rows.ReadAsync(TestContext.Current.CancellationToken))
            list.Add(rows.GetString(0));

        return list;
    }

    public async ValueTask DisposeAsync()
    {
        await Source.DisposeAsync();
        await OnServerAsync($"DROP DATABASE {Url.Database} WITH (FORCE)");
    }

    private async Task OnServerAsync(string sql)
    {
        await using var command = gateway.Database.CreateCommand(sql);
        await command.ExecuteNonQueryAsync();
    }
}
