using System.Buffers.Binary;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using CleanGateway.Domain.RequestLogs;

namespace CleanGateway.Infrastructure.Admission.Local;

/// <summary>
/// The requests of one scope that still count, each with its time in microseconds. A busy key has half a million of them
/// in a minute: they are numbers in two arrays, nothing that a garbage collection has to look at.
/// </summary>
internal sealed class RequestWindow
{
    private readonly Dictionary<UInt128, long> times = [];

    // In the order they came; one that was taken back, or has come again since, is not what its time says.
    private readonly Queue<(UInt128 Call, long At)> order = new();

    public int Count => times.Count;

    /// <summary>When the last one came; null when there is none.</summary>
    public long? Newest { get; private set; }

    /// <summary>When this one came; null when it did not.</summary>
    public long? At(string call) => times.TryGetValue(KeyOf(call), out var at) ? at : null;

    /// <summary>Adds one; one that is there already counts from now on.</summary>
    public void Add(string call, long now)
    {
        var key = KeyOf(call);
        times[key] = now;
        order.Enqueue((key, now));
        Newest = now;
    }

    public void Remove(string call)
    {
        if (!times.Remove(KeyOf(call), out var at) || at != Newest)
            return;

        Newest = null;
        foreach (var entry in order)
        {
            if (IsThere(entry))
                Newest = entry.At;
        }
    }

    /// <summary>Forgets those that came by this time.</summary>
    public void Trim(long until)
    {
        while (order.TryPeek(out var oldest) && oldest.At <= until)
        {
            order.Dequeue();
            if (IsThere(oldest))
                times.Remove(oldest.Call);
        }

        if (times.Count == 0)
            Newest = null;
    }

    /// <summary>Gives back memory that a much busier time has taken.</summary>
    public void Shrink()
    {
        if (times.Capacity < times.Count * 4)
            return;

        times.TrimExcess();
        order.TrimExcess();
    }

    /// <summary>When the one came that has so many after it, itself included.</summary>
    /// <param name="last">1 is the newest; no more than there are.</param>
    public long AtFromLast(int last)
    {
        var before = Count - last;
        foreach (var entry in order)
        {
            if (IsThere(entry) && before-- == 0)
                return entry.At;
        }

        throw new ArgumentOutOfRangeException(nameof(last), last, $"There are {Count}.");
    }

    private bool IsThere((UInt128 Call, long At) entry) => times.TryGetValue(entry.Call, out var at) && at == entry.At;

    // The number that a request id of ours is; of any other name a digest. Neither meets another by chance.
    private static UInt128 KeyOf(string call)
    {
        if (call.Length == 36 && call.StartsWith(RequestId.Prefix, StringComparison.Ordinal)
            && UInt128.TryParse(call.AsSpan(RequestId.Prefix.Length), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var number))
        {
            return number;
        }

        Span<byte> digest = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(MemoryMarshal.AsBytes(call.AsSpan()), digest);
        return BinaryPrimitives.ReadUInt128LittleEndian(digest);
    }
}
