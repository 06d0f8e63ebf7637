using System.Collections.Concurrent;

namespace CleanGateway.Infrastructure.Journal.Spool;

/// <summary>
/// Completed calls as they were when they were written, until they are shipped: what is still in memory need not be read
/// back from the disk. Holds so many bytes of them and no more; the rest, and what another process has left, is in the
/// files alone. Reading those gives the same.
/// </summary>
internal sealed class RecentExchanges(long mostBytes)
{
    private readonly ConcurrentDictionary<SpoolPosition, RecentExchange> exchanges = new();
    private long bytes;

    /// <summary>Keeps one, if there is room. Before anyone can find its record in the files: nobody takes it afterwards.</summary>
    public void Add(SpoolPosition at, RecentExchange exchange)
    {
        if (Interlocked.Add(ref bytes, exchange.Bytes) > mostBytes || !exchanges.TryAdd(at, exchange))
            Interlocked.Add(ref bytes, -exchange.Bytes);
    }

    /// <returns>Null: it is only in the files.</returns>
    public RecentExchange? Take(SpoolPosition at)
    {
        if (!exchanges.TryRemove(at, out var exchange))
            return null;

        Interlocked.Add(ref bytes, -exchange.Bytes);
        return exchange;
    }

    /// <summary>Forgets what stands before a place: whoever comes there has passed it by.</summary>
    public void Forget(SpoolPosition before)
    {
        foreach (var at in exchanges.Keys)
        {
            if (at < before)
                Take(at);
        }
    }
}

/// <param name="AcceptedIn">The segment that has the call's acceptance; 0 when there is none.</param>
/// <param name="Bytes">What it takes in memory, about.</param>
internal sealed record RecentExchange(ExchangeRow Row, long AcceptedIn, long Bytes);
