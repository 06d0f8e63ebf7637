using CleanGateway.Infrastructure.Admission;
using CleanGateway.Infrastructure.Admission.Local;

namespace CleanGateway.UnitTests.Infrastructure.Admission;

public class TokenWindowTests(ITestOutputHelper output)
{
    /// <summary>Beside the plainest thing that does the same: a sum for each bucket.</summary>
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void It_counts_what_sums_by_bucket_would(int seed)
    {
        output.WriteLine($"Seed {seed}");
        var random = new Random(seed);
        var window = new TokenWindow();
        var sums = new SortedDictionary<long, long>();
        var now = 1_000_000L;
        for (var step = 0; step < 5000; step++)
        {
            now += random.Next(20) == 0 ? random.Next(200) : random.Next(2);
            window.Trim(now);
            foreach (var old in sums.Keys.Where(bucket => bucket < now - MeterTimes.Buckets).ToList())
                sums.Remove(old);

            var (at, more) = (now - random.Next(MeterTimes.Buckets + 20), random.Next(-50, 100));
            window.Add(at, more);
            if (at >= now - MeterTimes.Buckets)
                sums[at] = Math.Max(0, sums.GetValueOrDefault(at) + more);

            window.Total.Should().Be(sums.Values.Sum());
            window.Last().Should().Be(sums.Where(sum => sum.Value > 0).Select(sum => (long?)sum.Key).LastOrDefault());
            var (asked, limit) = (random.Next(100), random.Next(100, 1000));
            window.LastBeforeRoom(asked, limit).Should().Be(Plainly(sums, asked, limit));
        }
    }

    private static long? Plainly(SortedDictionary<long, long> sums, long asked, long limit)
    {
        var used = sums.Values.Sum();
        foreach (var (bucket, sum) in sums.Where(sum => sum.Value > 0))
        {
            used -= sum;
            if (used + asked <= limit)
                return bucket;
        }

        return null;
    }
}
