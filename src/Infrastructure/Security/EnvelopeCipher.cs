using System.Security.Cryptography;
using System.Text;
using CleanGateway.Domain.Common;

namespace CleanGateway.Infrastructure.Security;

/// <summary>
/// Envelope encryption with AES-256-GCM: each text has a data key of its own, wrapped by the master key. Both layers are
/// bound to what the text belongs to, so that it does not open anywhere else.
/// </summary>
/// <remarks>
/// <c>enc:v1:{master key id}:{base64}</c>, the base64 being nonce, wrapped data key, tag, nonce, ciphertext, tag.
/// Nonces are 96 random bits (NIST SP 800-38D, 8.2.2), and every data key is used once.
/// </remarks>
internal sealed class EnvelopeCipher(MasterKey masterKey)
{
    private const string Prefix = "enc:v1:";
    private const int KeyLength = 32;
    private const int NonceLength = 12;
    private const int TagLength = 16;
    private const int WrappedKeyLength = NonceLength + KeyLength + TagLength;

    public static bool IsSealed(string text) => text.StartsWith(Prefix, StringComparison.Ordinal);

    public bool IsSealedByAnother(string text) => IsSealed(text) && !text.StartsWith($"{Prefix}{masterKey.Id}:", StringComparison.Ordinal);

    /// <param name="belongsTo">What the text belongs to; the same has to be said to open it.</param>
    public string Seal(string text, string belongsTo)
    {
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
    public string Open(string sealedText, string belongsTo)
    {
        if (sealedText.Split(':') is not ["enc", "v1", var keyId, var base64])
            throw Unreadable("they are not in a form this version knows");

        if (keyId != masterKey.Id)
            throw Unreadable($"they were encrypted with the master key {keyId}, and this gateway has {masterKey.Id}");

        var boundTo = Encoding.UTF8.GetBytes(belongsTo);
        byte[]? dataKey = null;
        byte[]? plain = null;
        try
        {
            var bytes = Convert.FromBase64String(base64);
            if (bytes.Length < WrappedKeyLength + NonceLength + TagLength)
                throw Unreadable("they are cut short");

            dataKey = Decrypt(masterKey.Bytes, bytes.AsSpan(0, WrappedKeyLength), boundTo);
            plain = Decrypt(dataKey, bytes.AsSpan(WrappedKeyLength), boundTo);
            return Encoding.UTF8.GetString(plain);
        }
        catch (Exception damaged) when (damaged is CryptographicException or FormatException)
        {
            throw Unreadable("they belong to another provider, provider type or base URL, or are damaged; enter them again", damaged);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(dataKey);
            CryptographicOperations.ZeroMemory(plain);
        }
    }

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
