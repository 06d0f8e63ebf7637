using CleanGateway.Infrastructure.ProviderAdapters;

namespace CleanGateway.UnitTests.Infrastructure.ProviderAdapters;

/// <summary>How long an upstream asks to wait: the most exact source first, and never longer than ten minutes.</summary>
public class RetryAfterTests
{
    [Theory]
    [InlineData("0", 0)]
    [InlineData("1", 1_000)]
    [InlineData("20", 20_000)]
    [InlineData(" 20 ", 20_000)]
    [InlineData("1.5", 1_500)]
    [InlineData("600", 600_000)]
    [InlineData("601", 600_000)]
    [InlineData("1000000000", 600_000)]
    [InlineData("99999999999999999999", 600_000)]
    [InlineData("Sat, 01 Aug 2026 12:00:30 GMT", 30_000)]
    [InlineData("Sat, 01 Aug 2026 11:59:30 GMT", 0)]
    [InlineData("Sun, 01 Aug 2027 12:00:00 GMT", 600_000)]
    public void Seconds_or_a_date_are_understood_and_kept_within_reason(string value, double milliseconds) =>
        Wait(("retry-after", value)).Should().Be(TimeSpan.FromMilliseconds(milliseconds));

    [Theory]
    [InlineData("abc")]
    [InlineData("")]
    [InlineData("-1")]
    [InlineData("NaN")]
    [InlineData("Infinity")]
    [InlineData("-Infinity")]
    [InlineData("1e9")]
    [InlineData("1,000")]
    [InlineData("12 s")]
    [InlineData("Sat, 32 Aug 2026 12:00:30 GMT")]
    public void Nonsense_throws_nothing_and_is_never_below_0_or_above_the_longest(string value)
    {
        foreach (var name in new[] { "retry-after", "retry-after-ms" })
        {
            var reading = () => Wait((name, value));

            var wait = reading.Should().NotThrow("{0}: {1}", name, value).Subject;
            if (wait is { } time)
                time.Should().BeGreaterThanOrEqualTo(TimeSpan.Zero).And.BeLessThanOrEqualTo(TimeSpan.FromMinutes(10));
        }
    }

    [Theory]
    [InlineData("0", 0)]
    [InlineData("250", 250)]
    [InlineData("1234.5", 1_234.5)]
    [InlineData("1000000000", 600_000)]
    public void Milliseconds_are_understood_too(string value, double milliseconds) =>
        Wait(("retry-after-ms", value)).Should().Be(TimeSpan.FromMilliseconds(milliseconds));

    [Fact]
    public void Each_source_gives_way_to_the_one_before_it()
    {
        var headers = new List<(string, string)>
        {
            ("retry-after-ms", "1000"), ("retry-after", "2"),
            ("x-ratelimit-remaining-requests", "0"), ("x-ratelimit-reset-requests", "3s"),
        };
        const string Message = "Rate limit reached. Please try again in 4s.";

        var waits = new List<TimeSpan?>();
        for (var left = headers.Count; left >= 0; left -= left > 2 ? 1 : 2)
            waits.Add(Wait(Message, [.. headers.Skip(headers.Count - left)]));

        waits.Should().Equal(TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(2), TimeSpan.FromSeconds(3), TimeSpan.FromSeconds(4));
    }

    [Theory]
    [InlineData("0", "6m0s", "5", "1s", 360)]
    [InlineData("5", "6m0s", "0", "1.5s", 1.5)]
    [InlineData("0", "20ms", null, null, 0.02)]
    public void Of_OpenAIs_limits_the_one_with_nothing_left_counts(string requestsLeft, string requestsReset, string? tokensLeft, string? tokensReset, double seconds)
    {
        var headers = new List<(string, string)> { ("x-ratelimit-remaining-requests", requestsLeft), ("x-ratelimit-reset-requests", requestsReset) };
        if (tokensLeft is not null)
            headers.AddRange([("x-ratelimit-remaining-tokens", tokensLeft), ("x-ratelimit-reset-tokens", tokensReset!)]);

        Wait([.. headers]).Should().Be(TimeSpan.FromSeconds(seconds));
    }

    [Theory]
    [InlineData("Rate limit reached for gpt-4 in organization org-x. Please try again in 1.2s. Visit us.", 1.2)]
    [InlineData("Please TRY AGAIN IN 6m0s.", 360)]
    [InlineData("Please try again in 250ms", 0.25)]
    [InlineData("Please retry in 34.07s", 34.07)]
    [InlineData("retry after 12 seconds", 12)]
    [InlineData("Please retry after 1 second.", 1)]
    [InlineData("Please try again in 20h", 600)]
    public void The_words_are_the_last_resort(string message, double seconds) => Wait(message, []).Should().Be(TimeSpan.FromSeconds(seconds));

    [Theory]
    [InlineData("Please try again later.")]
    [InlineData("Please try again in a moment.")]
    [InlineData("There were 12 seconds of downtime.")]
    [InlineData("Please try again in .s")]
    [InlineData("Please try again in 99999999999999999999999999999999h")]
    [InlineData("Please try again in 99999999999999999999h")]
    [InlineData("Please try again in 79228162514264337593543950335h79228162514264337593543950335h")]
    public void Words_without_a_sensible_time_say_nothing_and_throw_nothing(string message)
    {
        var reading = () => Wait(message, []);

        var wait = reading.Should().NotThrow().Subject;
        if (wait is { } time)
            time.Should().Be(TimeSpan.FromMinutes(10));
    }

    [Fact]
    public void Without_any_of_them_nothing_is_known()
    {
        Wait().Should().BeNull();
        UpstreamErrors.RetryAfter(null, UpstreamFailure.Read(default), new ManualTime().GetUtcNow()).Should().BeNull();
    }

    private static TimeSpan? Wait(params (string Name, string Value)[] headers) => Wait("", headers);

    private static TimeSpan? Wait(string message, (string Name, string Value)[] headers)
    {
        using var response = new HttpResponseMessage();
        foreach (var (name, value) in headers)
            response.Headers.TryAddWithoutValidation(name, value);

        return UpstreamErrors.RetryAfter(response.Headers, new UpstreamFailure(null, null, message, null), new ManualTime().GetUtcNow());
    }
}
