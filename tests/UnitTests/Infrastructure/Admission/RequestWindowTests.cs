using CleanGateway.Domain.RequestLogs;
using CleanGateway.Infrastructure.Admission.Local;

namespace CleanGateway.UnitTests.Infrastructure.Admission;

public class RequestWindowTests(ITestOutputHelper output)
{
    /// <summary>Beside the plainest thing that does the same: a list, in the order the requests came.</summary>
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void It_holds_what_a_list_would(int seed)
    {
        output.WriteLine($"Seed {seed}");
        var random = new Random(seed);
        var window = new RequestWindow();
        var list = new List<(string Call, long At)>();
        var names = Enumerable.Range(0, 12).Select(i => i % 2 == 0 ? $"call-{i}" : RequestId.New(DateTimeOffset.UnixEpoch.AddDays(i)).Value).ToArray();
        var now = 1000L;
        for (var step = 0; step < 3000; step++)
        {
            now += random.Next(0, 5);
            var call = names[random.Next(names.Length)];
            switch (random.Next(10))
            {
                case < 5:
                    list.RemoveAll(entry => entry.Call == call);
                    list.Add((call, now));
                    window.Add(call, now);
                    break;
                case < 7:
                    list.RemoveAll(entry => entry.Call == call);
                    window.Remove(call);
                    break;
                case < 9:
                    list.RemoveAll(entry => entry.At <= now - 25);
                    window.Trim(now - 25);
                    break;
                default:
                    window.Shrink();
                    break;
            }

            window.Count.Should().Be(list.Count);
            window.Newest.Should().Be(list.Count == 0 ? null : list[^1].At);
            window.At(call).Should().Be(list.Exists(entry => entry.Call == call) ? list.Find(entry => entry.Call == call).At : null);
            for (var last = 1; last <= list.Count; last++)
                window.AtFromLast(last).Should().Be(list[^last].At);
        }
    }

    /// <summary>Calls that another counter refuses are taken back at once, by the thousands.</summary>
    [Fact]
    public void What_is_taken_back_leaves_nothing_behind()
    {
        var window = new RequestWindow();
        window.Add("kept", 1);
        for (var i = 0; i < 100_000; i++)
        {
            window.Add($"refused-{i}", 2);
            window.Remove($"refused-{i}");
        }

        (window.Count, window.Newest, window.AtFromLast(1)).Should().Be((1, 1L, 1L));
    }

    [Fact]
    public void There_is_none_beyond_the_oldest()
    {
        var window = new RequestWindow();
        window.Add("one", 5);

        var act = () => window.AtFromLast(2);

        act.Should().Throw<ArgumentOutOfRangeException>();
    }
}
