using System.Net;
using CleanGateway.Domain.Common;
using CleanGateway.Infrastructure.Configuration;
using CleanGateway.Infrastructure.ConfigChecks;
using CleanGateway.Infrastructure.Persistence;
using CleanGateway.Infrastructure.Telemetry;
using CleanGateway.IntegrationTests.Fixtures;
using Microsoft.Extensions.DependencyInjection;
using PrometheusText = CleanGateway.IntegrationTests.Fixtures.PrometheusText;

namespace CleanGateway.IntegrationTests;

/// <summary>
/// Which database is asked for what, where reports have one of their own: shown by one whose rows are others, read by
/// <c>gw_readonly</c>.
/// </summary>
public sealed class ReportsReplicaTests(GatewayFixture gateway) : GatewayTest(gateway)
{
    private const string Elsewhere = "gpt-of-the-replica";

    [Fact]
    public async Task Reports_and_searches_are_read_from_the_replica_by_a_role_that_may_only_read()
    {
        await using var replica = await ReplicaAsync();
        await using var another = await StartAsync(replica.ReadOnly);

        (await TextAsync(another, "/api/requests")).Should().Contain(Elsewhere);
        (await TextAsync(another, "/api/responses")).Should().Contain(Elsewhere);
        (await TextAsync(another, "/admin/requests")).Should().Contain(Elsewhere);
        (await TextAsync(another, "/admin/responses")).Should().Contain(Elsewhere);
        (await TextAsync(another, "/admin/audit")).Should().Contain("of-the-replica");
        (await TextAsync(another, "/admin/usage?group_by=model,key,project")).Should().Contain("key of the replica");
        (await TextAsync(another, "/api/db-stats")).Should().MatchRegex("\"requests\":\\s*(1\\b|\\{\"count\":1\\b)");
    }

    [Fact]
    public async Task Whatever_must_be_as_it_is_now_is_read_from_the_database_itself()
    {
        await IssueKeyAsync();
        await using var replica = await ReplicaAsync();
        await using var another = await StartAsync(replica.ReadOnly);

        using var answer = await EchoAsync(another.Url);
        var id = answer.Headers.GetValues("X-Request-ID").Single();

        answer.StatusCode.Should().Be(HttpStatusCode.OK, "the key is known here alone");
        (await TextAsync(another, $"/api/requests/{id}")).Should().Contain(id);
        (await TextAsync(another, $"/api/responses/{id}")).Should().Contain(id);
        (await TextAsync(another, "/admin/keys")).Should().Contain("Test Key").And.NotContain("key of the replica");
        (await TextAsync(another, "/api/requests")).Should().NotContain(id, "lists may be behind");
    }

    [Fact]
    public async Task Sessions_of_reports_cannot_write_even_where_their_role_may()
    {
        await using var database = new ReportsDatabase(
            TestSettings.Read(Path.GetTempPath(), ("DATABASE_URL", Gateway.DatabaseUrl.Reveal()), ("DATABASE_REPORTS_URL", Gateway.DatabaseUrl.Reveal())),
            Gateway.Services.GetRequiredService<GatewayDatabase>(), Microsoft.Extensions.Logging.Abstractions.NullLoggerFactory.Instance);

        var write = () => database.ReadAsync(
            async connection =>
            {
                await using var command = new Npgsql.NpgsqlCommand("DELETE FROM audit_log", connection);
                return await command.ExecuteNonQueryAsync(Stop);
            },
            Stop);

        (await write.Should().ThrowAsync<GatewayException>()).Which.InnerException!.Message.Should().Contain("read-only transaction");
    }

    [Fact]
    public async Task Without_its_replica_a_gateway_starts_answers_calls_and_says_which_reports_it_has_not()
    {
        await IssueKeyAsync();
        await using var another = await StartAsync(TestDatabase.At(Gateway.DatabaseUrl, port: RedisServer.FreePort()));

        using var answer = await EchoAsync(another.Url);
        answer.StatusCode.Should().Be(HttpStatusCode.OK);
        foreach (var path in new[] { "/api/requests", "/api/responses", "/admin/requests", "/admin/audit", "/admin/usage", "/api/db-stats" })
        {
            using var refused = await GetAsync(another, path);
            refused.StatusCode.Should().Be(HttpStatusCode.ServiceUnavailable, path);
            (await refused.Content.ReadAsStringAsync(Stop)).Should().Contain("reports_unavailable").And.NotContain(Gateway.DatabaseUrl.Password, path);
        }

        var watch = another.Services.GetRequiredService<ReportsWatch>();
        await Eventually.IsTrueAsync(() => watch.IsUsable is false, "the replica is seen to be away");
        var metrics = Metrics(another);
        metrics["cleangateway_reports_reachable"].Should().Be(0);
        metrics.Samples.Keys.Should().NotContain("cleangateway_reports_lag_seconds", "nobody knows");
    }

    [Fact]
    public async Task How_far_the_replica_is_behind_is_told()
    {
        await using var replica = await ReplicaAsync();
        await replica.Database.ExecuteAsync("INSERT INTO gateway_instances (id, epoch, seen_at) VALUES (gen_random_uuid(), 1, now() - interval '1 hour')");
        await using var another = await StartAsync(replica.ReadOnly);

        var watch = another.Services.GetRequiredService<ReportsWatch>();
        await Eventually.IsTrueAsync(() => watch.IsUsable is true, "the replica is seen");

        Metrics(another)["cleangateway_reports_lag_seconds"].Should().BeInRange(3600, 3900);
        Metrics(another)["cleangateway_reports_reachable"].Should().Be(1);
    }

