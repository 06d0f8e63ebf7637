using System.Collections.Concurrent;
using CleanGateway.Domain.Common;
using Microsoft.Extensions.Caching.Memory;
using Npgsql;

namespace CleanGateway.Infrastructure.Snapshots;

/// <summary>What a credential's hash leads to, and the configuration version that the database had when it said so.</summary>
internal readonly record struct Versioned<T>(long Version, T? Value) where T : class;

/// <summary>
/// A bounded cache of database look-ups by credential hash. An entry holds until its time is up or the configuration
/// moves on, whichever is first: because each carries the version it was read at, one that was being loaded while the
/// key was revoked is never believed afterwards. One look-up per hash is under way at a time.
/// </summary>
internal sealed class VersionedCache<T>(
    Func<string, CancellationToken, Task<Versioned<T>>> load, int size, TimeSpan timeToLive, ConfigurationVersion version, TimeProvider clock) : IDisposable
    where T : class
{
    // Wrong credentials must not push right ones out, nor be remembered for long.
    private const int MostMissing = 10_000;
    private static readonly TimeSpan MissingTimeToLive = TimeSpan.FromSeconds(5);

    // With the database gone, known callers go on for as long as this.
    private static readonly TimeSpan StaleTimeToLive = TimeSpan.FromMinutes(15);

    private readonly MemoryCache found = new(new MemoryCacheOptions { SizeLimit = size });
    private readonly MemoryCache missing = new(new MemoryCacheOptions { SizeLimit = MostMissing });
    private readonly ConcurrentDictionary<string, Task<Versioned<T>>> loading = new(StringComparer.Ordinal);

    /// <returns>Null when the database knows no such hash.</returns>
    /// <exception cref="GatewayException">The database cannot be asked, and the hash is not known from before.</exception>
    public async ValueTask<T?> FindAsync(string hash, CancellationToken cancellationToken)
    {
        var known = found.TryGetValue(hash, out Entry? entry) || missing.TryGetValue(hash, out entry);
        if (known && IsCurrent(entry!, entry!.Value is null ? MissingTimeToLive : timeToLive))
            return entry.Value;

        try
        {
            // A look-up that was under way already may have read what has been revoked since.
            var newest = version.Newest;
            var loaded = await LoadOnceAsync(hash).WaitAsync(cancellationToken);
            if (loaded.Version < newest)
                loaded = await LoadOnceAsync(hash).WaitAsync(cancellationToken);

            return loaded.Value;
        }
        catch (Exception unreachable) when (unreachable is NpgsqlException or TimeoutException or IOException)
        {
            if (known && entry!.Value is { } stale && IsCurrent(entry, StaleTimeToLive))
                return stale;

            throw new GatewayException(
                new GatewayError(GatewayErrorKind.Unavailable, "authentication_unavailable", "Credentials cannot be checked now. Please try again.")
                {
                    RetryAfter = TimeSpan.FromSeconds(1),
                },
                unreachable);
        }
    }

    /// <summary>Whether the hash led to something before, whatever it leads to now.</summary>
    public bool Remembers(string hash) => found.TryGetValue(hash, out _);

    public void Dispose()
    {
        found.Dispose();
        missing.Dispose();
    }

    private bool IsCurrent(Entry entry, TimeSpan longest) => entry.Version >= version.Newest && clock.GetElapsedTime(entry.LoadedAt) < longest;

    private Task<Versioned<T>> LoadOnceAsync(string hash)
    {
        // Not bound to the first caller's cancellation: others wait for the same answer.
        var source = new TaskCompletionSource<Versioned<T>>(TaskCreationOptions.RunContinuationsAsynchronously);
        var underWay = loading.GetOrAdd(hash, source.Task);
        if (underWay == source.Task)
            _ = LoadAsync(hash, source);

        return underWay;
    }

    // Whoever comes after the answer looks it up in the cache, where its version is checked.
    private async Task LoadAsync(string hash, TaskCompletionSource<Versioned<T>> source)
    {
        try
        {
            var loaded = await load(hash, CancellationToken.None);
            Remember(hash, loaded);
            loading.TryRemove(hash, out _);
            source.SetResult(loaded);
        }
        catch (Exception failure)
        {
            loading.TryRemove(hash, out _);
            source.SetException(failure);
        }
    }

    private void Remember(string hash, Versioned<T> loaded)
    {
        var entry = new Entry(loaded.Version, clock.GetTimestamp(), loaded.Value);
        (loaded.Value is null ? found : missing).Remove(hash);
        (loaded.Value is null ? missing : found).Set(
            hash, entry, new MemoryCacheEntryOptions { Size = 1, AbsoluteExpirationRelativeToNow = StaleTimeToLive + timeToLive });
    }

    private sealed record Entry(long Version, long LoadedAt, T? Value);
}
