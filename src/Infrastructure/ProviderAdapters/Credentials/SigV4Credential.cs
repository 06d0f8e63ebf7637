using System.Globalization;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text;

namespace CleanGateway.Infrastructure.ProviderAdapters.Credentials;

/// <summary>
/// AWS Signature Version 4 in the <c>Authorization</c> header (IAM User Guide, "Create a signed AWS API request"): the
/// secret key never travels, and nothing of the request can be changed on its way.
/// </summary>
/// <param name="region">The region that answers, for example <c>eu-central-1</c>.</param>
internal sealed class SigV4Credential(IAwsKeySource keys, string region, TimeProvider clock) : IRefreshableCredential
{
    // Of the runtime's service model: not the name of its hosts.
    private const string Service = "bedrock";
    private const string Algorithm = "AWS4-HMAC-SHA256";
    private const string Terminator = "aws4_request";
    private const string SessionTokenHeader = "x-amz-security-token";

    public async ValueTask ApplyAsync(HttpRequestMessage request, ReadOnlyMemory<byte> body, CancellationToken cancellationToken)
    {
        var key = await keys.GetAsync(cancellationToken);
        Sign(request, body.Span, key, clock.GetUtcNow());
    }

    public void Forget(HttpRequestMessage refused)
    {
        if (refused.Headers.TryGetValues(SessionTokenHeader, out var tokens))
            keys.Forget(tokens.First());
    }

    private void Sign(HttpRequestMessage request, ReadOnlySpan<byte> body, UpstreamIdentity.AwsKeys key, DateTimeOffset now)
    {
        var time = now.UtcDateTime.ToString("yyyyMMdd'T'HHmmss'Z'", CultureInfo.InvariantCulture);
        var day = time[..8];
        var payloadHash = Hex(SHA256.HashData(body));

        Set(request, "x-amz-date", time);
        Set(request, "x-amz-content-sha256", payloadHash);
        Set(request, SessionTokenHeader, key.SessionToken);

        var (names, headers) = CanonicalHeaders(request, time, payloadHash, key.SessionToken);
        var uri = request.RequestUri!;
        var canonical = $"{request.Method.Method}\n{CanonicalPath(uri)}\n{CanonicalQuery(uri)}\n{headers}\n{names}\n{payloadHash}";
        var scope = $"{day}/{region}/{Service}/{Terminator}";
        var toSign = $"{Algorithm}\n{time}\n{scope}\n{Hex(SHA256.HashData(Encoding.UTF8.GetBytes(canonical)))}";
        var signature = Hex(Hmac(SigningKey(key.SecretAccessKey, day), toSign));

        request.Headers.Authorization = new AuthenticationHeaderValue(
            Algorithm, $"Credential={key.AccessKeyId}/{scope}, SignedHeaders={names}, Signature={signature}");
    }

    private static void Set(HttpRequestMessage request, string name, string? value)
    {
        request.Headers.Remove(name);
        if (value is not null)
            request.Headers.Add(name, value);
    }

    // In the order of their names, as the signature wants them.
    private static (string Names, string Lines) CanonicalHeaders(HttpRequestMessage request, string time, string payloadHash, string? token)
    {
        var names = new StringBuilder();
        var lines = new StringBuilder();
        Add("content-type", request.Content?.Headers.ContentType?.ToString());
        Add("host", request.Headers.Host ?? request.RequestUri!.Authority);
        Add("x-amz-content-sha256", payloadHash);
        Add("x-amz-date", time);
        Add(SessionTokenHeader, token);
        return (names.ToString(), lines.ToString());

        void Add(string name, string? value)
        {
            if (value is null)
                return;

            names.Append(names.Length > 0 ? ";" : "").Append(name);
            lines.Append(name).Append(':').Append(value.Trim()).Append('\n');
        }
    }

    // The path is encoded as it is sent, and encoded once more to be signed: so do all services but S3.
    private static string CanonicalPath(Uri uri) => string.Join('/', uri.AbsolutePath.Split('/').Select(Uri.EscapeDataString));

    private static string CanonicalQuery(Uri uri) => string.Join('&', uri.Query.TrimStart('?')
        .Split('&', StringSplitOptions.RemoveEmptyEntries)
        .Select(pair => pair.Split('=', 2))
        .Select(pair => (Name: Recoded(pair[0]), Value: pair.Length > 1 ? Recoded(pair[1]) : ""))
        .OrderBy(pair => pair.Name, StringComparer.Ordinal).ThenBy(pair => pair.Value, StringComparer.Ordinal)
        .Select(pair => $"{pair.Name}={pair.Value}"));

    private static string Recoded(string text) => Uri.EscapeDataString(Uri.UnescapeDataString(text));

    private byte[] SigningKey(string secret, string day)
    {
        var key = Encoding.UTF8.GetBytes("AWS4" + secret);
        foreach (var part in new[] { day, region, Service, Terminator })
            key = Hmac(key, part);

        return key;
    }

    private static byte[] Hmac(byte[] key, string text) => HMACSHA256.HashData(key, Encoding.UTF8.GetBytes(text));

    private static string Hex(byte[] bytes) => Convert.ToHexStringLower(bytes);
}
