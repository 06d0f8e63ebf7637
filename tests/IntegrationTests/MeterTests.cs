using CleanGateway.Domain.Usage;
using CleanGateway.Infrastructure.Admission;

namespace CleanGateway.IntegrationTests;

/// <summary>What every meter does, wherever it counts. Amounts are nano-dollars.</summary>
public abstract partial class MeterTests : IAsyncLifetime
{
    private protected const long Epoch = 7;
    private protected const string Month = "2026:11";
    private protected static readonly Guid Owner = Guid.Parse("0199a0de-0000-7000-8000-00000000000a");
    private protected static readonly DateTimeOffset Began = new(2026, 11, 21, 12, 0, 0, TimeSpan.Zero);

    private int calls;

    private protected static CancellationToken Stop => TestContext.Current.CancellationToken;

    private protected abstract IMeter Meter { get; }

    /// <summary>The run of the server; null where there is none.</summary>
    private protected abstract string? RunId { get; }

    private protected Guid KeyId { get; } = Guid.Parse("0199a0de-0000-7000-8000-000000000001");
    private protected Guid ProjectId { get; } = Guid.Parse("0199a0de-0000-7000-8000-000000000002");

    public abstract ValueTask InitializeAsync();

    public abstract ValueTask DisposeAsync();

    /// <summary>Lets time pass for what the meter remembers, in whole seconds.</summary>
    private protected abstract Task PassAsync(TimeSpan time);

    /// <summary>When something happened, by the meter's clock, once so much time has been let pass since.</summary>
    private protected abstract long Past(long at, TimeSpan passed);

    private protected string NextCall() => $"call-{Interlocked.Increment(ref calls)}";

    private protected MeterScope Key(int? requests = null, long? tokens = null, int? concurrent = null) =>
        new(KeyId, requests, tokens, concurrent, []);

    private protected static BudgetLine Line(Guid scope, long? limit, string period = Month) =>
        new(new BudgetKey(scope, period), limit is { } amount ? new Money(amount) : null);

    private protected MeterScope Budgeted(long? limit) => Key() with { Budgets = [Line(KeyId, limit)] };

    /// <summary>A call that costs this at most, whatever is capped.</summary>
    private protected static CostRange Fixed(long amount) => new(new Money(amount), new Money(amount), Money.Zero, Cap: 100);

    /// <summary>A call that costs something and this much per token of its output.</summary>
    private protected static CostRange PerToken(long part, long perToken, long cap) =>
        new(new Money(cap == long.MaxValue ? part : part + (perToken * cap)), new Money(part), new Money(perToken), cap);

    private protected MeterAsk Ask(CostRange cost, long tokens, params MeterScope[] scopes) =>
        new(NextCall(), Owner, Epoch, RunId, tokens, cost, scopes);

    private protected MeterAsk Ask(params MeterScope[] scopes) => Ask(Fixed(0), 0, scopes);

    private protected async Task<MeterAnswer.Admitted> AdmittedAsync(MeterAsk ask) =>
        (await Meter.AdmitAsync(ask)).Should().BeOfType<MeterAnswer.Admitted>().Subject;

    private protected async Task<MeterAnswer.Denied> DeniedAsync(MeterAsk ask, DenialReason reason)
    {
        var denied = (await Meter.AdmitAsync(ask)).Should().BeOfType<MeterAnswer.Denied>().Subject;
        denied.Reason.Should().Be(reason);
        return denied;
    }

    private protected async Task SeedAsync(params MeterScope[] scopes)
    {
        foreach (var line in scopes.SelectMany(scope => scope.Budgets))
            await SeedAsync(line.Key, spent: 0);
    }

    private protected ValueTask SeedAsync(BudgetKey budget, long spent, long epoch = Epoch, params SeededHold[] held) =>
        Meter.SeedAsync(new MeterSeed(epoch, budget, new Money(spent), held, EndsAt: null));

    private protected static MeterSettlement Settlement(MeterAsk ask, long cost = 0, long tokens = 0, long at = 0) =>
        new(ask.Call, ask.Owner, ask.Scopes, new Money(cost), tokens, ask.Tokens, at);

    private protected async Task<(long Spent, long Reserved)?> StateAsync(BudgetKey budget, long epoch = Epoch) =>
        await Meter.ReadAsync(epoch, budget) is { } state ? (state.Spent.NanoDollars, state.Reserved.NanoDollars) : null;

    private protected async Task ShouldStandAtAsync(long spent, long reserved, Guid? scope = null, string period = Month, long epoch = Epoch) =>
        (await StateAsync(new BudgetKey(scope ?? KeyId, period), epoch)).Should().Be((spent, reserved));
}
