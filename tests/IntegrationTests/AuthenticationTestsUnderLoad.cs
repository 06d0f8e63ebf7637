using System.Net;
using CleanGateway.IntegrationTests.Fixtures;

namespace CleanGateway.IntegrationTests;

/// <summary>What waits for a lock in one part of the database keeps no other part of the gateway waiting.</summary>
public class AuthenticationTestsUnderLoad(GatewayFixture gateway) : GatewayTest(gateway)
{
    [Fact]
    public async Task Look_ups_of_keys_that_wait_leave_the_journal_its_connection()
    {
        await ServeToAKeyAsync();
        using (var first = await ChatAsync())
            first.StatusCode.Should().Be(HttpStatusCode.OK, "the key is known from now on");

        await using var held = await TableLock.TakeExclusivelyAsync(Gateway.Database, "api_keys");
        var strangers = Enumerable.Range(0, 20).Select(number => ChatAsync(key: $"unknown-key-{number}")).ToList();
        await held.WaiterAsync();

        // More of them than there are connections; this one needs none but the journal's.
        using var answer = await ChatAsync();
        answer.StatusCode.Should().Be(HttpStatusCode.OK);
        strangers.Should().Contain(stranger => !stranger.IsCompleted, "they are waiting all the while");

        await held.ReleaseAsync();
        foreach (var stranger in await Task.WhenAll(strangers))
        {
            stranger.StatusCode.Should().BeOneOf(HttpStatusCode.Unauthorized, HttpStatusCode.ServiceUnavailable);
            stranger.Dispose();
        }
    }

    [Fact]
    public async Task A_configuration_that_cannot_be_read_keeps_no_disabled_key_alive()
    {
        await ServeToAKeyAsync();
        await using var held = await TableLock.TakeExclusivelyAsync(Gateway.Database, "models");
        await SqlAsync("UPDATE providers SET display_name = 'y'");
        await held.WaiterAsync();   // reading the configuration is blocked now
        using (var before = await ChatAsync())
            before.StatusCode.Should().Be(HttpStatusCode.OK);

        await SqlAsync("UPDATE api_keys SET enabled = false");

        await Eventually.IsTrueAsync(
            async () =>
            {
                using var after = await ChatAsync();
                return after.StatusCode == HttpStatusCode.Unauthorized;
            },
            "the key is refused");
        await held.ReleaseAsync();
        await Gateway.SettledAsync();
    }
}
