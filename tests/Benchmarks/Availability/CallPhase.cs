using System.Collections.Concurrent;

namespace CleanGateway.Benchmarks.Availability;

/// <summary>The calls that began while one thing was being done.</summary>
/// <param name="mayNotFail">Whether each of them has to be answered.</param>
internal sealed class CallPhase(string name, bool mayNotFail)
{
    private readonly ConcurrentDictionary<string, int> otherwise = new(StringComparer.Ordinal);
    private readonly Lock gate = new();

    public string Name => name;
    public bool MayNotFail => mayNotFail;

    /// <summary>The names of those that were answered to their end.</summary>
    public ConcurrentQueue<string> Answered { get; } = new();

    /// <summary>The names of those that were refused, broke or were not answered.</summary>
    public ConcurrentQueue<string> Unanswered { get; } = new();

    public int Failed => Unanswered.Count;
    public int Calls => Answered.Count + Failed;
    public TimeSpan Slowest { get; private set; }

    public string Otherwise => string.Join(", ", otherwise.OrderByDescending(kind => kind.Value).Select(kind => $"{kind.Value} × {kind.Key}").DefaultIfEmpty("–"));

    /// <param name="failure">What the caller saw instead of an answer; null: an answer.</param>
    public void Count(string call, string? failure, TimeSpan took)
    {
        if (failure is null)
            Answered.Enqueue(call);
        else
            Unanswered.Enqueue(call);
        if (failure is not null)
            otherwise.AddOrUpdate(failure, 1, (_, count) => count + 1);
        lock (gate)
            Slowest = took > Slowest ? took : Slowest;
    }
}
