using System.Net;
using CleanGateway.Infrastructure.Configuration;
using Microsoft.Extensions.Caching.Memory;

namespace CleanGateway.Api.Auth;

/// <summary>
/// Counts wrong credentials by where they come from, so that guessing is slow and leaves the database alone. Remembers
/// the addresses of the last minute up to a number; one that is forgotten for others may fail as often again.
/// </summary>
internal sealed class FailedLogins(GatewaySettings settings, TimeProvider clock) : IDisposable
{
    private const int MostAddresses = 10_000;
    private static readonly TimeSpan Window = TimeSpan.FromMinutes(1);

    private readonly MemoryCache addresses = new(new MemoryCacheOptions { SizeLimit = MostAddresses });
    private readonly Lock gate = new();

    /// <summary>How many addresses are remembered.</summary>
    public int Addresses => addresses.Count;

    /// <param name="address">Null: not known, which is an address like any other.</param>
    /// <returns>How long until another wrong credential may come from there; null: it may now.</returns>
    public TimeSpan? WaitFor(IPAddress? address)
    {
        if (addresses.Count == 0 || !addresses.TryGetValue(KeyOf(address), out Queue<long>? failures))
            return null;

        lock (gate)
        {
            Forget(failures!);
            return failures!.Count < settings.FailedLoginsPerMinute ? null : Window - clock.GetElapsedTime(failures.Peek());
        }
    }

    public void Count(IPAddress? address)
    {
        if (settings.FailedLoginsPerMinute == 0)
            return;

        lock (gate)
        {
            var failures = addresses.TryGetValue(KeyOf(address), out Queue<long>? known) ? known! : new Queue<long>();
            Forget(failures);

            // Those that were let in together may be more than the limit; the newest are the ones that count.
            if (failures.Count == settings.FailedLoginsPerMinute)
                failures.Dequeue();
            failures.Enqueue(clock.GetTimestamp());
            addresses.Set(KeyOf(address), failures, new MemoryCacheEntryOptions { Size = 1, AbsoluteExpirationRelativeToNow = Window });
        }
    }

    public void Dispose() => addresses.Dispose();

    private void Forget(Queue<long> failures)
    {
        while (failures.TryPeek(out var oldest) && clock.GetElapsedTime(oldest) >= Window)
            failures.Dequeue();
    }

    private static IPAddress KeyOf(IPAddress? address) => address ?? IPAddress.None;
}
