namespace CleanGateway.Api.Common;

/// <summary>
/// Tells browsers to make nothing of an answer but what it is, and everyone to keep none (OWASP REST Security Cheat
/// Sheet). There are no CORS headers: no page of another origin has any business here.
/// </summary>
internal static class SecurityHeaders
{
    private const string NothingAtAll = "default-src 'none'; frame-ancestors 'none'";

    /// <summary>To be done last: what is a page for browsers has said already what it may load.</summary>
    public static void Add(HttpContext http)
    {
        var headers = http.Response.Headers;
        headers.XContentTypeOptions = "nosniff";
        if (headers.ContentSecurityPolicy.Count == 0)
            headers.ContentSecurityPolicy = NothingAtAll;
        if (headers.CacheControl.Count == 0)
            headers.CacheControl = "no-store";
    }
}
