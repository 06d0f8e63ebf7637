using CleanGateway.Infrastructure.ConfigChecks;
using CleanGateway.IntegrationTests.Fixtures;

namespace CleanGateway.IntegrationTests;

/// <summary>What <c>cleangateway config check</c> finds in a database, in Redis and in files.</summary>
public sealed class ConfigCheckTests(GatewayFixture gateway, MigratedDatabase migrated) : IClassFixture<MigratedDatabase>, IAsyncLifetime
{
    private static readonly string MasterKey = Convert.ToBase64String([.. Enumerable.Range(1, 32).Select(number => (byte)number)]);

    private readonly TemporaryFolder folder = new();
    private SideDatabase database = null!;

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => database = await migrated.CopyAsync();

    public async ValueTask DisposeAsync()
    {
        await database.DisposeAsync();
        folder.Dispose();
    }

    [Theory]
    [InlineData(
        "INSERT INTO providers (name, provider_type, config) VALUES ('p', 'bedrock', '{}')",
        ConfigSeverity.Error, "provider 'p'", "config has no region")]
    [InlineData(
        "INSERT INTO providers (name, provider_type, encrypted_credentials, config) VALUES ('p', 'openai', 'enc:v1:00000000:AAAA', '{}')",
        ConfigSeverity.Error, "provider 'p'", "encrypted with the master key 00000000")]
    [InlineData(
        "INSERT INTO providers (name, provider_type, encrypted_credentials, config) VALUES ('p', 'openai', '{\"api_key\": \"sk-secret\"}', '{}')",
        ConfigSeverity.Note, "provider 'p'", "plain text")]
    [InlineData(
        "INSERT INTO providers (name, provider_type, config) VALUES ('p', 'openai', '{\"base_url\": \"http://models.example.com/v1\"}')",
        ConfigSeverity.Warning, "provider 'p'", "http://models.example.com is plain http")]
    [InlineData(
        "INSERT INTO models (model_name, litellm_provider, prices) VALUES ('m', 'openai', '{\"input_cost_per_token_flex\": -1}')",
        ConfigSeverity.Error, "model 'm'", "-1")]
    [InlineData(
        """
        INSERT INTO models (id, model_name, litellm_provider) VALUES ('11111111-1111-1111-1111-111111111111', 'm', 'openai');
        INSERT INTO model_aliases (alias, target_model_id) VALUES ('a', '11111111-1111-1111-1111-111111111111')
        """,
        ConfigSeverity.Warning, "alias 'a'", "leads to no model")]
    [InlineData(
        "INSERT INTO api_keys (name, key_hash, allowed_models) VALUES ('k', repeat('a', 64), ARRAY['echo', 'gone'])",
        ConfigSeverity.Warning, "API key 'k'", "models that nobody serves: gone")]
    [InlineData(
        """
        INSERT INTO models (model_name, litellm_provider) VALUES ('m', 'echo');
        INSERT INTO api_keys (name, key_hash, daily_budget) VALUES ('k', repeat('a', 64), 5)
        """,
        ConfigSeverity.Warning, "API key 'k'", "these models no price: m")]
    [InlineData("DELETE FROM admin_tokens", ConfigSeverity.Warning, "admin_tokens", "No admin token can be used")]
    [InlineData("ALTER TABLE models ADD COLUMN note text", ConfigSeverity.Error, null, "column models.note is not known")]
    [InlineData("DELETE FROM \"__EFMigrationsHistory\" WHERE \"MigrationId\" LIKE '%AdminApi'", ConfigSeverity.Warning, null, "has not been applied")]
    public async Task A_row_that_is_wrong_or_odd_is_found(string sql, ConfigSeverity severity, string? where, string what)
    {
        await WithAdminAsync();
        (await CheckAsync()).Should().BeEmpty();
        await database.ExecuteAsync(sql);

        var finding = (await CheckAsync()).First(found => found.What.Contains(what, StringComparison.Ordinal));

        (finding.Severity, finding.Where).Should().Be((severity, where ?? database.Url.ToString()));
        (await CheckAsync()).Should().OnlyContain(found => !found.What.Contains("sk-secret"));
    }

    [Fact]
    public async Task It_changes_nothing_also_where_a_gateway_would()
    {
        await WithAdminAsync();
        await database.ExecuteAsync("INSERT INTO providers (name, provider_type, encrypted_credentials, config) VALUES ('p', 'openai', '{\"api_key\": \"sk-secret\"}', '{}')");

        await CheckAsync();

        (await database.ScalarAsync<string>("SELECT encrypted_credentials FROM providers")).Should().Be("""{"api_key": "sk-secret"}""");
        (await database.ScalarAsync<long>("SELECT count(*) FROM price_cards")).Should().Be(0);
        Directory.EnumerateFileSystemEntries(folder.Path).Should().BeEmpty();
    }

