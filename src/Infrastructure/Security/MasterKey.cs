using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;

namespace CleanGateway.Infrastructure.Security;

/// <summary>A key that provider credentials are encrypted with. It is never in the database.</summary>
internal sealed class MasterKey
{
    private const int Length = 32;

    private readonly byte[] bytes;

    private MasterKey(byte[] bytes)
    {
        this.bytes = bytes;
        CheckValue = Convert.ToHexStringLower(HMACSHA256.HashData(bytes, "cleangateway master key check"u8));
        Id = Convert.ToHexStringLower(SHA256.HashData([.. "cleangateway master key id"u8, .. bytes]))[..8];
    }

    /// <summary>Tells keys apart without telling anything about them.</summary>
    public string Id { get; }

    /// <summary>Only the key itself makes it; nothing can be learned from it about the key.</summary>
    public string CheckValue { get; }

    public ReadOnlySpan<byte> Bytes => bytes;

    public override string ToString() => $"master key {Id}";

    public static string NewText() => Convert.ToBase64String(RandomNumberGenerator.GetBytes(Length));

    /// <param name="text">32 bytes as base64 or as 64 hex digits, not all of them the same.</param>
    public static bool TryParse(string text, [MaybeNullWhen(false)] out MasterKey key)
    {
        key = TryRead(text) is { } bytes && !IsUniform(text) ? new MasterKey(bytes) : null;
        return key is not null;
    }

    /// <summary>Written by somebody in a hurry: whoever tries the obvious finds it.</summary>
    public static bool IsUniform(string text) => TryRead(text) is { } bytes && bytes.AsSpan().ContainsAnyExcept(bytes[0]) is false;

    // Null: not 32 bytes.
    private static byte[]? TryRead(string text)
    {
        var bytes = new byte[Length];
        text = text.Trim();
        var parsed = text.Length == Length * 2
            ? Convert.FromHexString(text, bytes, out _, out var written) == OperationStatus.Done && written == Length
            : Convert.TryFromBase64String(text, bytes, out written) && written == Length;
        return parsed ? bytes : null;
    }
}
