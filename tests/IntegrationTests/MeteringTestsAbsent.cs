using System.Globalization;
using System.Net;
using CleanGateway.Domain.RequestLogs;
using CleanGateway.Domain.Usage;
using CleanGateway.Infrastructure.Admission;
using CleanGateway.IntegrationTests.Fixtures;
using Microsoft.Extensions.DependencyInjection;

namespace CleanGateway.IntegrationTests;

/// <summary>Gateways that are gone, or were for a while, and what is made of the money that they held.</summary>
public class MeteringTestsAbsent(GatewayFixture tests) : MeteringTest(tests)
{
    private const string Dead = "0199a0de-0000-7000-8000-00000000000d";

    private static readonly string Month = TimeProvider.System.GetUtcNow().ToString("yyyy':'MM", CultureInfo.InvariantCulture);

    [Theory]
    [InlineData("true", HttpStatusCode.ServiceUnavailable)]
    [InlineData("NULL", HttpStatusCode.OK)]
    public async Task A_gateway_that_died_is_waited_for_a_minute_where_only_it_can_know_what_it_held(string redis, HttpStatusCode meanwhile)
    {
        var one = await StartAsync("one");
        await ServeAsync($"monthly_budget = {10 * PerToken}");
        (await InsistAsync(one.Url)).Should().Be(HttpStatusCode.OK);
        await Database.ExecuteAsync(
            $"INSERT INTO gateway_instances (id, epoch, redis, seen_at) SELECT $1, epoch, {redis}, now() - interval '10 seconds' FROM metering",
            Guid.Parse(Dead));

        await BeginAnewAsync(one);

        using (var answer = await ChatAsync(one.Url))
            answer.StatusCode.Should().Be(meanwhile);
        await Database.ExecuteAsync("UPDATE gateway_instances SET seen_at = seen_at - interval '2 minutes' WHERE id = $1", Guid.Parse(Dead));
        (await InsistAsync(one.Url)).Should().Be(HttpStatusCode.OK);
    }

    [Fact]
    public async Task What_a_gateway_held_that_died_stays_held_when_counting_begins_anew()
    {
        const int Calls = 10;
        const int Held = 4;
        var one = await StartAsync("one");
        var id = await ServeAsync($"monthly_budget = {Calls * PerToken}");
        (await InsistAsync(one.Url)).Should().Be(HttpStatusCode.OK);
        await LedgerAsync(1);
        var (state, books) = (one.Services.GetRequiredService<EpochGate>().Open!, one.Services.GetRequiredService<MeterBooks>());
        await books.Holds!.MarkAsync(Guid.Parse(Dead), state.RunId!);
        for (var call = 0; call < Held; call++)
            await AdmitAsync(books.Redis!, state, id, RequestId.New(TimeProvider.System.GetUtcNow()), Guid.Parse(Dead), Money.Settle(PerToken));
        await Database.ExecuteAsync(
            "INSERT INTO gateway_instances (id, epoch, redis, seen_at) VALUES ($1, $2, true, now() - interval '10 seconds')",
            Guid.Parse(Dead), state.Epoch);

        await BeginAnewAsync(one);

        for (var call = 1; call < Calls - Held; call++)
            (await InsistAsync(one.Url)).Should().Be(HttpStatusCode.OK);
        using var refused = await ChatAsync(one.Url);
        (await CodeAsync(refused)).Should().Be("budget_reserved");
    }

    /// <summary>Redis has begun a counter, and the answer came too late: calls are counted on it all the same.</summary>
    [Fact]
    public async Task A_counter_that_began_without_anyone_hearing_of_it_is_missed_when_it_is_gone()
    {
        const int Calls = 3;
        InterceptedMeter? meter = null;
        var one = await StartAsync("one", replace: services =>
        {
            Patient(services);
            InterceptedMeter.Register(services, made => meter = made);
        });
        var id = await ServeAsync($"monthly_budget = {Calls * PerToken}");
        var unheard = 0;
        meter!.Seeded = () => Interlocked.Increment(ref unheard) == 1 ? throw new MeterUnavailableException("The answer came too late.") : Task.CompletedTask;
        var (asked, answered, answer) = (new TaskCompletionSource(), new TaskCompletionSource(), Upstream.Answer);
        Upstream.Answer = async call =>
        {
            asked.TrySetResult();
            await answered.Task;
            await answer(call);
        };
        var underWay = InsistAsync(one.Url);
        await asked.Task.WaitAsync(Stop);
        Upstream.Answer = answer;

        await Redis.CliAsync($"DEL budget:{id}:{Month}");

        for (var call = 1; call < Calls; call++)
            (await InsistAsync(one.Url)).Should().Be(HttpStatusCode.OK);
        using (var refused = await ChatAsync(one.Url))
            (await CodeAsync(refused)).Should().Be("budget_reserved", "the call under way holds what is left");
        answered.SetResult();
        (await underWay).Should().Be(HttpStatusCode.OK);
        unheard.Should().BeGreaterThan(1);
        (await LedgerAsync(Calls)).Should().Be(Calls * PerToken);
    }

