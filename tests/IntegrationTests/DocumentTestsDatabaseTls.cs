using CleanGateway.Infrastructure.Configuration;
using CleanGateway.Infrastructure.Persistence;
using CleanGateway.IntegrationTests.Clients;
using CleanGateway.IntegrationTests.Fixtures;
using Npgsql;

namespace CleanGateway.IntegrationTests;

/// <summary>The <c>sslmode</c> of DATABASE_URL, against servers with and without TLS.</summary>
public class DocumentTestsDatabaseTls(GatewayFixture gateway, TlsServer server) : IClassFixture<TlsServer>, IDisposable
{
    private readonly TemporaryFolder folder = new();

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public void Dispose() => folder.Dispose();

    [Theory]
    [InlineData("disable", false)]
    [InlineData("allow", false)]
    [InlineData("prefer", true)]
    [InlineData("require", true)]
    public async Task A_server_that_leaves_the_choice_is_reached_as_the_mode_says(string mode, bool byTls) =>
        (await UsesTlsAsync(server.Url(TlsServer.Open, $"sslmode={mode}"))).Should().Be(byTls);

    [Fact]
    public async Task Without_a_mode_a_server_with_TLS_is_reached_by_it() =>
        (await UsesTlsAsync(server.Url(TlsServer.Open, ""))).Should().BeTrue("prefer is what libpq does then");

    [Theory]
    [InlineData("allow")]
    [InlineData("prefer")]
    [InlineData("require")]
    public async Task A_server_that_wants_TLS_gets_it(string mode) =>
        (await UsesTlsAsync(server.Url(TlsServer.TlsOnly, $"sslmode={mode}"))).Should().BeTrue();

    [Fact]
    public Task A_server_that_wants_TLS_refuses_to_do_without() => ShouldFailAsync(server.Url(TlsServer.TlsOnly, "sslmode=disable"), "no encryption");

    [Theory]
    [InlineData("disable")]
    [InlineData("allow")]
    [InlineData("prefer")]
    public async Task A_server_without_TLS_is_reached_all_the_same(string mode) => (await UsesTlsAsync(Plain(mode))).Should().BeFalse();

    [Theory]
    [InlineData("require")]
    [InlineData("verify-ca")]
    [InlineData("verify-full")]
    public Task A_server_without_TLS_is_not_talked_to_where_it_is_required(string mode) => ShouldFailAsync(Plain(mode), "SSL");

    [Theory]
    [InlineData("verify-ca")]
    [InlineData("verify-full")]
    public async Task A_certificate_of_an_unknown_authority_is_refused(string mode)
    {
        await ShouldFailAsync(server.Url(TlsServer.Open, $"sslmode={mode}"), "SSL");
        await ShouldFailAsync(server.Url(TlsServer.Open, $"sslmode={mode}&sslrootcert={server.StrangeAuthority}"), "SSL");
    }

    /// <summary>PostgreSQL 15 documentation, 34.19.1: require with a root certificate is verify-ca.</summary>
    [Fact]
    public Task An_authority_that_is_given_counts_also_where_only_TLS_is_required() =>
        ShouldFailAsync(server.Url(TlsServer.Open, $"sslmode=require&sslrootcert={server.StrangeAuthority}"), "SSL");

    [Theory]
    [InlineData("verify-ca", "localhost")]
    [InlineData("verify-ca", "127.0.0.1")]
    [InlineData("verify-full", "localhost")]
    public async Task A_certificate_of_the_right_authority_is_accepted(string mode, string host) =>
        (await UsesTlsAsync(server.Url(TlsServer.Open, $"sslmode={mode}&sslrootcert={server.Authority}", host))).Should().BeTrue();

    [Fact]
    public Task A_certificate_for_another_host_is_refused_when_the_host_matters() =>
        ShouldFailAsync(server.Url(TlsServer.Open, $"sslmode=verify-full&sslrootcert={server.Authority}", "127.0.0.1"), "SSL");

    [Fact]
    public Task An_authority_whose_file_is_not_there_is_not_passed_over() =>
        ShouldFailAsync(server.Url(TlsServer.Open, $"sslmode=verify-full&sslrootcert={server.Authority}.gone"), "gone");

