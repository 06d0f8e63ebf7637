using System.Net;
using CleanGateway.Api.Auth;
using CleanGateway.UnitTests.Infrastructure;

namespace CleanGateway.UnitTests.Api.Auth;

public sealed class FailedLoginsTests : IDisposable
{
    private static readonly IPAddress Here = IPAddress.Parse("192.0.2.1");
    private static readonly IPAddress Elsewhere = IPAddress.Parse("192.0.2.2");

    private readonly ManualTime clock = new();
    private readonly FailedLogins failures;

    public FailedLoginsTests() => failures = new FailedLogins(TestSettings.Read(("FAILED_LOGINS_PER_MINUTE", "3")), clock);

    public void Dispose() => failures.Dispose();

    [Fact]
    public void As_many_as_allowed_cost_nothing_and_the_next_has_to_wait_until_the_first_is_a_minute_old()
    {
        for (var failure = 0; failure < 3; failure++)
        {
            failures.WaitFor(Here).Should().BeNull();
            failures.Count(Here);
            clock.Advance(TimeSpan.FromSeconds(10));
        }

        failures.WaitFor(Here).Should().Be(TimeSpan.FromSeconds(30));
        failures.WaitFor(Elsewhere).Should().BeNull();

        clock.Advance(TimeSpan.FromSeconds(30) - TimeSpan.FromTicks(1));
        failures.WaitFor(Here).Should().Be(TimeSpan.FromTicks(1));
        clock.Advance(TimeSpan.FromTicks(1));
        failures.WaitFor(Here).Should().BeNull("only two are left in the last minute");

        failures.Count(Here);
        failures.WaitFor(Here).Should().Be(TimeSpan.FromSeconds(10), "the window slides, it does not begin anew");
    }

    [Fact]
    public void Those_that_were_let_in_together_make_nobody_wait_longer_than_a_minute()
    {
        for (var failure = 0; failure < 100; failure++)
            failures.Count(Here);

        failures.WaitFor(Here).Should().Be(TimeSpan.FromMinutes(1));
        clock.Advance(TimeSpan.FromMinutes(1));
        failures.WaitFor(Here).Should().BeNull();
    }

    [Fact]
    public void Zero_is_no_limit()
    {
        using var unlimited = new FailedLogins(TestSettings.Read(("FAILED_LOGINS_PER_MINUTE", "0")), clock);
        for (var failure = 0; failure < 1000; failure++)
            unlimited.Count(Here);

        unlimited.WaitFor(Here).Should().BeNull();
    }

    [Fact]
    public void Any_number_of_addresses_takes_bounded_room()
    {
        for (var address = 0; address < 30_000; address++)
            failures.Count(new IPAddress([10, 0, (byte)(address >> 8), (byte)address]));

        failures.Addresses.Should().BeLessThanOrEqualTo(10_000);
    }
}
