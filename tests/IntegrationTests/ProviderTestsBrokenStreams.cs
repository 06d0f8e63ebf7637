using CleanGateway.IntegrationTests.Clients;
using CleanGateway.IntegrationTests.Fixtures;
using CleanGateway.IntegrationTests.Providers;

namespace CleanGateway.IntegrationTests;

/// <summary>Every kind of provider with every client library: streams that die in the middle, and never look complete.</summary>
public class ProviderTestsBrokenStreams(GatewayFixture gateway) : ProviderTest(gateway)
{
    private const string Failed = "an error event";

    /// <summary>With: how it dies.</summary>
    public static MatrixTheoryData<string, string, string> KindsAndClientsAndDeaths => new(
        ProviderCases.Wires, ClientNames, [Failed, nameof(BreakOffWay.Closed), nameof(BreakOffWay.Reset), nameof(BreakOffWay.Unfinished)]);

    [Theory]
    [MemberData(nameof(KindsAndClientsAndDeaths))]
    public async Task What_has_begun_and_dies_does_not_look_complete(string kind, string client, string death)
    {
        var one = ProviderCases.Of(kind);
        await using var provider = await ServeAsync(one);
        ModelStep end = death == Failed ? new Fail(ModelFailure.Internal) : new BreakOff(Enum.Parse<BreakOffWay>(death));
        provider.Next(new ModelScript(new Say("Hel"), end));

        var heard = await ClientOf(client).AskAsync(new Ask(Model, Stream: true));

        heard.IsComplete.Should().BeFalse();
        heard.Finish.Should().BeNull();
        var call = (await CallsAsync(1)).Single();
        call.Outcome.Should().Be("upstream_error");

        // A reset can overtake the words before it: then nothing has begun.
        if (death == nameof(BreakOffWay.Reset) && call.Status == 502)
            return;

        call.Status.Should().Be(200);
        call.ErrorCode.Should().Be(death == nameof(BreakOffWay.Unfinished) ? "upstream_truncated" : "upstream_error");
        heard.Text.Should().Be("Hel");
        call.Body.Should().Contain("Hel");
        call.IsInLedger.Should().BeTrue();
        call.Completion.Should().BePositive();
        call.Cost.Should().BePositive();
    }
}
