using CleanGateway.Domain.Usage;
using CleanGateway.Infrastructure.Admission;
using CleanGateway.Infrastructure.Admission.Local;
using CleanGateway.Infrastructure.Admission.Redis;
using CleanGateway.Infrastructure.Redis;
using Microsoft.Extensions.DependencyInjection;

namespace CleanGateway.IntegrationTests.Fixtures;

/// <summary>The meter in Redis, with the test between it and the gateway.</summary>
internal sealed class InterceptedMeter(IMeter inner) : IMeter
{
    /// <summary>Runs when a call has been admitted, before its gateway hears of it.</summary>
    public Func<Task> Admitted { get; set; } = () => Task.CompletedTask;

    /// <summary>Runs when a counter has begun, before its gateway hears of it.</summary>
    public Func<Task> Seeded { get; set; } = () => Task.CompletedTask;

    /// <summary>Whether calls cannot be settled now.</summary>
    public Func<bool> RefusesToSettle { get; set; } = () => false;

    /// <summary>Puts it in its place; <paramref name="made"/> gets it.</summary>
    public static void Register(IServiceCollection services, Action<InterceptedMeter> made) => services.AddSingleton(provider =>
    {
        var meter = new InterceptedMeter(provider.GetRequiredService<WatchedRedisMeter>());
        made(meter);
        return new MeterBooks(
            provider.GetRequiredService<LocalMeter>(), meter, provider.GetRequiredService<RedisHolds>(), provider.GetRequiredService<GuardedRedis>(),
            provider.GetRequiredService<TimeProvider>());
    });

    public async ValueTask<MeterAnswer> AdmitAsync(MeterAsk ask)
    {
        var answer = await inner.AdmitAsync(ask);
        if (answer is MeterAnswer.Admitted)
            await Admitted();
        return answer;
    }

    public ValueTask<SettleAnswer> SettleAsync(MeterSettlement settlement) =>
        RefusesToSettle() ? throw new MeterUnavailableException("The test does not want it.") : inner.SettleAsync(settlement);

    public ValueTask ReleaseAsync(MeterSettlement settlement) => inner.ReleaseAsync(settlement);

    public ValueTask RenewAsync(IReadOnlyList<MeterHold> calls) => inner.RenewAsync(calls);

    public async ValueTask SeedAsync(MeterSeed seed)
    {
        await inner.SeedAsync(seed);
        await Seeded();
    }

    public ValueTask RaiseAsync(long epoch, BudgetKey budget, Money spent) => inner.RaiseAsync(epoch, budget, spent);

    public ValueTask<BudgetState?> ReadAsync(long epoch, BudgetKey budget) => inner.ReadAsync(epoch, budget);

    public ValueTask<IReadOnlyList<HeldCall>> HeldByAsync(Guid owner) => inner.HeldByAsync(owner);

    public ValueTask ExpireAsync(Guid owner, string call) => inner.ExpireAsync(owner, call);
}