    [Fact]
    public async Task Of_several_hosts_the_one_is_taken_that_is_there_and_can_write()
    {
        var (gone, there) = (RedisServer.FreePort(), Gateway.DatabaseUrl);
        var text = $"postgres://{there.User}:{there.Password}@127.0.0.1:{gone},127.0.0.1:{there.Port}/{there.Database}?sslmode=disable&target_session_attrs=";
        foreach (var target in new[] { "read-write", "primary", "prefer-standby" })
        {
            DatabaseUrl.TryParse(text + target, out var url).Should().BeTrue();
            await using var database = new GatewayDatabase(url!, maxConnections: 3);
            (await database.AskAsync<int>("SELECT inet_server_port()", Stop)).Should().Be(there.Port);
        }

        DatabaseUrl.TryParse(text + "standby", out var standby).Should().BeTrue();
        await using var none = new GatewayDatabase(standby!, maxConnections: 3);
        await FluentActions.Awaiting(() => none.AskAsync<int>("SELECT 1", Stop)).Should().ThrowAsync<Npgsql.NpgsqlException>("nothing here is a standby");
    }

    [Fact]
    public async Task The_check_of_the_configuration_looks_at_the_replica_and_takes_nothing_for_an_error()
    {
        await using var replica = await ReplicaAsync();
        await using var empty = await TestDatabase.CreateAsync(Gateway);
        var gone = TestDatabase.At(Gateway.DatabaseUrl, port: RedisServer.FreePort());

        (await CheckAsync(replica.ReadOnly)).Severity.Should().Be(ConfigSeverity.Note, "it follows nobody, and may be meant so");
        (await CheckAsync(empty.Url)).Should().Match<ConfigFinding>(finding => finding.Severity == ConfigSeverity.Warning && finding.What.Contains("has not been applied"));
        (await CheckAsync(gone)).Should().Match<ConfigFinding>(finding => finding.Severity == ConfigSeverity.Warning && finding.What.Contains("refused"));
    }

    private async Task<ConfigFinding> CheckAsync(DatabaseUrl reports)
    {
        var environment = new Dictionary<string, string>
        {
            ["DATABASE_URL"] = Gateway.DatabaseUrl.Reveal(), ["DATABASE_REPORTS_URL"] = reports.Reveal(), ["GATEWAY_MASTER_KEY"] = TestSettings.MasterKey,
        };
        var findings = await ConfigCheck.RunAsync(environment, Path.Combine(Path.GetTempPath(), "there-is-none.env"), Stop);
        findings.Should().OnlyContain(finding => !finding.What.Contains(reports.Password!));
        return findings.Single(finding => finding.Where == "DATABASE_REPORTS_URL");
    }

    private Task<AnotherGateway> StartAsync(DatabaseUrl reports) => AnotherGateway.StartAsync(
        Gateway, ("DATABASE_URL", Gateway.DatabaseUrl.Reveal()), ("DATABASE_REPORTS_URL", reports.Reveal()), ("ADMIN_HTTP_PORT", "0"));

    private static PrometheusText Metrics(AnotherGateway gateway) => PrometheusText.Parse(gateway.Services.GetRequiredService<PrometheusExporter>().Render());

    private async Task<string> TextAsync(AnotherGateway another, string path)
    {
        using var answer = await GetAsync(another, path);
        var text = await answer.Content.ReadAsStringAsync(Stop);
        answer.StatusCode.Should().Be(HttpStatusCode.OK, $"{path}: {text}");
        return text;
    }

    private Task<HttpResponseMessage> GetAsync(AnotherGateway another, string path) =>
        Admin(path.StartsWith("/admin", StringComparison.Ordinal) ? another.Urls[1] : another.Url).GetAsync(path, Stop);

    private async Task<HttpResponseMessage> EchoAsync(Uri url)
    {
        using var body = new StringContent("""{"model":"echo","messages":[{"role":"user","content":"Hi"}]}""", System.Text.Encoding.UTF8, "application/json");
        return await Client(url: url).PostAsync("/v1/chat/completions", body, Stop);
    }

    /// <summary>A database with the schema, the roles, and one call that is nowhere else.</summary>
    private async Task<RolesDatabase> ReplicaAsync()
    {
        var replica = await RolesDatabase.CreateAsync(Gateway);
        await replica.RunScriptAsync();
        await using (var owner = new GatewayDatabase(replica.Owner, maxConnections: 3))
            await new Migrator(owner, Microsoft.Extensions.Logging.Abstractions.NullLogger<Migrator>.Instance).MigrateAsync(Stop);
        await using (var app = new GatewayDatabase(replica.Database.Url, maxConnections: 3))
        {
            var call = Exchanges.Answered(TimeProvider.System.GetUtcNow(), Elsewhere);
            await new Infrastructure.Journal.ExchangeWriter(app).WriteAsync([Infrastructure.Journal.ExchangeRow.Of(call)], Stop);
        }

        await replica.Database.ExecuteAsync(
            "INSERT INTO api_keys (id, name, key_hash) VALUES ($1, 'key of the replica', repeat('a', 64))", Exchanges.Caller.Value);
        await replica.Database.ExecuteAsync(
            "INSERT INTO audit_log (actor_kind, actor_name, action, target_type, target_id, changed) VALUES ('admin_token', 'of-the-replica', 'create', 'model', 'm', '{}')");
        return replica;
    }
}
