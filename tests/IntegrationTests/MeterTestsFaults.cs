using CleanGateway.Domain.Usage;
using CleanGateway.Infrastructure.Admission;
using CleanGateway.Infrastructure.Admission.Redis;
using CleanGateway.Infrastructure.Redis;
using CleanGateway.IntegrationTests.Faults;
using CleanGateway.IntegrationTests.Fixtures;

namespace CleanGateway.IntegrationTests;

/// <summary>A Redis that forgets, stands still, is replaced or answers nobody.</summary>
public sealed class MeterTestsFaults(MeterRedis redis) : IClassFixture<MeterRedis>, IAsyncLifetime
{
    private const long Epoch = 3;

    private static readonly Guid Owner = new(9, 9, 9, new byte[8]);

    private static readonly MeterScope Scope = new(
        new Guid(1, 2, 3, new byte[8]), 100, 1000, 10, [new BudgetLine(new BudgetKey(new Guid(1, 2, 3, new byte[8]), "2026:11"), new Money(100))]);

    // The product's rules, with some patience for the machine, and less for the rest.
    private static readonly GuardTimes Impatient = new()
    {
        Answer = TimeSpan.FromMilliseconds(300),
        Slow = TimeSpan.FromSeconds(10),
        ShortestRest = TimeSpan.FromMilliseconds(100),
        LongestRest = TimeSpan.FromMilliseconds(200),
    };

    private RedisMeter meter = null!;
    private GuardedRedis guarded = null!;
    private int calls;

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        await redis.Server.FreezeAsync(frozen: false);
        await redis.Server.CliAsync("CONFIG SET maxmemory 0");
        await redis.Server.CliAsync("FLUSHALL");
        (meter, guarded) = await redis.ConnectAsync(MeterRedis.Patient, new MeterTimes());
        await SeedAsync();
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    [Fact]
    public async Task Scripts_that_were_flushed_are_sent_again()
    {
        await ShouldAdmitAsync(Ask());
        await redis.Server.CliAsync("SCRIPT FLUSH");

        await ShouldAdmitAsync(Ask());
        await ShouldHoldAsync(2);
    }

    [Fact]
    public async Task A_Redis_that_was_emptied_admits_nobody_until_its_counters_have_begun()
    {
        await ShouldAdmitAsync(Ask());
        await redis.Server.CliAsync("FLUSHALL");

        (await meter.AdmitAsync(Ask())).Should().BeOfType<MeterAnswer.Unseeded>().Which.Budgets.Should().Equal(Scope.Budgets[0].Key);
        (await redis.Server.CliAsync("KEYS *")).Should().Equal("(empty array)");
        await SeedAsync();
        await ShouldAdmitAsync(Ask());
    }

    [Fact]
    public async Task Another_run_of_the_server_is_another_epoch()
    {
        var before = Ask();
        await redis.RestartAsync();
        await Eventually.IsTrueAsync(async () => (await guarded.LookAsync(Stop))?.RunId == redis.RunId, "the new one is seen");

        // Also where it has the counters: they may be old.
        await SeedAsync();
        (await meter.AdmitAsync(before)).Should().BeOfType<MeterAnswer.WrongEpoch>();
        (await meter.AdmitAsync(before with { Scopes = [Scope with { Budgets = [] }] })).Should().BeOfType<MeterAnswer.Admitted>();
        await ShouldAdmitAsync(Ask());
    }

    [Fact]
    public async Task A_Redis_that_stands_still_is_left_alone_and_found_again()
    {
        var (impatient, guard) = await redis.ConnectAsync(Impatient, new MeterTimes());
        (await guard.LookAsync(Stop)).Should().Be(new RedisFacts(redis.RunId, "noeviction"));
        guard.IsAnswering.Should().BeTrue();

        await redis.Server.FreezeAsync(frozen: true);
        await Eventually.IsTrueAsync(
            async () =>
            {
                await impatient.Awaiting(shared => shared.AdmitAsync(Ask()).AsTask()).Should().ThrowAsync<MeterUnavailableException>();
                return !guard.IsAnswering;
            },
            "nobody waits for it any more");
        (await guard.LookAsync(Stop)).Should().BeNull();

        await redis.Server.FreezeAsync(frozen: false);
        await Eventually.IsTrueAsync(async () => await guard.LookAsync(Stop) is not null && guard.IsAnswering, "it is back without any call");
    }

    [Fact]
    public async Task What_was_asked_twice_of_a_Redis_that_stood_still_is_done_once()
    {
        var (impatient, _) = await redis.ConnectAsync(Impatient, new MeterTimes());
        var ask = Ask();
        await redis.Server.FreezeAsync(frozen: true);
        await impatient.Awaiting(shared => shared.AdmitAsync(ask).AsTask()).Should().ThrowAsync<MeterUnavailableException>();
        await redis.Server.FreezeAsync(frozen: false);
        await Eventually.IsTrueAsync(async () => (await meter.HeldByAsync(Owner)).Count == 1, "it has done what it was asked meanwhile");

        await ShouldAdmitAsync(ask);
        await ShouldHoldAsync(1);
    }

