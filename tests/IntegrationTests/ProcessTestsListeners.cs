using System.Net;
using System.Net.NetworkInformation;
using System.Net.Sockets;
using CleanGateway.IntegrationTests.Clients;
using CleanGateway.IntegrationTests.Fixtures;

namespace CleanGateway.IntegrationTests;

/// <summary>Where the gateway listens, and what is there for whom.</summary>
public class ProcessTestsListeners(GatewayFixture gateway) : ProcessTest
{
    private static readonly (string, string) EveryAddress = ("GATEWAY_HTTP_HOST", "0.0.0.0");

    [Fact]
    public async Task Without_an_admin_port_there_are_no_metrics_and_only_this_machine_and_proper_requests_are_answered()
    {
        var running = Start(gateway.DatabaseUrl);
        var url = await running.ListeningAsync();

        running.Output.Should().NotContain(line => line.Contains("Admin endpoints", StringComparison.Ordinal));
        (await StatusAsync(url, "/metrics", gateway.AdminToken)).Should().Be(HttpStatusCode.NotFound);
        (await StatusAsync(url, "/api/db-stats", gateway.AdminToken)).Should().Be(HttpStatusCode.OK);
        (await StatusAsync(url, "/api/db-stats", token: null)).Should().Be(HttpStatusCode.Unauthorized);
        foreach (var address in OtherAddresses())
            (await ConnectsAsync(address, url.Port)).Should().BeFalse("{0} is not loopback", address);

        // A proxy in front of it may take lines that end in a line feed alone for something else.
        using var raw = await RawConnection.OpenAsync(url, Stop);
        await raw.SendRawAsync("GET /health HTTP/1.1\nHost: gateway\n\n", Stop);
        (await raw.ReadAsync(Stop)).StatusLine.Should().StartWith("HTTP/1.1 400");
    }

    [Fact]
    public async Task Metrics_are_on_an_admin_port_of_its_own_and_nowhere_else()
    {
        var running = Start(gateway.DatabaseUrl, EveryAddress, ("ADMIN_HTTP_PORT", "0"));
        var url = await running.ListeningAsync();
        const string Line = "Admin endpoints listening on :";
        await Eventually.IsTrueAsync(() => running.Output.Any(said => said.StartsWith(Line, StringComparison.Ordinal)), "the admin port is told");
        var admin = new Uri($"http://127.0.0.1:{running.Output.Single(said => said.StartsWith(Line, StringComparison.Ordinal))[Line.Length..]}");

        admin.Port.Should().NotBe(url.Port);
        (await StatusAsync(admin, "/metrics", gateway.AdminToken)).Should().Be(HttpStatusCode.OK);
        (await StatusAsync(admin, "/metrics", token: null)).Should().Be(HttpStatusCode.Unauthorized);
        (await StatusAsync(url, "/metrics", gateway.AdminToken)).Should().Be(HttpStatusCode.NotFound);
        using var deceiving = new HttpRequestMessage(HttpMethod.Get, new Uri(url, "/metrics")) { Headers = { Host = $"127.0.0.1:{admin.Port}" } };
        deceiving.Headers.Authorization = new("Bearer", gateway.AdminToken);
        using var http = new HttpClient();
        using var deceived = await http.SendAsync(deceiving, Stop);
        deceived.StatusCode.Should().Be(HttpStatusCode.NotFound, "a Host header is only what the caller says");
        foreach (var address in OtherAddresses())
            (await ConnectsAsync(address, url.Port)).Should().BeTrue("it listens everywhere, also on {0}", address);
    }

    [Fact]
    public async Task Without_a_usable_admin_token_nothing_listens_for_admins_and_a_warning_says_so()
    {
        await gateway.Database.ExecuteAsync("UPDATE admin_tokens SET enabled = false", Stop);
        var port = RedisServer.FreePort();
        var running = Start(gateway.DatabaseUrl, ("GATEWAY_HTTP_PORT", $"{port}"), ("ADMIN_HTTP_PORT", $"{port}"));
        var url = await running.ListeningAsync();

        await Eventually.IsTrueAsync(
            () => running.Output.Any(line => line.StartsWith("Warning: there is no usable admin token", StringComparison.Ordinal)
                && line.Contains("`cleangateway tokens issue NAME`", StringComparison.Ordinal)),
            "the start says what is to be done");
        (await StatusAsync(url, "/metrics", gateway.AdminToken)).Should().Be(HttpStatusCode.NotFound);
        (await StatusAsync(url, "/health", token: null)).Should().Be(HttpStatusCode.OK);
    }

    [Fact]
    public async Task One_port_can_be_for_both()
    {
        var port = RedisServer.FreePort();
        var running = Start(gateway.DatabaseUrl, ("GATEWAY_HTTP_PORT", $"{port}"), ("ADMIN_HTTP_PORT", $"{port}"));
        var url = await running.ListeningAsync();

        url.Port.Should().Be(port);
        (await StatusAsync(url, "/metrics", gateway.AdminToken)).Should().Be(HttpStatusCode.OK);
        (await StatusAsync(url, "/metrics", token: null)).Should().Be(HttpStatusCode.Unauthorized);
        (await StatusAsync(url, "/health", token: null)).Should().Be(HttpStatusCode.OK);
    }

    public override async ValueTask InitializeAsync() => await gateway.ResetAsync();

    private async Task<HttpStatusCode> StatusAsync(Uri url, string path, string? token)
    {
        using var answer = await GetAsync(url, path, token);
        return answer.StatusCode;
    }

    // None on a machine without a network: then there is nobody to be kept out.
    private static IEnumerable<IPAddress> OtherAddresses() => NetworkInterface.GetAllNetworkInterfaces()
        .Where(network => network.OperationalStatus == OperationalStatus.Up)
        .SelectMany(network => network.GetIPProperties().UnicastAddresses)
        .Select(unicast => unicast.Address)
        .Where(address => address.AddressFamily == AddressFamily.InterNetwork && !IPAddress.IsLoopback(address));

    private static async Task<bool> ConnectsAsync(IPAddress address, int port)
    {
        using var client = new TcpClient();
        try
        {
            await client.ConnectAsync(address, port, Stop);
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
