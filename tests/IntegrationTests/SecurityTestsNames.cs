using System.Net;
using System.Net.Sockets;
using CleanGateway.Infrastructure.ProviderAdapters;
using CleanGateway.IntegrationTests.Fixtures;
using Microsoft.Extensions.DependencyInjection;

namespace CleanGateway.IntegrationTests;

/// <summary>Names that lead to one address when they are looked at, and to another when they are used.</summary>
public class SecurityTestsNames(GatewayFixture gateway) : ChatTestOfFailures(gateway)
{
    private static readonly Failure NotAllowed = new(
        502, "The gateway does not connect to where the provider is: allow_cidrs in the provider's config has to name the network.",
        "server_error", null, "upstream_not_allowed", Billed: false);

    private readonly Names names = new();

    [Fact]
    public async Task A_name_is_looked_up_once_for_each_connection_and_what_was_checked_is_connected_to()
    {
        await using var rebound = await StartAsync();
        using var forbidden = Listen();

        names.Lead("127.0.0.1");
        (await StatusAsync(rebound)).Should().Be(HttpStatusCode.OK);
        names.Lead("127.0.0.2");
        (await StatusAsync(rebound)).Should().Be(HttpStatusCode.BadGateway, "now the name leads elsewhere");
        names.Lead("127.0.0.1");
        (await StatusAsync(rebound)).Should().Be(HttpStatusCode.OK);

        forbidden.Pending().Should().BeFalse();
        Upstream.Requests.Should().HaveCount(2);
        names.Asked.Should().Be(3, "a second look could tell something else");
    }

    [Theory]
    [InlineData("127.0.0.2", "127.0.0.1")]
    [InlineData("127.0.0.1", "127.0.0.2")]
    [InlineData("169.254.169.254", "10.0.0.1", "::1", "::ffff:127.0.0.2", "127.0.0.1")]
    public async Task Of_several_addresses_only_those_that_are_open_are_connected_to(params string[] addresses)
    {
        await using var rebound = await StartAsync();
        using var forbidden = Listen();
        names.Lead(addresses);

        (await StatusAsync(rebound)).Should().Be(HttpStatusCode.OK);

        forbidden.Pending().Should().BeFalse();
        Upstream.Requests.Should().HaveCount(1);
    }

    [Theory]
    [InlineData("127.0.0.2")]
    [InlineData("169.254.169.254", "fd00:ec2::254")]
    [InlineData("10.0.0.1", "192.168.0.1", "::1", "fe80::1")]
    [InlineData("::ffff:127.0.0.2", "64:ff9b::7f00:2", "2002:7f00:2::")]
    [InlineData("8.8.8.8")]
    public async Task Where_none_is_open_nothing_is_connected_to(params string[] addresses)
    {
        await using var rebound = await StartAsync();
        using var forbidden = Listen();
        names.Lead(addresses);
        using var content = new StringContent(Hello) { Headers = { ContentType = new("application/json") } };

        using var response = await Client(url: rebound.Url).PostAsync("/v1/chat/completions", content, Stop);

        await ShouldFailAsync(response, NotAllowed);
        forbidden.Pending().Should().BeFalse();
    }

    // The provider may be at 127.0.0.1 alone; and hangs up after each answer, so that the next call connects anew.
    private async Task<AnotherGateway> StartAsync()
    {
        await IssueKeyAsync();
        await ServeAsync(config: $$"""{"base_url": "http://provider.test:{{Upstream.Port}}/v1", "allow_cidrs": ["127.0.0.1/32"]}""");
        Upstream.Answer = async call =>
        {
            await call.RespondAsync(200, """{"choices":[{"index":0,"finish_reason":"stop","message":{"role":"assistant","content":"Hi"}}]}""", headers: "Connection: close");
            call.Close();
        };
        return await AnotherGateway.StartAsync(Gateway, services => services.AddSingleton<INameResolver>(names));
    }

    private TcpListener Listen()
    {
        var listener = new TcpListener(IPAddress.Parse("127.0.0.2"), Upstream.Port);
        listener.Start();
        return listener;
    }

    private async Task<HttpStatusCode> StatusAsync(AnotherGateway at)
    {
        using var content = new StringContent(Hello) { Headers = { ContentType = new("application/json") } };
        using var response = await Client(url: at.Url).PostAsync("/v1/chat/completions", content, Stop);
        return response.StatusCode;
    }

    private sealed class Names : INameResolver
    {
        private IPAddress[] addresses = [];

        public int Asked { get; private set; }

        public void Lead(params string[] to) => addresses = [.. to.Select(IPAddress.Parse)];

        public Task<IPAddress[]> ResolveAsync(string host, CancellationToken cancellationToken)
        {
            host.Should().Be("provider.test");
            Asked++;
            return Task.FromResult(addresses);
        }
    }
}
