using System.Numerics;
using System.Security.Cryptography;
using System.Text;

namespace CleanGateway.Domain.Common;

/// <summary>
/// The secrets the gateway hands out: a prefix that says what it is, 43 random base62 characters (256 bits) and a six
/// character checksum, so that scanners find a leaked one and a typing error needs no database to be seen.
/// </summary>
public static class Secret
{
    public const string ApiKeyPrefix = "gw_";
    public const string AdminTokenPrefix = "gwa_";

    private const string Base62 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    private const int RandomLength = 43;
    private const int ChecksumLength = 6;

    public static string Generate(string prefix)
    {
        var random = RandomNumberGenerator.GetString(Base62, RandomLength);
        return prefix + random + Checksum(random);
    }

    /// <summary>Lower-case hex SHA-256: how a secret is stored and looked up. A fast hash is enough for 256 random bits.</summary>
    public static string Hash(string secret) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(secret)));

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
