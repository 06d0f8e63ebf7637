using CleanGateway.Infrastructure.Configuration;
using CleanGateway.IntegrationTests.Clients;
using Npgsql;

namespace CleanGateway.IntegrationTests.Fixtures;

/// <summary>
/// A database of a test's own with the three roles of <c>build/deploy/database-roles.sql</c>. Roles belong to the whole server: these
/// have names of their own, and go with the database.
/// </summary>
internal sealed class RolesDatabase : IAsyncDisposable
{
    private const string Password = "it's a \"pass\" & more";

    private readonly GatewayFixture server;
    private readonly TemporaryFolder folder = new();
    private readonly Dictionary<string, NpgsqlDataSource> sources = [];
    private readonly string suffix = Guid.NewGuid().ToString("N")[..8];

    private RolesDatabase(GatewayFixture server, TestDatabase database) => (this.server, Database) = (server, database);

    /// <summary>As the superuser sees it.</summary>
    public TestDatabase Database { get; }

    public DatabaseUrl Owner => As("migrate");
    public DatabaseUrl App => As("app");
    public DatabaseUrl ReadOnly => As("readonly");

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public static async Task<RolesDatabase> CreateAsync(GatewayFixture server) => new(server, await TestDatabase.CreateAsync(server));

    /// <summary>Runs the script by psql.</summary>
    /// <param name="as">Null: the superuser.</param>
    public async Task RunScriptAsync(DatabaseUrl? @as = null)
    {
        string[] variables =
        [
            $"migrate_role={Role("migrate")}", $"app_role={Role("app")}", $"readonly_role={Role("readonly")}",
            $"migrate_password={Password}", $"app_password={Password}",
        ];
        var script = Path.Combine(Repository.Root, "build", "deploy", "database-roles.sql");
        var run = await ExternalProgram.RunAsync(
            await Psql.ProgramAsync(),
            [(@as ?? Database.Url).Reveal(), "--no-psqlrc", .. variables.SelectMany(variable => new[] { "-v", variable }), "-f", script],
            folder.Path, [("GW_READONLY_PASSWORD", Password)], Stop);
        (run.ExitCode, run.Output, run.Errors).Should().Be((0, "", ""));
    }

    /// <summary>Everything that says who may do what in this database.</summary>
    public Task<IReadOnlyList<object?[]>> RightsAsync() => Database.RowsAsync(
        """
        SELECT 'table', relname::text, relowner::regrole::text, relacl::text FROM pg_class WHERE relnamespace = 'public'::regnamespace
        UNION ALL SELECT 'column', attrelid::regclass || '.' || attname, NULL, attacl::text FROM pg_attribute WHERE attacl IS NOT NULL AND attrelid >= 16384
        UNION ALL SELECT 'function', proname::text, proowner::regrole::text, proacl::text FROM pg_proc WHERE pronamespace = 'public'::regnamespace
        UNION ALL SELECT 'schema', nspname::text, nspowner::regrole::text, nspacl::text FROM pg_namespace
        UNION ALL SELECT 'database', datname::text, datdba::regrole::text, datacl::text FROM pg_database WHERE datname = current_database()
        UNION ALL SELECT 'default', defaclobjtype::text, defaclrole::regrole::text, defaclacl::text FROM pg_default_acl
        ORDER BY 1, 2
        """);

    /// <summary>What PostgreSQL says to a statement; null: it was done.</summary>
    public async Task<string?> RefusalAsync(DatabaseUrl role, string sql)
    {
        if (!sources.TryGetValue(role.User, out var source))
            sources[role.User] = source = NpgsqlDataSource.Create(role.ToConnectionString().ConnectionString);
        try
        {
            await source.RowsAsync(sql, Stop);
            return null;
        }
        catch (PostgresException refused)
        {
            return refused.MessageText;
        }
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var source in sources.Values)
            await source.DisposeAsync();

        await Database.DisposeAsync();
        foreach (var role in (string[])["migrate", "app", "readonly"])
            await server.Database.ExecuteAsync($"DROP ROLE IF EXISTS \"{Role(role)}\"", CancellationToken.None);

        folder.Dispose();
    }

    // As nobody would name them, and anybody may.
    private string Role(string name) => $"Gw-{name} {suffix}";

    private DatabaseUrl As(string role) => TestDatabase.At(Database.Url, user: Role(role), password: Password);
}
