using System.Security.Cryptography;
using System.Text;
using CleanGateway.Domain.Common;

namespace CleanGateway.Infrastructure.Security;

/// <summary>
/// Envelope encryption with AES-256-GCM: each text has a data key of its own, wrapped by a master key. Both layers are
/// bound to what the text belongs to, so that it does not open anywhere else.
/// </summary>
/// <remarks>
/// <c>enc:v1:{master key id}:{base64}</c>, the base64 being nonce, wrapped data key, tag, nonce, ciphertext, tag.
/// Nonces are 96 random bits (NIST SP 800-38D, 8.2.2), and every data key is used once.
/// </remarks>
internal sealed class EnvelopeCipher(MasterKeys masterKeys)
{
    /// <summary>What sealed texts begin with; the key's id and a colon follow.</summary>
    public const string Prefix = "enc:v1:";

    private const int KeyLength = 32;
    private const int NonceLength = 12;
    private const int TagLength = 16;
    private const int WrappedKeyLength = NonceLength + KeyLength + TagLength;

    public static bool IsSealed(string text) => text.StartsWith(Prefix, StringComparison.Ordinal);

    /// <summary>Sealed, but with a key that is not held.</summary>
    public bool IsSealedByAnother(string text) => IsSealed(text) && masterKeys.Find(KeyOf(text)) is null;

    /// <param name="belongsTo">What the text belongs to; the same has to be said to open it.</param>
    /// <exception cref="GatewayException">The active master key is not held.</exception>
    public string Seal(string text, string belongsTo)
    {
        var masterKey = masterKeys.NeedActive();
        var boundTo = Encoding.UTF8.GetBytes(belongsTo);
        var dataKey = RandomNumberGenerator.GetBytes(KeyLength);
        var plain = Encoding.UTF8.GetBytes(text);
        try
        {
            var wrapped = Encrypt(masterKey.Bytes, dataKey, boundTo);
            var body = Encrypt(dataKey, plain, boundTo);
            return $"{Prefix}{masterKey.Id}:{Convert.ToBase64String([.. wrapped, .. body])}";
        }
        finally
        {
            CryptographicOperations.ZeroMemory(dataKey);
            CryptographicOperations.ZeroMemory(plain);
        }
    }

    /// <exception cref="GatewayException">Sealed with another key, belongs to something else, or is damaged; the message goes on from "they".</exception>
    public string Open(string sealedText, string belongsTo) => Unwrap(sealedText, belongsTo, static (dataKey, body, boundTo) =>
    {
        var plain = Decrypt(dataKey, body, boundTo);
        try
        {
            return Encoding.UTF8.GetString(plain);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(plain);
        }
    });

    /// <summary>The same text under the active master key: its data key is wrapped anew, its body stays, byte for byte.</summary>
    /// <returns>Null: it is under that key already, or that key is not held.</returns>
    /// <inheritdoc cref="Open"/>
    public string? Rewrap(string sealedText, string belongsTo) => masterKeys.Active is not { } active || KeyOf(sealedText) == active.Id
        ? null
        : Unwrap(sealedText, belongsTo, (dataKey, body, boundTo) =>
        {
            CryptographicOperations.ZeroMemory(Decrypt(dataKey, body, boundTo));   // what cannot be opened does not move on
            return $"{Prefix}{active.Id}:{Convert.ToBase64String([.. Encrypt(active.Bytes, dataKey, boundTo), .. body])}";
        });

    private string Unwrap(string sealedText, string belongsTo, Unwrapped use)
    {
        if (sealedText.Split(':') is not ["enc", "v1", var keyId, var base64])
            throw Unreadable("they are not in a form this version knows");

        var masterKey = masterKeys.Find(keyId)
            ?? throw Unreadable($"they were encrypted with the master key {keyId}, and this gateway has {string.Join(", ", masterKeys.Ids)}");

        var boundTo = Encoding.UTF8.GetBytes(belongsTo);
        byte[]? dataKey = null;
        try
        {
            var bytes = Convert.FromBase64String(base64);
            if (bytes.Length < WrappedKeyLength + NonceLength + TagLength)
                throw Unreadable("they are cut short");

            dataKey = Decrypt(masterKey.Bytes, bytes.AsSpan(0, WrappedKeyLength), boundTo);
            return use(dataKey, bytes.AsSpan(WrappedKeyLength), boundTo);
        }
        catch (Exception damaged) when (damaged is CryptographicException or FormatException)
        {
            throw Unreadable("they belong to another provider, provider type or base URL, or are damaged; enter them again", damaged);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(dataKey);
        }
    }

    private delegate string Unwrapped(ReadOnlySpan<byte> dataKey, ReadOnlySpan<byte> body, byte[] boundTo);

    // Of something sealed; anything where it is not well-formed.
    private static string KeyOf(string sealedText) => sealedText.Split(':') is [_, _, var id, ..] ? id : "";

    private static byte[] Encrypt(ReadOnlySpan<byte> key, ReadOnlySpan<byte> plain, byte[] boundTo)
    {
        var result = new byte[NonceLength + plain.Length + TagLength];
        var nonce = result.AsSpan(0, NonceLength);
        RandomNumberGenerator.Fill(nonce);

        using var aes = new AesGcm(key, TagLength);
        aes.Encrypt(nonce, plain, result.AsSpan(NonceLength, plain.Length), result.AsSpan(NonceLength + plain.Length), boundTo);
        return result;
    }

    private static byte[] Decrypt(ReadOnlySpan<byte> key, ReadOnlySpan<byte> encrypted, byte[] boundTo)
    {
        var plain = new byte[encrypted.Length - NonceLength - TagLength];
        using var aes = new AesGcm(key, TagLength);
        aes.Decrypt(encrypted[..NonceLength], encrypted[NonceLength..^TagLength], encrypted[^TagLength..], plain, boundTo);
        return plain;
    }

    private static GatewayException Unreadable(string why, Exception? inner = null) =>
        new(new GatewayError(GatewayErrorKind.Conflict, "credentials_unreadable", $"the stored credentials cannot be read: {why}"), inner);
}
