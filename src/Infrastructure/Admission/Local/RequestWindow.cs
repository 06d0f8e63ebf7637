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
    // Where each stands among all that have ever come.
    private readonly Dictionary<UInt128, long> places = [];

    // In the order they came. One that was taken back, or has come again since, is not where its call stands; the last one is.
    private readonly List<(UInt128 Call, long At)> order = [];
    private int first;
    private long gone;

    public int Count => places.Count;

    /// <summary>When the last one came; null when there is none.</summary>
    public long? Newest => order.Count > first ? order[^1].At : null;

    /// <summary>When this one came; null when it did not.</summary>
    public long? At(string call) => places.TryGetValue(KeyOf(call), out var place) ? order[(int)(place - gone)].At : null;

    /// <summary>Adds one; one that is there already counts from now on.</summary>
    public void Add(string call, long now)
    {
        var key = KeyOf(call);
        places[key] = gone + order.Count;
        order.Add((key, now));
    }

    public void Remove(string call)
    {
        places.Remove(KeyOf(call));
        while (order.Count > first && !IsThere(order.Count - 1))
            order.RemoveAt(order.Count - 1);
    }

    /// <summary>Forgets those that came by this time.</summary>
    public void Trim(long until)
    {
        for (; first < order.Count && order[first].At <= until; first++)
        {
            if (IsThere(first))
                places.Remove(order[first].Call);
        }

        // Each entry is moved once for each that has gone, at most.
        if (first > order.Count / 2)
        {
            order.RemoveRange(0, first);
            gone += first;
            first = 0;
        }
    }

    /// <summary>Gives back memory that a much busier time has taken.</summary>
    public void Shrink()
    {
        if (places.Capacity > places.Count * 4)
            places.TrimExcess();
        if (order.Capacity > order.Count * 4)
            order.TrimExcess();
    }

    /// <summary>When the one came that has so many after it, itself included.</summary>
    /// <param name="last">1 is the newest; no more than there are.</param>
    public long AtFromLast(int last)
    {
        var before = Count - last;
        for (var i = first; i < order.Count; i++)
        {
            if (IsThere(i) && before-- == 0)
                return order[i].At;
        }

        throw new ArgumentOutOfRangeException(nameof(last), last, $"There are {Count}.");
    }

    private bool IsThere(int index) => places.TryGetValue(order[index].Call, out var place) && place == gone + index;

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
