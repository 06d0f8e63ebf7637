namespace CleanGateway.Infrastructure.Admission.Local;

/// <summary>
/// The tokens of one scope that still count, in a ring of buckets. The oldest bucket counts whole as long as any of it is
/// in the window.
/// </summary>
internal sealed class TokenWindow
{
    private readonly long[] sums = new long[MeterTimes.Buckets + 1];

    // The first bucket that counts; the last one is as many further as there are places.
    private long oldest;

    public long Total { get; private set; }

    /// <summary>Forgets what counts no more.</summary>
    /// <param name="bucket">The present one.</param>
    public void Trim(long bucket)
    {
        var first = bucket - MeterTimes.Buckets;
        for (var gone = Math.Max(oldest, first - sums.Length); gone < first; gone++)
            Set(gone, 0);
        oldest = Math.Max(oldest, first);
    }

    /// <summary>Adds to a bucket, or takes from it; to one that counts no more there is nothing to add.</summary>
    public void Add(long bucket, long more)
    {
        if (bucket >= oldest)
            Set(bucket, Math.Max(0, sums[bucket % sums.Length] + more));
    }

    /// <summary>The last bucket that has any; null when none has.</summary>
    public long? Last()
    {
        for (var bucket = oldest + MeterTimes.Buckets; bucket >= oldest && Total > 0; bucket--)
        {
            if (sums[bucket % sums.Length] > 0)
                return bucket;
        }

        return null;
    }

    /// <summary>The bucket after whose end there is room for so many.</summary>
    /// <returns>Null when that is never.</returns>
    public long? LastBeforeRoom(long asked, long limit)
    {
        var used = Total;
        for (var bucket = oldest; bucket <= oldest + MeterTimes.Buckets; bucket++)
        {
            var sum = sums[bucket % sums.Length];
            used -= sum;
            if (sum > 0 && used + asked <= limit)
                return bucket;
        }

        return null;
    }

    private void Set(long bucket, long sum)
    {
        ref var place = ref sums[bucket % sums.Length];
        Total += sum - place;
        place = sum;
    }
}
