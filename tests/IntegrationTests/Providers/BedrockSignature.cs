using System.Security.Cryptography;
using CleanGateway.IntegrationTests.Fixtures;

namespace CleanGateway.IntegrationTests.Providers;

/// <summary>Checks who asks Bedrock: by a signature worked out anew from what arrived.</summary>
internal static class BedrockSignature
{
    private const string Service = "bedrock";
    private static readonly TimeSpan LargestSkew = TimeSpan.FromMinutes(5);

    public static void Check(UpstreamRequest request, string id, string secret, string region, string? token, DateTimeOffset now)
    {
        if (!request.Headers.TryGetValue("Authorization", out var authorization))
            Refuse("MissingAuthenticationTokenException", "Missing Authentication Token");
        if (S3Signature.Parse(authorization!) is not var (givenId, scope, signed, signature)
            || !request.Headers.TryGetValue("x-amz-date", out var date))
        {
            Refuse("IncompleteSignatureException", "Authorization header requires 'Credential', 'SignedHeaders' and 'Signature', and a date");
            return;
        }

        var mustBeSigned = request.Headers.Keys.Select(name => name.ToLowerInvariant())
            .Where(name => name.StartsWith("x-amz-", StringComparison.Ordinal)).Append("host");
        if (givenId != id)
            Refuse("UnrecognizedClientException", "The security token included in the request is invalid.");
        if (scope != $"{date[..8]}/{region}/{Service}/aws4_request")
            Refuse("InvalidSignatureException", "Credential should be scoped to a valid region and to the correct service: 'bedrock'.");
        if (mustBeSigned.Except(signed).Any())
            Refuse("InvalidSignatureException", "'Host' and every 'x-amz-' header must be a 'SignedHeader' in the AWS Authorization.");
        if ((now - S3Signature.DateOf(date)).Duration() > LargestSkew)
            Refuse("InvalidSignatureException", $"Signature expired: {date} is now too far from {now:yyyyMMdd'T'HHmmss'Z'}");
        if (request.Headers.GetValueOrDefault("x-amz-security-token") != token)
            Refuse("UnrecognizedClientException", "The security token included in the request is invalid.");

        var payload = S3Signature.Hex(SHA256.HashData(request.Bytes.Span));
        var claimed = request.Headers.GetValueOrDefault("x-amz-content-sha256");
        if (claimed is not null && claimed != payload)
            Refuse("InvalidSignatureException", "The provided 'x-amz-content-sha256' header does not match what was computed.");
        if (signed.Any(name => !request.Headers.ContainsKey(name)) || Sign(request, signed, payload, date, region, secret) != signature)
            Refuse(
                "InvalidSignatureException",
                "The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing "
                + "method. Consult the service documentation for details.");
    }

    /// <summary>The right signature of what arrived.</summary>
    public static string Sign(UpstreamRequest request, string[] signed, string payloadHash, string date, string region, string secret)
    {
        var path = request.Path.Split('?');
        var query = path.Length == 1
            ? []
            : path[1].Split('&').Select(pair => pair.Split('=', 2))
                .Select(pair => (Uri.UnescapeDataString(pair[0]), Uri.UnescapeDataString(pair.ElementAtOrDefault(1) ?? "")));
        var headers = signed.ToDictionary(name => name, name => request.Headers[name], StringComparer.Ordinal);
        return S3Signature.Of(request.Method, path[0], query, headers, payloadHash, date, region, secret, Service);
    }

    private static void Refuse(string type, string message) => throw new WireRefusal(403, message, type);
}
