using System.Security.Cryptography;
using CleanGateway.IntegrationTests.Fixtures;

namespace CleanGateway.IntegrationTests.Faults;

/// <summary>More than one gateway.</summary>
public class FaultTestsSeveral(GatewayFixture gateway) : FaultTest(gateway)
{
    [Fact]
    public async Task A_second_gateway_on_the_same_folder_is_refused_and_the_first_goes_on()
    {
        var first = await ServeAsync();
        Callers.Begin(2);
        await Callers.AnswersAsync(10);

        var second = Start(DatabaseUrl);

        (await second.EndedAsync()).Should().Be(1);
        second.Errors.Should().ContainSingle().Which.Should().Contain("data");
        await Callers.AnswersAsync(10);
        (await EndsEvenAsync(first)).Crashed.Should().Be(0);
    }

    /// <summary>Both add to the same key's sums at the same time, and both are killed once.</summary>
    [Fact]
    public async Task Two_gateways_that_count_for_one_key()
    {
        (string, string) masterKey = ("GATEWAY_MASTER_KEY", Convert.ToBase64String(RandomNumberGenerator.GetBytes(32)));
        var first = await ServeAsync(masterKey, DataFolder("first"));
        var second = Start(DatabaseUrl, masterKey, DataFolder("second"));
        await using var others = new Callers(Books, Key, "other") { Gateway = await second.ListeningAsync() };
        Callers.Begin(4);
        others.Begin(4);
        await Task.WhenAll(Callers.AnswersAsync(50), others.AnswersAsync(50));

        await Task.WhenAll(first.KillAsync(), second.KillAsync());
        await Callers.StopAsync();
        await others.StopAsync();
        first = await ServeAsync(masterKey, DataFolder("first"));
        second = Start(DatabaseUrl, masterKey, DataFolder("second"));
        await second.ListeningAsync();

        await Books.BalancedAsync();
        (await second.StopAsync()).Should().Be(0);
        (await EndsEvenAsync(first)).Succeeded.Should().BeGreaterThanOrEqualTo(100);
    }
}
