using System.Net;
using CleanGateway.IntegrationTests.Fixtures;

namespace CleanGateway.IntegrationTests;

/// <summary>Where the gateway connects on a provider's behalf, and where only if an operator says so.</summary>
public class ChatTestsDestinations(GatewayFixture gateway) : ChatTestOfFailures(gateway)
{
    private static readonly Failure NotAllowed = new(
        502, "The gateway does not connect to where the provider is: allow_cidrs in the provider's config has to name the network.",
        "server_error", null, "upstream_not_allowed", Billed: false);

    [Theory]
    [InlineData("http://127.0.0.1:{0}")]
    [InlineData("http://127.1.2.3:{0}")]
    [InlineData("http://2130706433:{0}")]
    [InlineData("http://0x7f.1:{0}")]
    [InlineData("http://0x7f000001:{0}")]
    [InlineData("http://017700000001:{0}")]
    [InlineData("http://0177.0.0.1:{0}")]
    [InlineData("http://127.1:{0}")]
    [InlineData("http://127。0。0。1:{0}")]
    [InlineData("http://[::127.0.0.1]:{0}")]
    [InlineData("http://[0:0:0:0:0:0:0:1]:{0}")]
    [InlineData("https://[fe80::1%25lo]:{0}")]
    [InlineData("https://[2a00:1450:4001:82a:0:5efe:7f00:1]")]
    [InlineData("https://[::ffff:0:7f00:1]")]
    [InlineData("http://0.0.0.0:{0}")]
    [InlineData("http://localhost:{0}")]
    [InlineData("http://LocalHost:{0}")]
    [InlineData("http://[::1]:{0}")]
    [InlineData("http://[::]:{0}")]
    [InlineData("http://[::ffff:127.0.0.1]:{0}")]
    [InlineData("http://[::ffff:7f00:1]:{0}")]
    [InlineData("https://127.0.0.1:{0}")]
    [InlineData("https://localhost:{0}")]
    [InlineData("http://10.0.0.1")]
    [InlineData("https://10.0.0.1")]
    [InlineData("https://172.16.0.1")]
    [InlineData("https://192.168.0.1")]
    [InlineData("https://100.64.0.1")]
    [InlineData("http://169.254.169.254")]
    [InlineData("https://169.254.169.254")]
    [InlineData("https://[fd00:ec2::254]")]
    [InlineData("https://[fe80::1]")]
    [InlineData("https://[fc00::1]")]
    [InlineData("https://[2002:7f00:1::1]")]
    [InlineData("https://[64:ff9b::7f00:1]")]
    [InlineData("https://[::ffff:169.254.169.254]")]
    [InlineData("http://192.0.2.1")]
    [InlineData("http://8.8.8.8")]
    public async Task What_nobody_has_opened_is_not_connected_to(string origin)
    {
        var before = Upstream.Connections;
        await ServeAtAsync(origin);

        using var response = await ChatAsync();

        await ShouldFailAsync(response, NotAllowed);
        Upstream.Connections.Should().Be(before);
    }

    /// <summary>Whether such a name is one at all is the machine's resolver's to say; it leads nowhere in either case.</summary>
    [Theory]
    [InlineData("http://localhost.:{0}")]
    [InlineData("http://\uFF11\uFF12\uFF17.0.0.1:{0}")]
    [InlineData("http://127.0.0.1.:{0}")]
    [InlineData("http://ⓛⓞⓒⓐⓛⓗⓞⓢⓣ:{0}")]
    public async Task What_may_be_no_name_leads_nowhere(string origin)
    {
        var before = Upstream.Connections;
        await ServeAtAsync(origin);

        using var response = await ChatAsync();

        response.StatusCode.Should().Be(HttpStatusCode.BadGateway);
        Upstream.Connections.Should().Be(before);
    }

    /// <summary>With a user's name, or a mark that some take for one, a URL does not say clearly where it leads.</summary>
    [Theory]
    [InlineData("http://api.openai.com@127.0.0.1:{0}")]
    [InlineData("http://api.openai.com:443@127.0.0.1:{0}")]
    [InlineData("http://%31%32%37.0.0.1:{0}")]
    [InlineData("http://127.0.0.1:{0}?")]
    [InlineData("http://127.0.0.1:{0}#")]
    [InlineData("ftp://127.0.0.1:{0}")]
    [InlineData("file:///127.0.0.1")]
    [InlineData("//127.0.0.1:{0}")]
    public async Task A_base_URL_that_could_be_read_in_two_ways_is_none(string origin)
    {
        var before = Upstream.Connections;
        await ServeAtAsync(origin, "127.0.0.0/8");

        using var response = await ChatAsync();

        response.StatusCode.Should().NotBe(HttpStatusCode.OK);
        Upstream.Connections.Should().Be(before);
    }

