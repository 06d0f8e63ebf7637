using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Net;
using CleanGateway.Domain.Usage;

namespace CleanGateway.Infrastructure.Configuration;

/// <summary>How values are written in the environment.</summary>
internal static class Values
{
    private static readonly SearchValues<char> BucketCharacters = SearchValues.Create("abcdefghijklmnopqrstuvwxyz0123456789.-");
    private static readonly SearchValues<char> KeyCharacters =
        SearchValues.Create("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789!-_.*'()/");

    public static bool Text(string text, out string value)
    {
        value = text;
        return true;
    }

    /// <summary>What an HTTP header can carry as one word.</summary>
    public static bool VisibleAscii(string text, out string value)
    {
        value = text;
        return !text.AsSpan().ContainsAnyExceptInRange('!', '~');
    }

    public static TryParse<T> OneOf<T>() where T : struct, Enum =>
        (string text, out T value) => Enum.TryParse(text, ignoreCase: true, out value) && Enum.GetNames<T>().Contains(text, StringComparer.OrdinalIgnoreCase);

    /// <summary>One of these words, in any case.</summary>
    public static TryParse<T> OneOf<T>(params (string Word, T Value)[] words) => (string text, [MaybeNullWhen(false)] out T value) =>
    {
        var at = Array.FindIndex(words, word => word.Word.Equals(text, StringComparison.OrdinalIgnoreCase));
        value = at < 0 ? default : words[at].Value;
        return at >= 0;
    };

    /// <summary>A part of the whole.</summary>
    public static bool Share(string text, out double value) =>
        double.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out value) && value is >= 0 and <= 1;

    /// <summary>W3C Baggage without its properties, as OpenTelemetry writes lists: <c>name=value,name=value</c>.</summary>
    public static bool Pairs(string text, out string value)
    {
        value = text;
        return !text.AsSpan().ContainsAnyExceptInRange(' ', '~')
            && text.Split(',').All(pair => pair.Split('=', 2) is [var name, _] && name.Trim() is { Length: > 0 } trimmed && !trimmed.Contains(' ', StringComparison.Ordinal));
    }

    public static TryParse<int> Integer(int least, int most) => (string text, out int value) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out value) && value >= least && value <= most;

    /// <summary>US dollars per token: none of the digits that are given is lost.</summary>
    public static bool Dollars(string text, out decimal value) => ExactDecimal.TryParse(text, out value) && value is >= 0 and <= 1_000_000m;

    /// <summary>Go's notation, which the settings' names come from: <c>90s</c>, <c>1h30m</c>, <c>250ms</c>.</summary>
    public static TryParse<TimeSpan> Duration(TimeSpan least, TimeSpan most) => (string text, out TimeSpan value) =>
        GoDuration.TryParse(text, out value) && value >= least && value <= most;

    /// <summary>Bytes, or a number with <c>KiB</c>, <c>MiB</c> or <c>GiB</c>.</summary>
    public static TryParse<long> Bytes(long least, long most) => (string text, out long value) =>
    {
        var (digits, unit) = text switch
        {
            [.. var number, 'K', 'i', 'B'] => (number, 1024L),
            [.. var number, 'M', 'i', 'B'] => (number, 1024L * 1024),
            [.. var number, 'G', 'i', 'B'] => (number, 1024L * 1024 * 1024),
            _ => (text, 1L),
        };
        value = 0;
        if (!long.TryParse(digits.TrimEnd(), NumberStyles.None, CultureInfo.InvariantCulture, out var count) || count > most / unit)
            return false;

        value = count * unit;
        return value >= least;
    };

    public static bool Networks(string text, [MaybeNullWhen(false)] out IReadOnlyList<IPNetwork> value)
    {
        value = null;
        var networks = new List<IPNetwork>();
        foreach (var part in text.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            if (!IPNetwork.TryParse(part, out var network))
                return false;

            networks.Add(network);
        }

        value = networks;
        return true;
    }

    /// <summary>An address, or one of the words that stand for some.</summary>
    public static bool ListenAddress(string text, [MaybeNullWhen(false)] out IPAddress value)
    {
        value = text switch
        {
            "localhost" => IPAddress.Loopback,
            "*" => IPAddress.IPv6Any,
            _ => null,
        };

        // A bare number would be taken for an address too: a port in the wrong place.
        return value is not null || (text.AsSpan().ContainsAny('.', ':') && IPAddress.TryParse(text, out value));
    }

    public static bool BaseUrl(string text, [MaybeNullWhen(false)] out Uri value) =>
        Uri.TryCreate(text, UriKind.Absolute, out value) && value.Scheme is "http" or "https" && value is { UserInfo: "", Query: "", Fragment: "" };

    /// <summary>What S3 takes for a bucket's name (Amazon S3 User Guide, "General purpose bucket naming rules").</summary>
    public static bool BucketName(string text, out string value)
    {
        value = text;
        return text.Length is >= 3 and <= 63 && !text.AsSpan().ContainsAnyExcept(BucketCharacters)
            && char.IsAsciiLetterOrDigit(text[0]) && char.IsAsciiLetterOrDigit(text[^1]) && !text.Contains("..", StringComparison.Ordinal);
    }

    /// <summary>What is safe in S3's keys (Amazon S3 User Guide, "Naming Amazon S3 objects"), and no path out of anywhere.</summary>
    public static bool KeyPrefix(string text, out string value)
    {
        value = text;
        return text.Length <= 512 && !text.AsSpan().ContainsAnyExcept(KeyCharacters)
            && text.TrimEnd('/').Split('/').All(part => part is not ("" or "." or ".."));
    }

    public static bool RegionName(string text, out string value)
    {
        value = text;
        return text.Length <= 64 && text.All(letter => char.IsAsciiLetterLower(letter) || char.IsAsciiDigit(letter) || letter == '-');
    }

    /// <summary><c>host:port</c>; the port may be left out.</summary>
    public static TryParse<DnsEndPoint> HostAndPort(int defaultPort) => (string text, [MaybeNullWhen(false)] out DnsEndPoint value) =>
    {
        value = null;
        var colon = text.LastIndexOf(':');
        var (host, port) = colon < 0 || text.EndsWith(']') ? (text, defaultPort) : (text[..colon], 0);
        if (host is ['[', .. var inside, ']'])
            host = inside;

        if (Uri.CheckHostName(host) == UriHostNameType.Unknown || (port == 0 && !Integer(1, 65535)(text[(colon + 1)..], out port)))
            return false;

        value = new DnsEndPoint(host, port);
        return true;
    };
}