    [Fact]
    public async Task A_gateway_that_has_come_back_is_not_forgotten_on_word_from_before()
    {
        var registry = (await StartAsync("one", redis: "")).Services.GetRequiredService<GatewayRegistry>();
        var dead = new Replica(Guid.Parse(Dead), Epoch: 3, Redis: true, MayReturn: true);
        await Database.ExecuteAsync("INSERT INTO gateway_instances (id, epoch, redis, seen_at) VALUES ($1, 3, true, now())", dead.Id);

        (await registry.RemoveDeadAsync(dead, Stop)).Should().BeFalse("it lives");
        await Database.ExecuteAsync("UPDATE gateway_instances SET seen_at = now() - interval '6 seconds' WHERE id = $1", dead.Id);
        (await registry.RemoveDeadAsync(dead with { Epoch = 2 }, Stop)).Should().BeFalse("it has joined another epoch since");
        (await registry.RemoveDeadAsync(dead, Stop)).Should().BeTrue();

        (await Database.ScalarAsync<long>("SELECT count(*) FROM gateway_instances WHERE id = $1", dead.Id)).Should().Be(0);
    }

    [Fact]
    public async Task Who_speaks_for_a_gateway_that_has_come_back_changes_nothing()
    {
        var book = (await StartAsync("one", redis: "")).Services.GetRequiredService<BudgetBook>();
        var dead = new Replica(Guid.Parse(Dead), Epoch: 3, Redis: true, MayReturn: true);
        var call = new Declaration("call", TimeProvider.System.GetUtcNow(), [new BudgetKey(Guid.NewGuid(), Month)], new Money(1), IsSettled: false);
        await Database.ExecuteAsync("INSERT INTO gateway_instances (id, epoch, redis, seen_at) VALUES ($1, 3, true, now())", dead.Id);

        (await book.DeclareForAsync(dead, epoch: 4, [call], Stop)).Should().BeFalse();
        (await StateAsync()).Should().Be((3L, 0L));

        await Database.ExecuteAsync("UPDATE gateway_instances SET seen_at = now() - interval '6 seconds' WHERE id = $1", dead.Id);
        (await book.DeclareForAsync(dead, epoch: 4, [call], Stop)).Should().BeTrue();
        (await StateAsync()).Should().Be((4L, 1L));
        (await book.DeclareForAsync(dead, epoch: 4, [call], Stop)).Should().BeFalse("another one has done so");

        async Task<(long Epoch, long Reservations)> StateAsync() => (
            await Database.ScalarAsync<long>("SELECT epoch FROM gateway_instances WHERE id = $1", dead.Id),
            await Database.ScalarAsync<long>("SELECT count(*) FROM budget_reservations WHERE owner = $1", dead.Id));
    }

    [Fact]
    public async Task A_gateway_that_was_stopped_while_it_was_told_that_a_call_is_let_in_asks_again()
    {
        var (clock, meter) = (new StoppableClock(), (InterceptedMeter?)null);
        var one = await StartAsync("one", replace: services =>
        {
            Patient(services);
            services.AddSingleton<TimeProvider>(clock);
            InterceptedMeter.Register(services, made => meter = made);
        });
        var id = await ServeAsync($"monthly_budget = {10 * PerToken}");
        (await InsistAsync(one.Url)).Should().Be(HttpStatusCode.OK);
        await LedgerAsync(1);

        meter!.Admitted = async () =>
        {
            meter.Admitted = () => Task.CompletedTask;
            clock.Stop(EpochLease.Term);
            await Database.ExecuteAsync("UPDATE budgets SET spent = $1 WHERE scope_id = $2", 10 * PerToken, id);
            await BeginAnewAsync();
        };

        (await InsistAsync(one.Url)).Should().Be(HttpStatusCode.PaymentRequired, "others have spent all of it meanwhile");
        Upstream.Requests.Should().ContainSingle();
    }

