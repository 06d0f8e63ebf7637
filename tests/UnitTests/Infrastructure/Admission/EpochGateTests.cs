using CleanGateway.Infrastructure.Admission;

namespace CleanGateway.UnitTests.Infrastructure.Admission;

/// <summary>Who is let in, by a clock that stands while the process does not run, and has moved on when it runs again.</summary>
public class EpochGateTests
{
    private static readonly TimeSpan Moment = TimeSpan.FromMilliseconds(1);
    private static readonly BookState Alone = new(Epoch: 2, Book.Local, RunId: null, Replicas: 1);

    private readonly ManualTime clock = new();
    private readonly EpochLease lease;
    private readonly EpochGate gate;

    public EpochGateTests()
    {
        lease = new EpochLease(clock);
        gate = new EpochGate(lease, clock);
    }

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_look_is_good_for_three_seconds()
    {
        Look();

        Pass(EpochLease.Term - Moment);
        (await EnterAsync(TimeSpan.Zero)).Should().Be(Alone);
        Pass(Moment);
        (await EnterAsync(TimeSpan.Zero)).Should().BeNull();
        Look();
        (await EnterAsync(TimeSpan.Zero)).Should().Be(Alone);
    }

    [Fact]
    public async Task Who_waits_is_let_in_when_it_has_looked()
    {
        Look();
        Pass(EpochLease.Term);
        var waiting = EnterAsync(TimeSpan.FromSeconds(8));
        waiting.IsCompleted.Should().BeFalse();

        Look();

        (await waiting).Should().Be(Alone);
    }

    [Fact]
    public async Task Word_from_before_a_stop_lets_no_one_in_who_had_waited_for_it()
    {
        var waiting = EnterAsync(TimeSpan.FromSeconds(8));
        var asked = clock.GetTimestamp();

        // The answer had come, and then the process was stopped for as long as it takes to be thought dead.
        clock.Advance(TimeSpan.FromSeconds(5));
        Hear(asked);
        waiting.IsCompleted.Should().BeFalse();
        (await EnterAsync(TimeSpan.Zero)).Should().BeNull();

        Look();
        (await waiting).Should().Be(Alone);
    }

    [Fact]
    public async Task It_goes_on_without_the_database()
    {
        Look();
        lease.Lose();

        Pass(TimeSpan.FromMinutes(10));

        (await EnterAsync(TimeSpan.Zero)).Should().Be(Alone);
        lease.IsLost.Should().BeTrue();
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task It_does_not_go_on_without_the_database_when_it_was_stopped(bool whileItWasLost)
    {
        Look();
        if (whileItWasLost)
            lease.Lose();
        clock.Advance(EpochLease.Term);

        lease.Lose();
        Pass(TimeSpan.FromMinutes(10));
        (await EnterAsync(TimeSpan.Zero)).Should().BeNull();

        Look();
        lease.IsLost.Should().BeFalse();
        lease.Lose();
        Pass(TimeSpan.FromMinutes(10));
        (await EnterAsync(TimeSpan.Zero)).Should().Be(Alone, "it has looked since");
    }

    [Fact]
    public async Task A_look_from_before_a_stop_does_not_end_the_doubt()
    {
        Look();
        var asked = clock.GetTimestamp();
        clock.Advance(EpochLease.Term);
        Hear(asked);

        lease.Lose();

        (await EnterAsync(TimeSpan.Zero)).Should().BeNull();
    }

    [Fact]
    public async Task It_closes_when_everyone_is_out()
    {
        Look();
        (await EnterAsync(TimeSpan.Zero)).Should().Be(Alone);

        var closing = gate.CloseAsync();
        closing.IsCompleted.Should().BeFalse();
        (await EnterAsync(TimeSpan.Zero)).Should().BeNull();
        gate.Leave();
        await closing;
    }

    private Task<BookState?> EnterAsync(TimeSpan within) => gate.EnterAsync(within, Stop).AsTask();

    private void Look() => Hear(clock.GetTimestamp());

    // In the coordinator's order.
    private void Hear(long asked)
    {
        gate.OpenFor(Alone);
        lease.Confirm(asked);
        gate.TryAgain();
    }

    /// <summary>Time passes and the process runs.</summary>
    private void Pass(TimeSpan time)
    {
        for (; time > TimeSpan.Zero; time -= EpochLease.TickInterval)
        {
            clock.Advance(time < EpochLease.TickInterval ? time : EpochLease.TickInterval);
            lease.Tick();
        }
    }
}
