using System.Globalization;
using CleanGateway.Infrastructure.Configuration;

namespace CleanGateway.UnitTests.Infrastructure.Configuration;

public class GoDurationTests
{
    [Theory]
    [InlineData("0", 0)]
    [InlineData("0s", 0)]
    [InlineData("5m", 300_000)]
    [InlineData("60s", 60_000)]
    [InlineData("1h30m", 5_400_000)]
    [InlineData("1.5s", 1_500)]
    [InlineData(".5s", 500)]
    [InlineData("1.s", 1_000)]
    [InlineData("250ms", 250)]
    [InlineData("100us", 0.1)]
    [InlineData("100µs", 0.1)]
    [InlineData("100μs", 0.1)]
    [InlineData("2000ns", 0.002)]
    [InlineData("1h1m1s1ms", 3_661_001)]
    [InlineData("30m1h", 5_400_000)]
    [InlineData("1m1m", 120_000)]
    public void A_duration_is_read_as_Go_reads_it(string text, double milliseconds)
    {
        GoDuration.TryParse(text, out var duration).Should().BeTrue();

        duration.Should().Be(TimeSpan.FromTicks((long)Math.Round(milliseconds * TimeSpan.TicksPerMillisecond)));
    }

    [Theory]
    [InlineData("")]
    [InlineData(" ")]
    [InlineData("5")]
    [InlineData("s")]
    [InlineData("m5")]
    [InlineData("5d")]
    [InlineData("5M")]
    [InlineData("5 m")]
    [InlineData(" 5m")]
    [InlineData("5m ")]
    [InlineData("5m30")]
    [InlineData(".s")]
    [InlineData("1.2.3s")]
    [InlineData("1,5s")]
    [InlineData("1e3s")]
    [InlineData("0x5s")]
    [InlineData("-5m")]
    [InlineData("00:05:00")]
    [InlineData("٥m")]
    public void Anything_else_is_none(string text) => GoDuration.TryParse(text, out _).Should().BeFalse();

    [Theory]
    [InlineData("300000000h")]
    [InlineData("9223372036854775807s")]
    [InlineData("99999999999999999999h")]
    [InlineData("79228162514264337593543950335h")]
    [InlineData("79228162514264337593543950335ns79228162514264337593543950335ns")]
    [InlineData("100000000000000000000000000000000000000s")]
    public void A_duration_that_no_clock_can_count_is_refused_and_throws_nothing(string text)
    {
        var reading = () => GoDuration.TryParse(text, out _);

        reading.Should().NotThrow().Which.Should().BeFalse();
    }

    [Fact]
    public void Any_sequence_of_parts_comes_to_their_sum()
    {
        const int Seed = 20260801;
        var random = new Random(Seed);
        (string Unit, long Ticks)[] units =
        [
            ("h", TimeSpan.TicksPerHour), ("m", TimeSpan.TicksPerMinute), ("s", TimeSpan.TicksPerSecond), ("ms", TimeSpan.TicksPerMillisecond),
            ("us", TimeSpan.TicksPerMicrosecond),
        ];

        for (var i = 0; i < 500; i++)
        {
            var parts = Enumerable.Range(0, random.Next(1, 6)).Select(_ => (Number: random.Next(10_000), units[random.Next(units.Length)].Unit)).ToList();
            var text = string.Concat(parts.Select(part => part.Number.ToString(CultureInfo.InvariantCulture) + part.Unit));

            GoDuration.TryParse(text, out var duration).Should().BeTrue("seed {0}: {1}", Seed, text);
            duration.Ticks
                .Should().Be(parts.Sum(part => part.Number * units.Single(unit => unit.Unit == part.Unit).Ticks), "seed {0}: {1}", Seed, text);
        }
    }
}
