namespace CleanGateway.Infrastructure.Admission.Local;

/// <summary>The windows and places of one key or project. Times are microseconds of a clock that never goes back.</summary>
internal sealed class LocalScope(MeterTimes times)
{
    private readonly RequestWindow requests = new();
    private readonly SortedDictionary<long, long> tokens = [];
    private readonly Dictionary<string, long> places = new(StringComparer.Ordinal);

    public bool IsEmpty => requests.Count == 0 && tokens.Count == 0 && places.Count == 0;

    /// <summary>Forgets what counts no more.</summary>
    public void Trim(long now)
    {
        requests.Trim(until: now - times.WindowMicroseconds);
        while (tokens.Count > 0 && tokens.First().Key is var bucket && !Counts(bucket, now))
            tokens.Remove(bucket);
        foreach (var (call, until) in places)
        {
            if (until <= now)
                places.Remove(call);
        }
    }

    /// <summary>When this call was let into the window; null when it was not.</summary>
    public long? RequestedAt(string call) => requests.At(call);

    public bool HasRequestFor(string call, int limit) => requests.Count < limit || requests.At(call) is not null;

    public bool HasTokensFor(long asked, long limit) => asked <= limit && tokens.Values.Sum() + asked <= limit;

    public bool HasPlaceFor(string call, int limit) => places.Count < limit || places.ContainsKey(call);

    /// <summary>When the newest but as many as are allowed have left the window.</summary>
    public TimeSpan? RequestsFreeIn(int limit, long now) =>
        limit <= 0 ? null : MeterTimes.Time(requests.AtFromLast(limit) + times.WindowMicroseconds - now);

    public TimeSpan? TokensFreeIn(long asked, long limit, long now)
    {
        if (asked > limit)
            return null;

        var used = tokens.Values.Sum();
        foreach (var (bucket, sum) in tokens)
        {
            used -= sum;
            if (used + asked <= limit)
                return MeterTimes.Time(EndOf(bucket) - now);
        }

        return null;
    }

    public void Enter(MeterScope scope, string call, long asked, long now)
    {
        if (scope.Requests is not null)
            requests.Add(call, now);
        if (scope.Tokens is not null)
            AddTokens(asked, now, now);
        if (scope.Concurrent is not null)
            places[call] = now + times.LeaseMicroseconds;
    }

    /// <summary>Adds to what was counted at some time, or takes from it.</summary>
    public void AddTokens(long more, long at, long now)
    {
        var bucket = at / times.BucketMicroseconds;
        if (!Counts(bucket, now))
            return;

        var sum = Math.Max(0, tokens.GetValueOrDefault(bucket) + more);
        if (sum == 0)
            tokens.Remove(bucket);
        else
            tokens[bucket] = sum;
    }

    public void TakeBack(string call) => requests.Remove(call);

    /// <inheritdoc cref="RequestWindow.Shrink"/>
    public void Shrink() => requests.Shrink();

    public void Leave(string call) => places.Remove(call);

    public void Renew(string call, long now)
    {
        if (places.ContainsKey(call))
            places[call] = now + times.LeaseMicroseconds;
    }

    public ScopeState State(MeterScope scope, IReadOnlyList<BudgetState> budgets, long now) => new(
        scope.Requests is { } most ? Math.Max(0, most - requests.Count) : null,
        scope.Requests is null || requests.Newest is not { } newest ? TimeSpan.Zero : MeterTimes.Time(newest + times.WindowMicroseconds - now),
        scope.Tokens is { } mostTokens ? Math.Max(0, mostTokens - tokens.Values.Sum()) : null,
        scope.Tokens is null || tokens.Count == 0 ? TimeSpan.Zero : MeterTimes.Time(EndOf(tokens.Last().Key) - now),
        budgets);

    // The oldest bucket counts whole as long as any of it is in the window.
    private bool Counts(long bucket, long now) => bucket >= (now / times.BucketMicroseconds) - MeterTimes.Buckets;

    private long EndOf(long bucket) => (bucket + MeterTimes.Buckets + 1) * times.BucketMicroseconds;
}
