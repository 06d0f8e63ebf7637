using CleanGateway.Infrastructure.ProviderAdapters;

namespace CleanGateway.UnitTests.Infrastructure.ProviderAdapters;

public sealed class PatienceTests : IDisposable
{
    private readonly ManualTime clock = new();
    private readonly CancellationTokenSource caller = new();

    public void Dispose() => caller.Dispose();

    [Fact]
    public void It_runs_out_at_its_deadline_and_not_before()
    {
        using var patience = new Patience(TimeSpan.FromSeconds(60), clock, caller.Token);

        clock.Advance(TimeSpan.FromSeconds(60) - TimeSpan.FromTicks(1));
        (patience.RanOut, patience.Token.IsCancellationRequested).Should().Be((false, false));

        clock.Advance(TimeSpan.FromTicks(1));
        (patience.RanOut, patience.Token.IsCancellationRequested).Should().Be((true, true));
    }

    [Fact]
    public void A_caller_who_leaves_ends_the_wait_and_it_has_not_run_out()
    {
        using var patience = new Patience(TimeSpan.FromSeconds(60), clock, caller.Token);

        caller.Cancel();

        (patience.RanOut, patience.Token.IsCancellationRequested).Should().Be((false, true));
    }

    [Fact]
    public void A_caller_who_had_left_before_is_not_waited_for()
    {
        caller.Cancel();

        using var patience = new Patience(TimeSpan.FromSeconds(60), clock, caller.Token);

        (patience.RanOut, patience.Token.IsCancellationRequested).Should().Be((false, true));
    }

    [Fact]
    public void A_new_deadline_replaces_the_old_one()
    {
        using var patience = new Patience(TimeSpan.FromSeconds(60), clock, caller.Token);

        clock.Advance(TimeSpan.FromSeconds(59));
        patience.Restart(TimeSpan.FromSeconds(10));
        clock.Advance(TimeSpan.FromSeconds(9));
        patience.RanOut.Should().BeFalse();

        clock.Advance(TimeSpan.FromSeconds(1));
        patience.RanOut.Should().BeTrue();
    }

    [Fact]
    public void What_has_run_out_does_not_come_back()
    {
        using var patience = new Patience(TimeSpan.FromSeconds(60), clock, caller.Token);
        clock.Advance(TimeSpan.FromSeconds(60));

        patience.Restart(TimeSpan.FromSeconds(10));

        patience.Token.IsCancellationRequested.Should().BeTrue();
    }

    [Fact]
    public void Given_up_it_takes_no_more_notice_of_the_caller()
    {
        var patience = new Patience(TimeSpan.FromSeconds(60), clock, caller.Token);
        patience.Dispose();

        var leaving = () => caller.Cancel();

        leaving.Should().NotThrow();
    }
}
