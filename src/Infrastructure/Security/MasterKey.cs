using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using CleanGateway.Infrastructure.Configuration;

namespace CleanGateway.Infrastructure.Security;

/// <summary>The key that provider credentials are encrypted with. It is never in the database.</summary>
public sealed class MasterKey
{
    private const int Length = 32;
    private const string FileName = "master.key";

    private readonly byte[] bytes;

    private MasterKey(byte[] bytes)
    {
        this.bytes = bytes;
        Id = Convert.ToHexStringLower(SHA256.HashData([.. "cleangateway master key id"u8, .. bytes]))[..8];
    }

    /// <summary>Tells keys apart without telling anything about them.</summary>
    public string Id { get; }

    internal ReadOnlySpan<byte> Bytes => bytes;

    public override string ToString() => $"master key {Id}";

    /// <summary>One that is kept nowhere, for work that seals and opens nothing.</summary>
    public static MasterKey Ephemeral() => new(RandomNumberGenerator.GetBytes(Length));

    /// <param name="text">32 bytes as base64 or as 64 hex digits.</param>
    public static bool TryParse(string text, [MaybeNullWhen(false)] out MasterKey key)
    {
        var bytes = new byte[Length];
        text = text.Trim();
        var parsed = text.Length == Length * 2
            ? Convert.FromHexString(text, bytes, out _, out var written) == System.Buffers.OperationStatus.Done && written == Length
            : Convert.TryFromBase64String(text, bytes, out written) && written == Length;
        key = parsed ? new MasterKey(bytes) : null;
        return parsed;
    }

    internal static bool IsWellFormed(string text, out string value)
    {
        value = text;
        return TryParse(text, out _);
    }

    /// <summary>From the setting, else its file, else a file of the gateway's own that is made at the first start.</summary>
    /// <exception cref="StartException">A file cannot be read or holds no key.</exception>
    public static async Task<MasterKey> LoadAsync(GatewaySettings settings, CancellationToken cancellationToken)
    {
        if (settings.MasterKey is { } given)
            return Parse(given, "GATEWAY_MASTER_KEY");

        if (settings.MasterKeyFile is { } path)
            return Parse(await ReadAsync(path, cancellationToken), $"GATEWAY_MASTER_KEY_FILE {path}");

        var files = new SecretFiles(settings.DataDirectory);
        var own = await files.ReadOrCreateAsync(FileName, static () => Convert.ToBase64String(RandomNumberGenerator.GetBytes(Length)), cancellationToken);
        return Parse(own.Secret, own.Path);
    }

    private static async Task<string> ReadAsync(string path, CancellationToken cancellationToken)
    {
        try
        {
            return await File.ReadAllTextAsync(path, cancellationToken);
        }
        catch (Exception unreadable) when (unreadable is IOException or UnauthorizedAccessException)
        {
            throw new StartException($"The file of GATEWAY_MASTER_KEY_FILE cannot be read: {unreadable.Message}", unreadable);
        }
    }

    private static MasterKey Parse(string text, string source) => TryParse(text, out var key)
        ? key
        : throw new StartException($"{source} holds no master key: expected 32 bytes as base64 or 64 hex digits");
}
