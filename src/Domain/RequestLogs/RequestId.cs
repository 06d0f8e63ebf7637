using System.Globalization;

namespace CleanGateway.Domain.RequestLogs;

/// <summary>
/// Names one call: <c>req_</c> and the 32 hex digits of a UUIDv7 (RFC 9562). The moment it was made is inside it, to the
/// millisecond, so id and moment are one fact and a row that is written again always meets its twin.
/// </summary>
public readonly record struct RequestId
{
    public const string Prefix = "req_";

    private RequestId(string value, DateTimeOffset createdAt) => (Value, CreatedAt) = (value, createdAt);

    public string Value { get; }

    /// <summary>Whole milliseconds, UTC.</summary>
    public DateTimeOffset CreatedAt { get; }

    public static RequestId New(DateTimeOffset now) =>
        new(Prefix + Guid.CreateVersion7(now).ToString("N"), DateTimeOffset.FromUnixTimeMilliseconds(now.ToUnixTimeMilliseconds()));

    private const int HexDigits = 32;

    /// <summary>Reads an id that <see cref="New"/> could have made.</summary>
    public static bool TryParse(string text, out RequestId id)
    {
        id = default;
        if (text.Length != Prefix.Length + HexDigits || !text.StartsWith(Prefix, StringComparison.Ordinal)
            || !Guid.TryParseExact(text.AsSpan(Prefix.Length), "N", out var guid) || guid.Version != 7 || guid.Variant is < 8 or > 0xB
            || !long.TryParse(text.AsSpan(Prefix.Length, 12), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var milliseconds)
            || milliseconds > DateTimeOffset.MaxValue.ToUnixTimeMilliseconds())
        {
            return false;
        }

        id = new RequestId(text.ToLowerInvariant(), DateTimeOffset.FromUnixTimeMilliseconds(milliseconds));
        return true;
    }

    public override string ToString() => Value;
}