    [Fact]
    public async Task A_client_certificate_opens_the_door_it_is_for()
    {
        var withCertificate = $"sslmode=require&sslcert={server.ClientCertificate}&sslkey={server.ClientKey}";

        (await UsesTlsAsync(server.Url(TlsServer.CertificateOnly, withCertificate))).Should().BeTrue();
        await ShouldFailAsync(server.Url(TlsServer.CertificateOnly, "sslmode=require"), "certificate");
    }

    [Fact]
    public async Task Channel_binding_can_be_required_where_there_is_TLS()
    {
        (await UsesTlsAsync(server.Url(TlsServer.Open, "sslmode=require&channel_binding=require"))).Should().BeTrue();
        await ShouldFailAsync(server.Url(TlsServer.Open, "sslmode=disable&channel_binding=require"), "hannel");
    }

    /// <summary>The same URL must not mean something else to the tools an operator uses beside the gateway.</summary>
    [Theory]
    [InlineData("disable")]
    [InlineData("allow")]
    [InlineData("prefer")]
    [InlineData("require")]
    [InlineData("verify-ca")]
    [InlineData("verify-full")]
    public async Task Every_mode_ends_as_it_does_with_psql(string mode)
    {
        DatabaseUrl[] urls =
        [
            server.Url(TlsServer.Open, $"sslmode={mode}"),
            server.Url(TlsServer.TlsOnly, $"sslmode={mode}"),
            server.Url(TlsServer.Open, $"sslmode={mode}&sslrootcert={server.Authority}", "127.0.0.1"),
            Plain(mode),
        ];
        foreach (var url in urls)
        {
            (await TryAsync(url)).Should().Be(await TryWithPsqlAsync(url), "psql does, at {0} with {1}", url, string.Join('&', url.Parameters));
        }
    }

    [Fact]
    public async Task Every_connection_of_a_gateway_is_as_its_URL_says()
    {
        var url = server.Url(TlsServer.TlsOnly, $"sslmode=verify-full&sslrootcert={server.Authority}");
        await using var running = GatewayProcess.Start(folder.Path, [], ("DATABASE_URL", url.Reveal()), ("DATA_DIR", folder.Path));
        await running.ListeningAsync();

        await using var database = new GatewayDatabase(url, maxConnections: 2);
        (await database.AskAsync<long>($"{CountOfTheGateways} AND ssl", Stop)).Should().BeGreaterThan(1);
        (await database.AskAsync<long>($"{CountOfTheGateways} AND NOT ssl", Stop)).Should().Be(0);
        (await running.StopAsync()).Should().Be(0);
    }

    private const string CountOfTheGateways =
        """
        SELECT count(*) FROM pg_stat_activity JOIN pg_stat_ssl USING (pid)
        WHERE application_name = 'cleangateway' AND pid <> pg_backend_pid()
        """;

    // The database of the other tests.
    private DatabaseUrl Plain(string mode)
    {
        var text = gateway.DatabaseUrl.Reveal().Replace("sslmode=disable", $"sslmode={mode}", StringComparison.Ordinal);
        DatabaseUrl.TryParse(text, out var url).Should().BeTrue();
        return url!;
    }

    private static async Task<bool> UsesTlsAsync(DatabaseUrl url)
    {
        await using var database = new GatewayDatabase(url, maxConnections: 2);
        await using (var outsideThePool = await database.OpenDedicatedAsync(Stop))
            outsideThePool.State.Should().Be(System.Data.ConnectionState.Open);
        return await database.AskAsync<bool>("SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()", Stop);
    }

    private static async Task ShouldFailAsync(DatabaseUrl url, string because)
    {
        var connecting = () => UsesTlsAsync(url);

        (await connecting.Should().ThrowAsync<Exception>()).Which.ToString().Should().Contain(because);
    }

    private static async Task<string> TryAsync(DatabaseUrl url)
    {
        try
        {
            return await UsesTlsAsync(url) ? "t" : "f";
        }
        catch (Exception refused) when (refused is NpgsqlException)
        {
            return "refused";
        }
    }

    private async Task<string> TryWithPsqlAsync(DatabaseUrl url)
    {
        const string Sql = "SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()";
        var run = await ExternalProgram.RunAsync(
            await Psql.ProgramAsync(), [url.Reveal(), "--no-psqlrc", "-A", "-t", "-c", Sql], folder.Path, [], Stop);
        return run.ExitCode == 0 ? run.Output.Trim() : "refused";
    }
}
