using CleanGateway.Domain.Usage;
using CleanGateway.Infrastructure.Admission;
using CleanGateway.Infrastructure.Admission.Redis;
using CleanGateway.IntegrationTests.Fixtures;

namespace CleanGateway.IntegrationTests;

/// <summary>The meter that gateways share, on a real Redis.</summary>
public sealed class MeterTestsInRedis(MeterRedis redis) : MeterTests, IClassFixture<MeterRedis>
{
    // As if what is remembered had happened earlier.
    private const string Age =
        "for _, key in ipairs(redis.call('KEYS', '*')) do "
        + "if redis.call('TYPE', key).ok == 'zset' then local all = redis.call('ZRANGE', key, 0, -1, 'WITHSCORES') "
        + "for i = 1, #all, 2 do redis.call('ZADD', key, string.format('%.0f', all[i + 1] - ARGV[1] * 1000000), all[i]) end "
        + "elseif string.find(key, '^token_limit:') then local all = redis.call('HGETALL', key) redis.call('DEL', key) "
        + "for i = 1, #all, 2 do redis.call('HSET', key, string.format('%.0f', all[i] - ARGV[1]), all[i + 1]) end end end return 1";

    private RedisMeter meter = null!;

    private protected override IMeter Meter => meter;
    private protected override string RunId => redis.RunId;

    private BudgetKey Budget => new(KeyId, Month);

    public override async ValueTask InitializeAsync()
    {
        await redis.Server.CliAsync("FLUSHALL");
        meter = await ConnectAsync();
    }

    public override ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private protected override Task PassAsync(TimeSpan time) => redis.Server.CliAsync($"EVAL \"{Age}\" 0 {time.TotalSeconds:0}");

    private protected override long Past(long at, TimeSpan passed) => at - MeterTimes.Microseconds(passed);

    [Fact]
    public async Task Two_hundred_callers_of_two_gateways_get_exactly_what_the_budget_is_for()
    {
        var budgeted = Budgeted(1000);
        await SeedAsync(budgeted);
        RedisMeter[] meters = [meter, await ConnectAsync()];

        var answers = await Task.WhenAll(Enumerable.Range(0, 200).Select(i =>
            Task.Run(async () => await meters[i % 2].AdmitAsync(Ask(Fixed(7), 0, budgeted)), Stop)));

        answers.OfType<MeterAnswer.Admitted>().Should().HaveCount(142);
        await ShouldStandAtAsync(0, 994);
    }

    [Fact]
    public async Task Two_gateways_admit_exactly_as_many_as_allowed_in_every_window()
    {
        const int Limit = 30;
        var times = new MeterTimes { Window = TimeSpan.FromMilliseconds(300) };
        var admitted = new System.Collections.Concurrent.ConcurrentBag<long>();
        var meters = new[] { await ConnectAsync(times), await ConnectAsync(times) };
        var first = (await meters[0].AdmitAsync(Ask(Key(Limit)))).Should().BeOfType<MeterAnswer.Admitted>().Subject.At;
        admitted.Add(first);

        await Task.WhenAll(Enumerable.Range(0, 8).Select(async i =>
        {
            while (admitted.Max() < first + (10 * times.WindowMicroseconds))
            {
                if (await meters[i % 2].AdmitAsync(Ask(Key(Limit))) is MeterAnswer.Admitted answer)
                    admitted.Add(answer.At);
            }
        }));

        MostInAnyWindow([.. admitted], times.WindowMicroseconds).Should().Be(Limit);
    }

    [Fact]
    public async Task A_clock_that_steps_back_admits_no_more()
    {
        var ahead = Past((await AdmittedAsync(Ask(Key(requests: 3)))).At, TimeSpan.FromSeconds(-100));
        await AdmittedAsync(Ask(Fixed(0), 60, Key(tokens: 100)));
        await PassAsync(TimeSpan.FromSeconds(-100));

        var denied = await DeniedAsync(Ask(Key(requests: 1)), DenialReason.RequestRate);
        denied.RetryAfter.Should().BeGreaterThan(TimeSpan.FromSeconds(100)).And.BeLessThanOrEqualTo(TimeSpan.FromSeconds(160));
        (await AdmittedAsync(Ask(Key(requests: 3)))).At.Should().Be(ahead, "the window stays where it is");
        (await AdmittedAsync(Ask(Key(requests: 3)))).At.Should().Be(ahead);
        await DeniedAsync(Ask(Key(requests: 3)), DenialReason.RequestRate);
        await DeniedAsync(Ask(Fixed(0), 41, Key(tokens: 100)), DenialReason.TokenRate);
        await AdmittedAsync(Ask(Fixed(0), 40, Key(tokens: 100)));
        (await redis.Server.NumberAsync($"HLEN token_limit:{KeyId}")).Should().Be(1, "tokens stay where they are, too");
    }

