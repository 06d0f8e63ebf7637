using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace CleanGateway.IntegrationTests.Fixtures;

/// <summary>
/// AWS Signature Version 4 as a server checks it, worked out from what arrived (Amazon S3 API Reference, "Signature
/// Calculations for the Authorization Header"): nothing of it comes from the client library. Other services than S3 sign
/// the path as it stands on the wire, encoded once more.
/// </summary>
internal static class S3Signature
{
    public const string Algorithm = "AWS4-HMAC-SHA256";

    /// <param name="path">Decoded; with other services than S3 as it stands on the wire.</param>
    /// <param name="query">Names and values, decoded.</param>
    /// <param name="headers">Those that are signed, by name in lower case.</param>
    /// <param name="date">As in <c>x-amz-date</c>.</param>
    /// <returns>Lower-case hex.</returns>
    public static string Of(
        string method, string path, IEnumerable<(string Name, string Value)> query, IReadOnlyDictionary<string, string> headers, string payloadHash,
        string date, string region, string secret, string service = "s3")
    {
        var names = headers.Keys.Order(StringComparer.Ordinal).ToList();
        var canonical = string.Join(
            '\n',
            [
                method,
                string.Join('/', path.Split('/').Select(Uri.EscapeDataString)),
                string.Join('&', query.Select(pair => $"{Uri.EscapeDataString(pair.Name)}={Uri.EscapeDataString(pair.Value)}").Order(StringComparer.Ordinal)),
                .. names.Select(name => $"{name}:{Trimmed(headers[name])}"),
                "",
                string.Join(';', names),
                payloadHash,
            ]);
        var day = date[..8];
        var scope = $"{day}/{region}/{service}/aws4_request";
        var toSign = $"{Algorithm}\n{date}\n{scope}\n{Hex(SHA256.HashData(Encoding.UTF8.GetBytes(canonical)))}";
        var key = new[] { day, region, service, "aws4_request" }.Aggregate(Encoding.UTF8.GetBytes("AWS4" + secret), Hmac);
        return Hex(Hmac(key, toSign));
    }

    /// <summary>What <c>Authorization</c> says; null if it is not of this kind.</summary>
    public static (string Id, string Scope, string[] SignedHeaders, string Signature)? Parse(string authorization)
    {
        if (!authorization.StartsWith(Algorithm + " ", StringComparison.Ordinal))
            return null;

        var parts = authorization[(Algorithm.Length + 1)..].Split(',', StringSplitOptions.TrimEntries).Select(part => part.Split('=', 2))
            .ToDictionary(part => part[0], part => part[1], StringComparer.Ordinal);
        var credential = parts["Credential"].Split('/', 2);
        return (credential[0], credential[1], parts["SignedHeaders"].Split(';'), parts["Signature"]);
    }

    public static DateTimeOffset DateOf(string date) =>
        DateTimeOffset.ParseExact(date, "yyyyMMdd'T'HHmmss'Z'", CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal);

    public static string Hex(byte[] bytes) => Convert.ToHexStringLower(bytes);

    private static byte[] Hmac(byte[] key, string text) => HMACSHA256.HashData(key, Encoding.UTF8.GetBytes(text));

    private static string Trimmed(string value) => string.Join(' ', value.Split(' ', StringSplitOptions.RemoveEmptyEntries));
}
