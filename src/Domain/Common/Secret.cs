using System.Buffers;
using System.Numerics;
using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;

namespace CleanGateway.Domain.Common;

/// <summary>
/// The secrets the gateway hands out: a prefix that says what it is, 43 random base62 characters (256 bits) and a six
/// character checksum, so that scanners find a leaked one and a typing error needs no database to be seen.
/// </summary>
public static partial class Secret
{
    public const string ApiKeyPrefix = "gw_";
    public const string AdminTokenPrefix = "gwa_";

    private const string Base62 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    private static readonly SearchValues<char> Base62Characters = SearchValues.Create(Base62);
    private const int RandomLength = 43;
    private const int ChecksumLength = 6;
    private const int HintLength = 4;

    public static string Generate(string prefix)
    {
        var random = RandomNumberGenerator.GetString(Base62, RandomLength);
        return prefix + random + Checksum(random);
    }

    /// <summary>The text without secrets of ours, should somebody have put one into it by mistake.</summary>
    public static string Masked(string text) => text.Contains("gw", StringComparison.Ordinal) ? OurSecret().Replace(text, "***") : text;

    /// <summary>Enough to know a secret again by, and of no use to guess it: the last four characters of one that is long.</summary>
    public static string? Hint(string secret) => secret.Length >= 4 * HintLength ? secret[^HintLength..] : null;

    /// <summary>Whether <see cref="Generate"/> could have made it. Others may still be valid: operators may bring their own keys.</summary>
    public static bool IsWellFormed(string secret, string prefix) =>
        HasForm(secret, prefix) && secret.AsSpan()[^ChecksumLength..].SequenceEqual(Checksum(secret[prefix.Length..^ChecksumLength]));

    /// <summary>Looks exactly like one of ours but for its checksum: a typing error, known without asking anyone.</summary>
    public static bool IsMistyped(string secret, string prefix) => HasForm(secret, prefix) && !IsWellFormed(secret, prefix);

    private static bool HasForm(string secret, string prefix) =>
        secret.StartsWith(prefix, StringComparison.Ordinal) && secret.Length == prefix.Length + RandomLength + ChecksumLength
        && secret.AsSpan(prefix.Length).IndexOfAnyExcept(Base62Characters) < 0;

    /// <summary>Lower-case hex SHA-256: how a secret is stored and looked up. A fast hash is enough for 256 random bits.</summary>
    public static string Hash(string secret) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(secret)));

    [GeneratedRegex("gwa?_[0-9A-Za-z]{49}")]
    private static partial Regex OurSecret();

    private static string Checksum(string text)
    {
        var crc = uint.MaxValue;
        foreach (var character in text)
            crc = BitOperations.Crc32C(crc, (byte)character);
        crc = ~crc;

        Span<char> digits = stackalloc char[ChecksumLength];
        for (var i = digits.Length - 1; i >= 0; i--)
        {
            digits[i] = Base62[(int)(crc % 62)];
            crc /= 62;
        }

        return new string(digits);
    }
}
