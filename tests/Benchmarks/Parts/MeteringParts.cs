using BenchmarkDotNet.Attributes;
using CleanGateway.Domain.Usage;
using CleanGateway.Infrastructure.Admission;
using CleanGateway.Infrastructure.Admission.Local;

namespace CleanGateway.Benchmarks.Parts;

/// <summary>What a call costs, and whether it may.</summary>
public class MeteringParts
{
    private static readonly Guid Owner = new("22222222-2222-2222-2222-222222222222");

    private readonly TokenUsage used = new(1200, 350);
    private readonly LocalMeter meter = new(new MeterTimes(), TimeProvider.System);
    private readonly List<MeterScope> scopes = [];
    private long calls;

    [GlobalSetup]
    public async Task Prepare()
    {
        foreach (var id in (Guid[])[new("33333333-3333-3333-3333-333333333333"), new("44444444-4444-4444-4444-444444444444")])
        {
            var budget = new BudgetKey(id, "2026:11");
            var line = new BudgetLine(budget, new Money(long.MaxValue / 4));
            scopes.Add(new MeterScope(id, Requests: 100_000_000, Tokens: null, Concurrent: null, [line]));
            await meter.SeedAsync(new MeterSeed(1, budget, Money.Zero, [], EndsAt: null));
        }
    }

    [Benchmark(Description = "price a call")]
    public Charge Cost() => Samples.Price.For(used);

    [Benchmark(Description = "admit a call of a key and a project with rates and budgets, and settle it")]
    public async Task<object> AdmitAndSettle()
    {
        var call = $"req_{calls++:x32}";
        var cost = new CostRange(new Money(41_000_000), new Money(40_000), new Money(10_000), 4096);
        var answer = (MeterAnswer.Admitted)await meter.AdmitAsync(new MeterAsk(call, Owner, Epoch: 1, RunId: null, Tokens: 1500, cost, scopes));
        return await meter.SettleAsync(new MeterSettlement(call, Owner, scopes, new Money(5_000_000), 1550, 1500, answer.At));
    }
}