    [Fact]
    public async Task Every_wrong_setting_is_told_at_once()
    {
        await File.WriteAllTextAsync(Path.Combine(folder.Path, ".env"), "GATEWAY_HTTP_PROT=1\n", Stop);

        var findings = await CheckAsync(("GATEWAY_HTTP_PORT", "many"), ("LOG_LEVEL", "loud"), ("GATEWAY_MASTER_KEY", "sk-secret"));

        findings.Where(finding => finding.Severity == ConfigSeverity.Error).Should().HaveCount(4)
            .And.OnlyContain(finding => !finding.What.Contains("sk-secret")).And.ContainSingle(finding => finding.Where.EndsWith(".env"));
        findings.Should().Contain(finding => finding.Severity == ConfigSeverity.Note && finding.What.Contains("were not looked at"));
    }

    [Fact]
    public async Task A_database_that_is_not_there_is_told_without_the_password()
    {
        var gone = TestDatabase.At(gateway.DatabaseUrl, database: "gone", password: gateway.DatabaseUrl.Password);
        var refusing = TestDatabase.At(gateway.DatabaseUrl, password: "wrong-hunter2");

        var missing = await CheckAsync(("DATABASE_URL", gone.Reveal()));
        var refused = await CheckAsync(("DATABASE_URL", refusing.Reveal()));

        missing.Should().ContainSingle(finding => finding.Severity == ConfigSeverity.Error).Which.Advice.Should().Be("`cleangateway db migrate` makes it");
        refused.Should().ContainSingle(finding => finding.Severity == ConfigSeverity.Error).Which.What.Should().Contain("password authentication failed");
        refused.Should().OnlyContain(finding => !finding.Where.Contains("hunter2") && !finding.What.Contains("hunter2"));
    }

    [Fact]
    public async Task A_private_database_is_not_started_and_no_master_key_made()
    {
        var findings = await ConfigCheck.RunAsync(
            new Dictionary<string, string> { ["DATA_DIR"] = Path.Combine(folder.Path, "data"), ["ADMIN_HTTP_PORT"] = "0" }, folder.Path, Stop);

        findings.Select(finding => (finding.Severity, finding.Where)).Should().BeEquivalentTo([(ConfigSeverity.Note, "DATA_DIR"), (ConfigSeverity.Note, "DATABASE_URL")]);
        Directory.EnumerateFileSystemEntries(folder.Path).Should().BeEmpty();
    }

    [Fact]
    public async Task Redis_that_forgets_or_is_not_there_is_told()
    {
        await using var redis = await RedisServer.StartAsync(folder.Path);
        await WithAdminAsync();

        (await CheckAsync(("REDIS_ADDRESS", redis.Address))).Should().BeEmpty();
        var unreachable = await CheckAsync(("REDIS_ADDRESS", $"127.0.0.1:{RedisServer.FreePort()}"));

        unreachable.Should().ContainSingle().Which.Where.Should().Be("REDIS_ADDRESS");
    }

    [Fact]
    public async Task A_master_key_that_cannot_be_read_is_told()
    {
        await WithAdminAsync();
        await File.WriteAllTextAsync(Path.Combine(folder.Path, "key"), "nonsense", Stop);

        var findings = await CheckAsync(("GATEWAY_MASTER_KEY", ""), ("GATEWAY_MASTER_KEY_FILE", Path.Combine(folder.Path, "key")));

        findings.Should().ContainSingle(finding => finding.Where == "master key").Which.What.Should().Contain("holds no master key").And.NotContain("nonsense");
    }

    private Task WithAdminAsync() => database.ExecuteAsync("INSERT INTO admin_tokens (name, token_hash, role) VALUES ('test', repeat('b', 64), 'owner')");

    private Task<IReadOnlyList<ConfigFinding>> CheckAsync(params (string Name, string Value)[] environment)
    {
        var all = new Dictionary<string, string>
        {
            ["DATABASE_URL"] = database.Url.Reveal(), ["GATEWAY_MASTER_KEY"] = MasterKey, ["ADMIN_HTTP_PORT"] = "0", ["DATA_DIR"] = Path.Combine(folder.Path, "data"),
        };
        foreach (var (name, value) in environment)
            all[name] = value;
        return ConfigCheck.RunAsync(all, folder.Path, Stop);
    }
}
