using CleanGateway.Infrastructure.Admission;
using CleanGateway.Infrastructure.Admission.Local;
using CleanGateway.UnitTests.Infrastructure;

namespace CleanGateway.IntegrationTests;

/// <summary>The meter of a gateway that is alone.</summary>
public sealed class MeterTestsInMemory : MeterTests
{
    private readonly ManualTime clock = new();
    private readonly LocalMeter meter;

    public MeterTestsInMemory() => meter = new LocalMeter(new MeterTimes(), clock);

    private protected override IMeter Meter => meter;
    private protected override string? RunId => null;

    public override ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public override ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private protected override Task PassAsync(TimeSpan time)
    {
        clock.Advance(time);
        return Task.CompletedTask;
    }

    private protected override long Past(long at, TimeSpan passed) => at;

    [Fact]
    public async Task A_request_is_in_the_window_until_the_moment_that_was_told()
    {
        await AdmittedAsync(Ask(Key(requests: 1)));
        clock.Advance(TimeSpan.FromSeconds(13));
        var denied = await DeniedAsync(Ask(Key(requests: 1)), DenialReason.RequestRate);
        denied.RetryAfter.Should().Be(TimeSpan.FromSeconds(47));

        clock.Advance(denied.RetryAfter!.Value - TimeSpan.FromMicroseconds(1));
        await DeniedAsync(Ask(Key(requests: 1)), DenialReason.RequestRate);
        clock.Advance(TimeSpan.FromMicroseconds(1));
        await AdmittedAsync(Ask(Key(requests: 1)));
    }

    [Fact]
    public async Task Exactly_as_many_as_allowed_are_admitted_in_every_window()
    {
        const int Limit = 30;
        var random = new Random(1);
        var window = new MeterTimes().WindowMicroseconds;
        var admitted = new List<long>();
        while (admitted.Count == 0 || admitted[^1] < admitted[0] + (10 * window))
        {
            if (await meter.AdmitAsync(Ask(Key(Limit))) is MeterAnswer.Admitted answer)
                admitted.Add(answer.At);
            clock.Advance(TimeSpan.FromMilliseconds(random.Next(1, 1000)));
        }

        MostInAnyWindow(admitted, window).Should().Be(Limit);
        admitted.Should().HaveCountGreaterThan(10 * Limit, "there was always someone who would");
    }

    [Fact]
    public async Task Tokens_are_free_at_the_moment_that_was_told()
    {
        clock.Advance(TimeSpan.FromMilliseconds(300));
        await AdmittedAsync(Ask(Fixed(0), 100, Key(tokens: 100)));
        clock.Advance(TimeSpan.FromSeconds(20));
        var denied = await DeniedAsync(Ask(Fixed(0), 1, Key(tokens: 100)), DenialReason.TokenRate);
        denied.RetryAfter.Should().Be(TimeSpan.FromMilliseconds(40_700), "the second in which they came counts whole");
        denied.Scopes.Single().TokensReset.Should().Be(denied.RetryAfter!.Value);

        clock.Advance(denied.RetryAfter!.Value - TimeSpan.FromMicroseconds(1));
        await DeniedAsync(Ask(Fixed(0), 1, Key(tokens: 100)), DenialReason.TokenRate);
        clock.Advance(TimeSpan.FromMicroseconds(1));
        await AdmittedAsync(Ask(Fixed(0), 100, Key(tokens: 100)));
    }

    [Fact]
    public async Task What_is_of_no_use_any_more_takes_no_memory()
    {
        for (var i = 1; i <= 100; i++)
        {
            var id = new Guid(i, 0, 0, new byte[8]);
            var budget = new BudgetKey(id, Month);
            await meter.SeedAsync(new MeterSeed(Epoch, budget, default, [], clock.GetUtcNow().AddSeconds(90)));
            var ask = Ask(Fixed(1), 1, new MeterScope(id, 1, 1, 1, [new BudgetLine(budget, null)]), new MeterScope(Guid.Empty, null, null, null, []));
            await AdmittedAsync(ask);
            await meter.SettleAsync(Settlement(ask, cost: 1, tokens: 2, at: 0));
            await AdmittedAsync(Ask(Fixed(1), 1, new MeterScope(new Guid(i, 1, 0, new byte[8]), null, 1, 1, [])));
        }

        meter.Size.Should().BeGreaterThan(300);
        clock.Advance(TimeSpan.FromMinutes(2));
        await AdmittedAsync(Ask());

        meter.Size.Should().Be(0);
    }
}
