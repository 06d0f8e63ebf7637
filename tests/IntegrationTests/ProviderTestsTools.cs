using CleanGateway.IntegrationTests.Clients;
using CleanGateway.IntegrationTests.Fixtures;
using CleanGateway.IntegrationTests.Providers;

namespace CleanGateway.IntegrationTests;

/// <summary>Every kind of provider with every client library: tools, called in parallel, and one that takes nothing.</summary>
public class ProviderTestsTools(GatewayFixture gateway) : ProviderTest(gateway)
{
    [Theory]
    [MemberData(nameof(KindsAndClientsAndWays))]
    public async Task Tools_are_called_and_heard(string kind, string client, bool stream)
    {
        var one = ProviderCases.Of(kind);
        await using var provider = await ServeAsync(one);

        var heard = await ClientOf(client).UseToolsAsync(new Ask(Model, stream));

        heard.Error.Should().BeNull();
        heard.Calls.Should().Equal("""{"city":"Paris"}""", """{"city":"Rome"}""", "{}");
        heard.Text.Should().Be(Told.Weather);
        await ShouldBeBookedAsync(one, one.Usual(), one.Usual());
        provider.Requests.Should().HaveCount(2);
    }
}
