using System.Net;
using CleanGateway.IntegrationTests.Fixtures;

namespace CleanGateway.IntegrationTests;

/// <summary>What the machine's environment says about proxies is not meant for a gateway: behind one, no address could be checked.</summary>
public class ProcessTestsProxies(GatewayFixture gateway) : ProcessTest
{
    [Fact]
    public async Task A_proxy_in_the_environment_is_not_used()
    {
        await using var database = await TestDatabase.CreateAsync(gateway);
        await using var upstream = new FakeUpstream();
        await using var proxy = new FakeUpstream();
        var variables = new[] { "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "all_proxy" };
        await using var process = Start(
            database.Url, [("OPENAI_BASE_URL", upstream.Url.ToString()), .. variables.Select(name => (name, $"http://127.0.0.1:{proxy.Port}"))]);
        var url = await process.ListeningAsync();
        await database.IssueKeyAsync(Key);

        using var answer = await ChatAsync(url, model: "gpt-4o-mini");

        answer.StatusCode.Should().Be(HttpStatusCode.OK);
        upstream.Requests.Should().HaveCount(1);
        proxy.Connections.Should().Be(0);
    }
}
