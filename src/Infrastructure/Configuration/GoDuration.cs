using System.Buffers;
using System.Globalization;

namespace CleanGateway.Infrastructure.Configuration;

/// <summary>
/// Durations as Go writes them: decimal numbers, each with a unit, one after the other (<c>1h30m</c>, <c>1.5s</c>,
/// <c>250ms</c>). Source: the documentation of Go's <c>time.ParseDuration</c>.
/// </summary>
internal static class GoDuration
{
    private static readonly SearchValues<char> NumberCharacters = SearchValues.Create("0123456789.");

    public static bool TryParse(string text, out TimeSpan duration)
    {
        duration = TimeSpan.Zero;
        if (text == "0")
            return true;

        var rest = text.AsSpan();
        var ticks = 0m;
        while (!rest.IsEmpty)
        {
            var digits = rest.IndexOfAnyExcept(NumberCharacters);
            if (digits <= 0 || !decimal.TryParse(rest[..digits], NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var number))
                return false;

            rest = rest[digits..];
            var letters = rest.IndexOfAny(NumberCharacters);
            var unit = letters < 0 ? rest : rest[..letters];
            if (TicksOf(unit) is not { } each)
                return false;

            // Looked at before it is multiplied: digits enough for any overflow are easily written.
            if (number > long.MaxValue / each || (ticks += number * each) > long.MaxValue)
                return false;

            rest = rest[unit.Length..];
        }

        if (text.Length == 0)
            return false;

        duration = TimeSpan.FromTicks((long)ticks);
        return true;
    }

    private static decimal? TicksOf(ReadOnlySpan<char> unit) => unit switch
    {
        "h" => TimeSpan.TicksPerHour,
        "m" => TimeSpan.TicksPerMinute,
        "s" => TimeSpan.TicksPerSecond,
        "ms" => TimeSpan.TicksPerMillisecond,
        "us" or "µs" or "μs" => TimeSpan.TicksPerMicrosecond,
        "ns" => 0.01m,
        _ => null,
    };
}
