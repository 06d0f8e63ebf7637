namespace CleanGateway.Infrastructure.Admission.Local;

/// <summary>The windows and places of one key or project. Times are microseconds of a clock that never goes back.</summary>
internal sealed class LocalScope(MeterTimes times)
{
    private readonly RequestWindow requests = new();
    private readonly TokenWindow tokens = new();
    private readonly Dictionary<string, long> places = new(StringComparer.Ordinal);

    public bool IsEmpty => requests.Count == 0 && tokens.Total == 0 && places.Count == 0;

    /// <summary>Forgets what counts no more.</summary>
    public void Trim(long now)
    {
        requests.Trim(until: now - times.WindowMicroseconds);
        tokens.Trim(BucketOf(now));
        foreach (var (call, until) in places)
        {
            if (until <= now)
                places.Remove(call);
        }
    }

    /// <summary>When this call was let into the window; null when it was not.</summary>
    public long? RequestedAt(string call) => requests.At(call);

    public bool HasRequestFor(string call, int limit) => requests.Count < limit || requests.At(call) is not null;

    public bool HasTokensFor(long asked, long limit) => asked <= limit && tokens.Total + asked <= limit;

    public bool HasPlaceFor(string call, int limit) => places.Count < limit || places.ContainsKey(call);

    /// <summary>When the newest but as many as are allowed have left the window.</summary>
    public TimeSpan? RequestsFreeIn(int limit, long now) =>
        limit <= 0 ? null : MeterTimes.Time(requests.AtFromLast(limit) + times.WindowMicroseconds - now);

    public TimeSpan? TokensFreeIn(long asked, long limit, long now) =>
        asked <= limit && tokens.LastBeforeRoom(asked, limit) is { } bucket ? MeterTimes.Time(EndOf(bucket) - now) : null;

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
        tokens.Trim(BucketOf(now));
        tokens.Add(BucketOf(at), more);
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
        scope.Tokens is { } mostTokens ? Math.Max(0, mostTokens - tokens.Total) : null,
        scope.Tokens is null || tokens.Last() is not { } last ? TimeSpan.Zero : MeterTimes.Time(EndOf(last) - now),
        budgets);

    private long BucketOf(long time) => time / times.BucketMicroseconds;

    private long EndOf(long bucket) => (bucket + MeterTimes.Buckets + 1) * times.BucketMicroseconds;
}
