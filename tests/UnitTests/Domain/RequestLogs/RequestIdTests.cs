using System.Globalization;
using CleanGateway.Domain.RequestLogs;

namespace CleanGateway.UnitTests.Domain.RequestLogs;

public class RequestIdTests
{
    private const int Seed = 20260101;
    private static readonly DateTimeOffset Now = new(2026, 1, 1, 12, 30, 0, 123, TimeSpan.Zero);

    [Fact]
    public void An_id_is_a_prefix_and_a_version_7_UUID()
    {
        var id = RequestId.New(Now);

        id.Value.Should().MatchRegex("^req_[0-9a-f]{12}7[0-9a-f]{3}[89ab][0-9a-f]{15}$");
        id.ToString().Should().Be(id.Value);
    }

    [Fact]
    public void Its_moment_is_inside_it_for_any_moment_in_any_time_zone()
    {
        var random = new Random(Seed);
        for (var i = 0; i < 1000; i++)
        {
            var utc = new DateTimeOffset(random.NextInt64(DateTimeOffset.UnixEpoch.Ticks, DateTimeOffset.MaxValue.AddDays(-1).Ticks), TimeSpan.Zero);
            var moment = utc.ToOffset(TimeSpan.FromMinutes(random.Next(-14 * 60, 14 * 60)));

            var id = RequestId.New(moment);

            var inside = long.Parse(id.Value.AsSpan(4, 12), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture);
            var because = $"seed {Seed}, moment {moment:O}";
            id.CreatedAt.Should().Be(DateTimeOffset.UnixEpoch.AddMilliseconds(inside), because);
            id.CreatedAt.Offset.Should().Be(TimeSpan.Zero, because);
            (moment - id.CreatedAt).Should().BeGreaterThanOrEqualTo(TimeSpan.Zero, because).And.BeLessThan(TimeSpan.FromMilliseconds(1), because);
        }
    }

    [Fact]
    public void Reading_an_id_gives_the_same_id_and_the_same_moment()
    {
        var random = new Random(Seed);
        for (var i = 0; i < 1000; i++)
        {
            var id = RequestId.New(Now.AddTicks(random.NextInt64(TimeSpan.TicksPerDay * 10_000)));

            RequestId.TryParse(id.Value, out var read).Should().BeTrue($"seed {Seed}, id {id}");
            read.Should().Be(id, $"seed {Seed}");
        }
    }

    [Fact]
    public void Ids_of_one_moment_differ_and_their_moment_does_not()
    {
        var ids = Enumerable.Range(0, 1000).Select(_ => RequestId.New(Now)).ToList();

        ids.Select(id => id.Value).Should().OnlyHaveUniqueItems();
        ids.Select(id => id.CreatedAt).Distinct().Should().Equal(Now);
    }

    [Fact]
    public void Later_ids_sort_later()
    {
        var ids = Enumerable.Range(0, 100).Select(milliseconds => RequestId.New(Now.AddMilliseconds(milliseconds * 7)).Value).ToList();

        ids.Should().BeInAscendingOrder(StringComparer.Ordinal);
    }

    [Fact]
    public void An_id_in_capitals_is_the_same_id()
    {
        var id = RequestId.New(Now);

        RequestId.TryParse("req_" + id.Value[4..].ToUpperInvariant(), out var read).Should().BeTrue();
        read.Should().Be(id);
    }

    [Theory]
    [InlineData("")]
    [InlineData("req_")]
    [InlineData("019b7a4c3bfb7cc9a1b2c3d4e5f60718")]
    [InlineData("REQ_019b7a4c3bfb7cc9a1b2c3d4e5f60718")]
    [InlineData("res_019b7a4c3bfb7cc9a1b2c3d4e5f60718")]
    [InlineData("req_019b7a4c3bfb7cc9a1b2c3d4e5f6071")]
    [InlineData("req_019b7a4c3bfb7cc9a1b2c3d4e5f607181")]
    [InlineData("req_019b7a4c-3bfb-7cc9-a1b2-c3d4e5f60718")]
    [InlineData("req_{019b7a4c3bfb7cc9a1b2c3d4e5f60718}")]
    [InlineData("req_019b7a4c3bfb7cc9a1b2c3d4e5f6071g")]
    [InlineData("req_019b7a4c3bfb4cc9a1b2c3d4e5f60718", "it is version 4")]
    [InlineData("req_019b7a4c3bfb7cc911b2c3d4e5f60718", "its variant is not RFC 9562's")]
    [InlineData("req_019b7a4c3bfb7cc9a1b2c3d4e5f60718 ", "nothing may stand behind it")]
    [InlineData("req_ 019b7a4c3bfb7cc9a1b2c3d4e5f60718", "nothing may stand before it")]
    [InlineData("req_\t019b7a4c3bfb7cc9a1b2c3d4e5f60718\n", "nothing may stand around it")]
    [InlineData("req_ffffffffffff7cc9a1b2c3d4e5f60718", "there is no such year")]
    public void What_was_never_given_out_is_refused(string text, string because = "its form is wrong")
    {
        RequestId.TryParse(text, out var read).Should().BeFalse(because);
        read.Should().Be(default(RequestId));
    }
}