    [Fact]
    public async Task A_call_whose_answer_was_lost_may_ask_again()
    {
        await using var network = new FaultProxy(redis.Server.Port);
        var (distant, _) = await redis.ConnectAsync(MeterRedis.Patient, new MeterTimes(), network.Port);
        var ask = Ask();

        network.CutsAfter = 0;
        await distant.Awaiting(shared => shared.AdmitAsync(ask).AsTask()).Should().ThrowAsync<MeterUnavailableException>();
        await Eventually.IsTrueAsync(async () => (await meter.HeldByAsync(Owner)).Count == 1, "it was admitted all the same");
        network.Heal();

        await Eventually.IsTrueAsync(
            async () =>
            {
                try
                {
                    return await distant.AdmitAsync(ask) is MeterAnswer.Admitted;
                }
                catch (MeterUnavailableException)
                {
                    return false;
                }
            },
            "the connection is back");
        await ShouldHoldAsync(1);
        (await meter.SettleAsync(Settlement(ask))).Known.Should().BeTrue();
        await ShouldHoldAsync(0);
    }

    [Fact]
    public async Task Keys_that_hold_something_else_begin_anew()
    {
        var id = Scope.Id;
        foreach (var key in (string[])[$"rate_limit:{id}", $"token_limit:{id}", $"concurrent:{id}", $"held:{Owner}"])
            await redis.Server.CliAsync($"SET {key} nonsense");
        var ask = Ask();
        await ShouldAdmitAsync(ask);
        await ShouldHoldAsync(1);

        foreach (var key in (string[])[$"rate_limit:{id}", $"token_limit:{id}", $"concurrent:{id}", $"held:{Owner}"])
            await redis.Server.CliAsync($"SET {key} nonsense");
        (await meter.SettleAsync(Settlement(ask))).Known.Should().BeFalse();
        (await meter.HeldByAsync(Owner)).Should().BeEmpty();
    }

    [Theory]
    [InlineData("SET {0} nonsense")]
    [InlineData("HSET {0} spent nonsense")]
    [InlineData("HDEL {0} epoch")]
    public async Task A_counter_that_holds_something_else_has_not_begun(string damage)
    {
        await redis.Server.CliAsync(string.Format(System.Globalization.CultureInfo.InvariantCulture, damage, $"budget:{Scope.Id}:2026:11"));

        (await meter.AdmitAsync(Ask())).Should().BeOfType<MeterAnswer.Unseeded>();
        (await meter.ReadAsync(Epoch, Scope.Budgets[0].Key)).Should().BeNull();
        await SeedAsync();
        await ShouldAdmitAsync(Ask());
        await ShouldHoldAsync(1);
    }

    [Fact]
    public async Task A_Redis_without_memory_admits_nobody_and_settles_what_it_has()
    {
        var ask = Ask();
        await ShouldAdmitAsync(ask);
        await redis.Server.CliAsync("CONFIG SET maxmemory 1");

        await meter.Awaiting(full => full.AdmitAsync(Ask()).AsTask()).Should().ThrowAsync<MeterUnavailableException>().WithMessage("*OOM*");
        (await meter.SettleAsync(Settlement(ask))).Known.Should().BeTrue();

        await redis.Server.CliAsync("CONFIG SET maxmemory 0");
        await ShouldHoldAsync(0);
        (await redis.Server.NumberAsync($"ZCARD rate_limit:{Scope.Id}")).Should().Be(1);
    }

    private MeterAsk Ask() =>
        new($"call-{++calls}", Owner, Epoch, redis.RunId, 10, new CostRange(new Money(7), new Money(7), Money.Zero, 1), [Scope]);

    private static MeterSettlement Settlement(MeterAsk ask) => new(ask.Call, ask.Owner, ask.Scopes, new Money(5), 10, 10, 0);

    private ValueTask SeedAsync() => meter.SeedAsync(new MeterSeed(Epoch, Scope.Budgets[0].Key, Money.Zero, [], null));

    private async Task ShouldAdmitAsync(MeterAsk ask) => (await meter.AdmitAsync(ask)).Should().BeOfType<MeterAnswer.Admitted>();

    // Everywhere, each of seven nano-dollars and ten tokens.
    private async Task ShouldHoldAsync(int admitted)
    {
        (await meter.ReadAsync(Epoch, Scope.Budgets[0].Key))!.Value.Reserved.Should().Be(new Money(7 * admitted));
        (await meter.HeldByAsync(Owner)).Should().HaveCount(admitted);
        (await redis.Server.NumberAsync($"ZCARD concurrent:{Scope.Id}")).Should().Be(admitted);
        if (admitted > 0)
        {
            (await redis.Server.NumberAsync($"ZCARD rate_limit:{Scope.Id}")).Should().Be(admitted);
            var tokens = await redis.Server.CliAsync($"HVALS token_limit:{Scope.Id}");
            tokens.Sum(line => int.Parse(line.Split('"')[1], null)).Should().Be(10 * admitted);
        }
    }
}