    [Theory]
    [InlineData("127.0.0.1", "127.0.0.0/8")]
    [InlineData("127.0.0.1", "127.0.0.1/32")]
    [InlineData("localhost", "127.0.0.1/32")]
    [InlineData("[::ffff:127.0.0.1]", "127.0.0.1/32")]
    [InlineData("127.0.0.1", "10.0.0.0/8\", \"127.0.0.0/8")]
    public async Task What_the_providers_config_opens_is_connected_to(string host, string networks)
    {
        await ServeAtAsync($"http://{host}:{{0}}", networks);

        using var response = await ChatAsync();

        response.StatusCode.Should().Be(HttpStatusCode.OK);
        Upstream.Requests.Should().HaveCount(1);
    }

    [Theory]
    [InlineData("127.0.0.1", "10.0.0.0/8")]
    [InlineData("127.0.0.1", "127.0.0.2/32")]
    [InlineData("127.0.0.1", "::1/128")]
    [InlineData("127.0.0.1", "0.0.0.0/0")]
    [InlineData("localhost", "0.0.0.0/0\", \"::/0")]
    public async Task What_another_network_or_a_wider_one_opens_is_not_connected_to(string host, string networks)
    {
        var before = Upstream.Connections;
        await ServeAtAsync($"http://{host}:{{0}}", networks);

        using var response = await ChatAsync();

        await ShouldFailAsync(response, NotAllowed);
        Upstream.Connections.Should().Be(before);
    }

    [Fact]
    public async Task What_one_provider_may_is_not_what_another_may()
    {
        await ServeAtAsync("http://127.0.0.1:{0}", "127.0.0.0/8");
        await AddModelAsync("closed", "openai_compatible");
        await SqlAsync(
            "INSERT INTO providers (name, provider_type, config) VALUES ('closed', 'openai_compatible', $1::jsonb)", $$"""{"base_url": "{{Upstream.Url}}"}""");
        await Gateway.SettledAsync();
        using (var open = await ChatAsync())
            open.StatusCode.Should().Be(HttpStatusCode.OK);
        await SqlAsync("DELETE FROM requests");
        await SqlAsync("DELETE FROM usage_records");

        // There is a connection that it could have used.
        using var response = await ChatAsync("closed");

        await ShouldFailAsync(response, NotAllowed);
        Upstream.Requests.Should().HaveCount(1);
    }

    [Fact]
    public async Task Closing_a_network_closes_what_was_open()
    {
        await ServeAtAsync("http://127.0.0.1:{0}", "127.0.0.0/8");
        using (var open = await ChatAsync())
            open.StatusCode.Should().Be(HttpStatusCode.OK);
        await SqlAsync("DELETE FROM requests");
        await SqlAsync("DELETE FROM usage_records");

        await SqlAsync("UPDATE providers SET config = config - 'allow_cidrs'");
        await Gateway.SettledAsync();
        using var response = await ChatAsync();

        await ShouldFailAsync(response, NotAllowed);
        Upstream.Requests.Should().HaveCount(1);
    }

    [Fact]
    public async Task Networks_can_be_opened_to_every_provider()
    {
        await ServeAtAsync("http://127.0.0.1:{0}");
        await using var open = await AnotherGateway.StartAsync(Gateway, ("UPSTREAM_ALLOW_CIDRS", "10.0.0.0/8, 127.0.0.0/8"));
        using var content = new StringContent(Hello) { Headers = { ContentType = null } };

        using var response = await Client(url: open.Url).PostAsync("/v1/chat/completions", content, Stop);

        response.StatusCode.Should().Be(HttpStatusCode.OK);
        Upstream.Requests.Should().HaveCount(1);
    }

    /// <param name="origin">With the upstream's port in the place of <c>{0}</c>.</param>
    private async Task ServeAtAsync(string origin, string? networks = null)
    {
        var url = origin.Replace("{0}", $"{Upstream.Port}", StringComparison.Ordinal);
        var opened = networks is null ? "" : $$""", "allow_cidrs": ["{{networks}}"]""";
        await IssueKeyAsync();
        await ServeAsync(config: $$"""{"base_url": "{{url}}/v1"{{opened}}}""");
    }
}
