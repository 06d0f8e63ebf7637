using CleanGateway.Domain.RequestLogs;
using CleanGateway.Domain.Usage;
using CleanGateway.Infrastructure.Journal;
using Microsoft.Extensions.Logging;

namespace CleanGateway.Infrastructure.Admission;

/// <summary>
/// Compares what counters hold with what the ledger knows: calls of gateways that died are settled by what they cost,
/// those that were never made are given back, and a counter that has fallen behind the ledger is raised to it.
/// </summary>
internal sealed partial class HoldReconciler(
    GatewayInstance instance, GatewayRegistry registry, BudgetBook book, HeldCalls held, MeterBooks books, IJournal journal, TimeProvider clock,
    ILogger<HoldReconciler> logger)
{
    /// <summary>How long a call of a gateway that is gone, and of which nothing is known, holds what it held; then that counts as spent.</summary>
    public static readonly TimeSpan Lease = TimeSpan.FromMinutes(20);

    private static readonly TimeSpan ForgetAfter = TimeSpan.FromDays(30);
    private static readonly TimeSpan NobodysAfter = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan RenewAfter = TimeSpan.FromSeconds(15);
    private static readonly TimeSpan SlowInterval = TimeSpan.FromSeconds(10);

    private long ranSlowlyAt;

    public async Task RunAsync(BookState state, Agreement agreement, CancellationToken cancellationToken)
    {
        // First, for it needs no database.
        await RenewAsync(cancellationToken);
        if (books.CounterFor(state.Book) is { } counter)
        {
            if (journal.HasCaughtUp)
                await SettleAsync(counter, instance.Id, isGone: false, cancellationToken);
            foreach (var dead in agreement.Dead)
            {
                if (await SettleAsync(counter, dead.Id, isGone: true, cancellationToken) && await NothingIsLostAsync(state, dead))
                    await registry.RemoveDeadAsync(dead, cancellationToken);
            }
        }

        if (clock.GetElapsedTime(ranSlowlyAt) < SlowInterval)
            return;

        ranSlowlyAt = clock.GetTimestamp();
        if (journal.HasCaughtUp)
            await book.ForgetAsync(instance.Id, [.. held.All.Select(entry => entry.Call)], NobodysAfter, cancellationToken);
        await book.ExpireAsync(Lease, cancellationToken);
        await registry.ForgetAsync(ForgetAfter, cancellationToken);
        await SweepAsync(cancellationToken);
        await RaiseAsync(state, cancellationToken);
    }

    // A call of this gateway that it does not know of was begun by an earlier life of it, or its admission was given up
    // before the answer came; what was really made of them is in the ledger by now.
    /// <returns>Whether the gateway holds nothing any more.</returns>
    private async Task<bool> SettleAsync(IMeter counter, Guid owner, bool isGone, CancellationToken cancellationToken)
    {
        var orphans = (await counter.HeldByAsync(owner)).Where(call => !held.Knows(call.Call)).ToList();
        if (orphans.Count == 0)
            return true;

        var known = await book.InLedgerAsync([.. orphans.Select(orphan => (orphan.Call, BegunAt(orphan)))], cancellationToken);
        foreach (var orphan in orphans)
        {
            if (known.TryGetValue(orphan.Call, out var cost))
                await EndAsync(counter, owner, orphan, cost ?? orphan.Amount);
            else if (!isGone)
                await EndAsync(counter, owner, orphan, Money.Zero);
            else if (!orphan.Expired && clock.GetUtcNow() - BegunAt(orphan) > Lease)
                await counter.ExpireAsync(owner, orphan.Call);
        }

        return orphans.Count == known.Count;
    }

    // That Redis knows of nothing means little where it has forgotten, and nobody has noticed yet.
    private async Task<bool> NothingIsLostAsync(BookState state, Replica dead) =>
        state.Book != Book.Redis || dead.Epoch == 0 || (books.Holds is { } holds && await holds.LeftByAsync(dead.Id, dead.Epoch) is not null);

    private async Task EndAsync(IMeter counter, Guid owner, HeldCall orphan, Money cost)
    {
        var scopes = orphan.Budgets.GroupBy(budget => budget.ScopeId)
            .Select(scope => new MeterScope(scope.Key, null, null, null, [.. scope.Select(budget => new BudgetLine(budget, Limit: null))])).ToList();
        await counter.SettleAsync(new MeterSettlement(orphan.Call, owner, scopes, cost, Tokens: 0, ReservedTokens: 0, AdmittedAt: 0));
        LogEnded(orphan.Call, owner, cost.Dollars);
    }

    private static DateTimeOffset BegunAt(HeldCall call) => RequestId.TryParse(call.Call, out var id) ? id.CreatedAt : call.Since;

    // Calls under way keep their places among the concurrent ones.
    private async Task RenewAsync(CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        foreach (var group in held.UnderWay(before: clock.GetUtcNow() - RenewAfter).GroupBy(entry => entry.RatesIn))
        {
            if (group.Key is { } meter)
                await meter.RenewAsync([.. group.Select(entry => new MeterHold(entry.Call, entry.Scopes))]);
        }
    }

    // Where another gateway wrote the ledger's lines, this one is not told.
    private async Task SweepAsync(CancellationToken cancellationToken)
    {
        var waiting = held.All.Where(entry => entry.IsSettled && !entry.IsFree && clock.GetUtcNow() - entry.CreatedAt > SlowInterval).ToList();
        foreach (var chunk in waiting.Chunk(1000))
        {
            var known = await book.InLedgerAsync([.. chunk.Select(entry => (entry.Call, entry.CreatedAt))], cancellationToken);
            foreach (var entry in chunk.Where(entry => known.ContainsKey(entry.Call) && entry.IsWritten()))
                held.Forget(entry.Call);
        }
    }

    // A budget that was set while calls of its key were under way began without them.
    private async Task RaiseAsync(BookState state, CancellationToken cancellationToken)
    {
        if (books.CounterFor(state.Book) is not { } counter || held.TakeUsed() is not { Count: > 0 } used)
            return;

        foreach (var (budget, standing) in await book.ReadAsync(used, cancellationToken))
            await counter.RaiseAsync(state.Epoch, budget, standing.Spent);
    }

    [LoggerMessage(LogLevel.Information, "What {Call} of gateway {Owner} held of its budgets is settled: it cost ${Dollars}")]
    private partial void LogEnded(string call, Guid owner, decimal dollars);
}
