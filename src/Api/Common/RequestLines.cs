using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using CleanGateway.Domain.Common;
using CleanGateway.Domain.RequestLogs;

namespace CleanGateway.Api.Common;

/// <summary>What the log keeps of a request's first line and headers: names from a list, so that no credential can be among them.</summary>
internal static class RequestLines
{
    private static readonly string[] KeptHeaders =
    [
        "Accept", "Content-Type", "Content-Length", "User-Agent", "OpenAI-Beta", "anthropic-version", "anthropic-beta", "traceparent",
        "X-Stainless-Lang", "X-Stainless-Package-Version", "X-Stainless-OS", "X-Stainless-Runtime", "X-Stainless-Runtime-Version", "X-Stainless-Retry-Count",
    ];

    private static readonly string[] KeptQueryValues = ["api-version", "beta", "limit"];
    private static readonly JsonSerializerOptions Readable = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static RequestLine Of(HttpContext http, RequestIdentity identity)
    {
        var route = (http.GetEndpoint() as RouteEndpoint)?.RoutePattern.RawText ?? http.Request.Path.Value ?? "";
        return new RequestLine(route, http.Request.Method, Url(http.Request), Headers(http.Request), identity.ClientRequestId);
    }

    // People put keys into query strings, where the names alone say enough, and into paths.
    private static string Url(HttpRequest request)
    {
        if (!request.QueryString.HasValue)
            return Secret.Masked(request.Path);

        var url = new StringBuilder(Secret.Masked(request.Path));
        var separator = '?';
        foreach (var (name, value) in request.Query)
        {
            url.Append(separator).Append(UrlEncoder.Default.Encode(name)).Append('=');
            url.Append(KeptQueryValues.Contains(name, StringComparer.OrdinalIgnoreCase) ? UrlEncoder.Default.Encode(value.ToString()) : "***");
            separator = '&';
        }

        return url.ToString();
    }

    private static string Headers(HttpRequest request)
    {
        var kept = new Dictionary<string, string>(KeptHeaders.Length);
        foreach (var name in KeptHeaders)
        {
            if (request.Headers.TryGetValue(name, out var value))
                kept[name.ToLowerInvariant()] = value.ToString();
        }

        return JsonSerializer.Serialize(kept, Readable);
    }
}
