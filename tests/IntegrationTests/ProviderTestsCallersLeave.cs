using CleanGateway.IntegrationTests.Fixtures;
using CleanGateway.IntegrationTests.Providers;

namespace CleanGateway.IntegrationTests;

/// <summary>Every kind of provider with every client library: callers who do not wait for the end.</summary>
public class ProviderTestsCallersLeave(GatewayFixture gateway) : ProviderTest(gateway)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    /// <summary>With: streamed.</summary>
    public static MatrixTheoryData<string, string, bool> WiresAndClientsAndWays => new(ProviderCases.Wires, ClientNames, WholeAndStreamed);

    [Theory]
    [MemberData(nameof(WiresAndClientsAndWays))]
    public async Task The_provider_is_hung_up_on_and_the_books_estimate(string kind, string client, bool stream)
    {
        await using var provider = await ServeAsync(ProviderCases.Of(kind));
        var until = new UntilHungUp(NewSignal(), NewSignal());
        provider.Next(new ModelScript(stream ? [new Say("Hel"), until] : [until]));

        await ClientOf(client).LeaveAsync(stream, until.Reached.Task);

        await until.HungUp.Task.WaitAsync(Patience, Stop);
        var call = (await CallsAsync(1)).Single();
        (call.Outcome, call.ErrorCode, call.Source, call.IsInLedger).Should().Be(("client_closed", "client_closed", "estimated", true));
        call.Prompt.Should().BePositive();
        call.Cost.Should().Be((call.Prompt * 0.00003m) + (call.Completion * 0.00006m));
        if (!stream)
            (call.Status, call.Completion).Should().Be((499, 0));
    }

    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
