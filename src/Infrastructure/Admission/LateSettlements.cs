using System.Collections.Concurrent;

namespace CleanGateway.Infrastructure.Admission;

/// <summary>
/// Calls that have ended and could not be settled at once: their hold stands in the tables, or the counter did not
/// answer. Taken care of one after the other, by one.
/// </summary>
internal sealed class LateSettlements(Guid owner, BudgetBook book, HeldCalls held) : IDisposable
{
    private readonly ConcurrentQueue<Late> queue = new();
    private readonly SemaphoreSlim news = new(0);

    /// <summary>Waits until there is something to settle.</summary>
    public Task WaitAsync(CancellationToken cancellationToken) => queue.IsEmpty ? news.WaitAsync(cancellationToken) : Task.CompletedTask;

    /// <returns>Done when it is settled.</returns>
    public Task Add(HeldEntry entry, MeterSettlement settlement, IMeter? meter)
    {
        var late = new Late(entry, settlement, meter);
        queue.Enqueue(late);
        news.Release();
        return late.Settled.Task;
    }

    /// <summary>Settles what it can; the rest waits for the next time.</summary>
    /// <param name="counter">What has the counters of budgets now; null when the tables have them.</param>
    public async Task RunAsync(IMeter? counter, CancellationToken cancellationToken)
    {
        var batch = new List<Late>();
        while (queue.TryDequeue(out var late))
        {
            news.Wait(0, CancellationToken.None);
            batch.Add(late);
        }

        if (batch.Count == 0)
            return;

        try
        {
            var declared = batch.Where(late => late.Entry.IsDeclared).Select(late => late.Entry.Declare()).OfType<Declaration>().ToList();
            await book.DeclareAsync(owner, declared, cancellationToken);
            for (var next = 0; next < batch.Count;)
            {
                await SettleAsync(batch[next], counter);
                batch.RemoveAt(next);
            }
        }
        finally
        {
            foreach (var late in batch)
                queue.Enqueue(late);
        }
    }

    public void Dispose() => news.Dispose();

    // Where it took its place among the rates, and where its budget is counted now, need not be the same.
    private async Task SettleAsync(Late late, IMeter? counter)
    {
        if (counter is not null)
            await counter.SettleAsync(late.Settlement);

        try
        {
            if (late.Meter is not null && counter != late.Meter)
                await late.Meter.SettleAsync(late.Settlement);
        }
        catch (MeterUnavailableException)
        {
            // Only its place among the concurrent calls is left there, and ends by itself.
        }

        held.Done(late.Entry);
        late.Settled.TrySetResult();
    }

    private sealed record Late(HeldEntry Entry, MeterSettlement Settlement, IMeter? Meter)
    {
        public TaskCompletionSource Settled { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
