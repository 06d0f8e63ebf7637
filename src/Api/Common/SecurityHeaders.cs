namespace CleanGateway.Api.Common;

/// <summary>
/// Tells browsers to make nothing of an answer but what it is, and everyone to keep none (OWASP REST Security Cheat
/// Sheet). There are no CORS headers: no page of another origin has any business here.
/// </summary>
internal static class SecurityHeaders
{
    private const string NothingAtAll = "default-src 'none'; frame-ancestors 'none'";

    public static void Add(HttpContext http)
    {
        var headers = http.Response.Headers;
        headers.XContentTypeOptions = "nosniff";
        headers.ContentSecurityPolicy = http.GetEndpoint()?.Metadata.GetMetadata<OwnContentSecurityPolicy>()?.Policy ?? NothingAtAll;
        if (headers.CacheControl.Count == 0)
            headers.CacheControl = "no-store";
    }
}

/// <summary>What the pages of an endpoint may load, where they are pages at all.</summary>
/// <param name="Policy">The whole value of the header <c>Content-Security-Policy</c>.</param>
internal sealed record OwnContentSecurityPolicy(string Policy);