    [Fact]
    public async Task People_see_what_they_are_told_to_look_for()
    {
        var scope = Budgeted(1_000_000_000) with { Requests = 100 };
        await Meter.SeedAsync(new MeterSeed(Epoch, Budget, new Money(2_000_000_000), [], DateTimeOffset.UnixEpoch.AddYears(200)));
        (await ShownAsync($"GET cost:{KeyId}:2026:11")).Should().Equal("\"2\"");
        await Meter.SeedAsync(new MeterSeed(Epoch + 1, Budget, Money.Zero, [], DateTimeOffset.UnixEpoch.AddYears(200)));
        (await ShownAsync($"GET cost:{KeyId}:2026:11")).Should().Equal("\"0\"");

        var ask = Ask(Fixed(500_000_000), 0, scope) with { Epoch = Epoch + 1 };
        var at = (await AdmittedAsync(ask)).At;
        (await ShownAsync($"ZCARD rate_limit:{KeyId}")).Should().Equal("(integer) 1");
        (await ShownAsync($"ZRANGE rate_limit:{KeyId} 0 -1 WITHSCORES")).Should().Equal($"1) \"{ask.Call}\"", $"2) \"{at}\"");
        await Meter.SettleAsync(Settlement(ask, cost: 4_600_000));
        (await ShownAsync($"GET cost:{KeyId}:2026:11")).Should().Equal("\"0.0046\"");
        await Meter.RaiseAsync(Epoch + 1, Budget, new Money(12_500_000_000));
        (await ShownAsync($"GET cost:{KeyId}:2026:11")).Should().Equal("\"12.5\"");
        (await redis.Server.NumberAsync($"TTL cost:{KeyId}:2026:11")).Should().BePositive();
        (await redis.Server.NumberAsync($"TTL budget:{KeyId}:2026:11")).Should().BePositive();
        (await redis.Server.NumberAsync($"PTTL rate_limit:{KeyId}")).Should().BeInRange(1, 61_000);
    }

    [Fact]
    public async Task Large_amounts_are_whole_numbers_too()
    {
        const long Most = MeterAmounts.HighestLimit;
        await SeedAsync(Budget, spent: Most - 3);
        await AdmittedAsync(Ask(Fixed(3), 0, Budgeted(Most)));

        (await ShownAsync($"HMGET budget:{KeyId}:{Month} spent reserved")).Should().Equal($"1) \"{Most - 3}\"", "2) \"3\"");
        (await ShownAsync($"GET cost:{KeyId}:{Month}")).Should().Equal("\"8999999.999999997\"");
    }

    [Fact]
    public async Task A_day_and_all_time_are_no_months()
    {
        await SeedAsync(Key() with { Budgets = [Line(KeyId, 1, "2026:11:21"), Line(KeyId, 1, "total")] });

        (await ShownAsync("KEYS cost:*")).Should().Equal("(empty array)");
    }

    [Fact]
    public async Task What_is_denied_leaves_no_key_behind()
    {
        var scope = Key(requests: 0, tokens: 0, concurrent: 0);

        await DeniedAsync(Ask(Fixed(0), 1, scope), DenialReason.RequestRate);
        await AdmittedAsync(Ask());

        (await ShownAsync("KEYS *")).Should().Equal("(empty array)");
    }

    private async Task<RedisMeter> ConnectAsync(MeterTimes? times = null) =>
        (await redis.ConnectAsync(MeterRedis.Patient, times ?? new MeterTimes())).Meter;

    private Task<IReadOnlyList<string>> ShownAsync(string command) => redis.Server.CliAsync(command);
}
