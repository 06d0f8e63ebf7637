using CleanGateway.Application.Admission;
using CleanGateway.Infrastructure.Admission.Local;
using CleanGateway.Infrastructure.Admission.Redis;
using CleanGateway.Infrastructure.Configuration;
using CleanGateway.Infrastructure.Journal;
using CleanGateway.Infrastructure.Redis;
using Microsoft.Extensions.DependencyInjection;

namespace CleanGateway.Infrastructure.Admission;

internal static class AdmissionServices
{
    public static IServiceCollection AddAdmission(this IServiceCollection services, GatewaySettings settings)
    {
        services
            .AddSingleton(new MeterTimes())
            .AddSingleton(provider => GatewayInstance.Open(settings.DataDirectory, provider.GetRequiredService<TimeProvider>()))
            .AddSingleton<GatewayRegistry>()
            .AddSingleton<BudgetBook>()
            .AddSingleton<CounterSeeds>()
            .AddSingleton<EpochLease>()
            .AddSingleton<EpochGate>()
            .AddSingleton<HeldCalls>()
            .AddSingleton<ILedgerWatch>(provider => provider.GetRequiredService<HeldCalls>())
            .AddSingleton(provider => ActivatorUtilities.CreateInstance<LateSettlements>(provider, provider.GetRequiredService<GatewayInstance>().Id))
            .AddSingleton<LocalMeter>()
            .AddSingleton(provider => new MeterBooks(
                provider.GetRequiredService<LocalMeter>(), provider.GetService<WatchedRedisMeter>(), provider.GetService<RedisHolds>(),
                provider.GetService<GuardedRedis>(), provider.GetRequiredService<TimeProvider>()))
            .AddSingleton<HoldReconciler>()
            .AddSingleton<AbsentGateways>()
            .AddSingleton<MeteringCoordinator>()
            .AddHostedService(provider => provider.GetRequiredService<MeteringCoordinator>())
            .AddScoped<IBudgetAdjustments, BudgetAdjustments>()
            .AddSingleton<IAdmission, GatewayAdmission>();

        return settings.Redis is null
            ? services
            : services.AddSingleton(new GuardTimes()).AddSingleton<GuardedRedis>().AddSingleton<RedisMeter>().AddSingleton<WatchedRedisMeter>()
                .AddSingleton<RedisHolds>();
    }
}