    [Fact]
    public async Task What_is_left_to_settle_when_a_gateway_stops_is_settled_where_its_budget_is_counted()
    {
        InterceptedMeter? meter = null;
        var one = await StartAsync("one", replace: services =>
        {
            Patient(services);
            InterceptedMeter.Register(services, made => meter = made);
        });
        var id = await ServeAsync("monthly_budget = 1");
        (await InsistAsync(one.Url)).Should().Be(HttpStatusCode.OK);
        var coordinator = one.Services.GetRequiredService<MeteringCoordinator>();
        var (books, gateway) = (one.Services.GetRequiredService<MeterBooks>(), one.Services.GetRequiredService<GatewayInstance>().Id);
        var state = one.Services.GetRequiredService<EpochGate>().Open!;
        var call = RequestId.New(TimeProvider.System.GetUtcNow());
        var entry = one.Services.GetRequiredService<HeldCalls>().Begin(call.Value, call.CreatedAt);
        var held = new Money(7_000_000);
        var (admitted, scopes) = await AdmitAsync(meter!, state, id, call, gateway, held);
        entry.Admitted(scopes, books.Local, held, declared: false);
        (await StandingAsync()).Should().Equal("1) \"1000000\"", "2) \"7000000\"");

        // Its rates were counted in memory. It ends when nothing runs any more that would settle it.
        meter!.RefusesToSettle = () => coordinator.ExecuteTask is not { IsCompleted: true };
        entry.Settle(new Money(2_000_000), free: false);
        _ = one.Services.GetRequiredService<LateSettlements>()
            .Add(entry, new MeterSettlement(call.Value, gateway, scopes, new Money(2_000_000), 0, 0, admitted.At), books.Local);
        await coordinator.StopAsync(Stop);

        (await StandingAsync()).Should().Equal("1) \"3000000\"", "2) \"0\"");

        Task<IReadOnlyList<string>> StandingAsync() => Redis.CliAsync($"HMGET budget:{id}:{Month} spent reserved");
    }

    [Fact]
    public async Task Who_comes_too_late_does_not_begin_a_counter_of_an_epoch_that_has_passed()
    {
        var book = (await StartAsync("one", redis: "")).Services.GetRequiredService<BudgetBook>();
        var (budget, begun) = (new BudgetKey(Guid.NewGuid(), Month), new List<long>());

        (await SeedAsync(7)).Should().BeTrue();
        (await SeedAsync(6)).Should().BeFalse();
        (await SeedAsync(7)).Should().BeFalse();
        (await SeedAsync(8)).Should().BeTrue();

        begun.Should().Equal(7, 8);
        (await Database.ScalarAsync<long>("SELECT seeded_epoch FROM budgets WHERE scope_id = $1", budget.ScopeId)).Should().Be(8);

        Task<bool> SeedAsync(long epoch) => book.SeedAsync(
            budget, epoch,
            (_, _) =>
            {
                begun.Add(epoch);
                return Task.CompletedTask;
            },
            Stop);
    }

    /// <summary>Has a call of some gateway admitted.</summary>
    private static async Task<(MeterAnswer.Admitted Admitted, MeterScope[] Scopes)> AdmitAsync(
        IMeter meter, BookState state, Guid key, RequestId call, Guid owner, Money amount)
    {
        MeterScope[] scopes = [new(key, null, null, null, [new BudgetLine(new BudgetKey(key, Month), new Money(1_000_000_000))])];
        var cost = new CostRange(amount, amount, Money.Zero, 1);
        var answer = await meter.AdmitAsync(new MeterAsk(call.Value, owner, state.Epoch, state.RunId, 0, cost, scopes));
        return (answer.Should().BeOfType<MeterAnswer.Admitted>().Which, scopes);
    }

    /// <summary>Counters begin anew, as they do when someone doubts them.</summary>
    private async Task BeginAnewAsync(MeteredGateway gateway)
    {
        var gate = gateway.Services.GetRequiredService<EpochGate>();
        var before = gate.Open!.Epoch;
        await BeginAnewAsync();
        await Eventually.IsTrueAsync(() => gate.Open?.Epoch != before, "the gateway has seen it");
    }

    private Task<int> BeginAnewAsync() => Database.ExecuteAsync("UPDATE metering SET epoch = epoch + 1");

    /// <summary>A clock that has moved on when the process runs again.</summary>
    private sealed class StoppableClock : TimeProvider
    {
        private long ahead;

        public void Stop(TimeSpan time) => Interlocked.Add(ref ahead, (long)(time.TotalSeconds * TimestampFrequency));

        public override long GetTimestamp() => base.GetTimestamp() + Interlocked.Read(ref ahead);
    }
}
