using CleanGateway.Domain.Common;

namespace CleanGateway.Api.Common;

/// <summary>
/// Refuses a request whose end two readers could see in different places: a proxy in front of the gateway may have
/// believed the other one, and taken the rest for a request of its own (RFC 9112, 6.1 and 6.3).
/// </summary>
internal sealed class AmbiguousLengthMiddleware(RequestDelegate next)
{
    // Where Kestrel puts the Content-Length of a request that also has a Transfer-Encoding.
    private const string MovedLength = "X-Content-Length";

    public Task InvokeAsync(HttpContext http) => WhatIsWrong(http.Request) is { } wrong ? RefuseAsync(http, wrong) : next(http);

    private static string? WhatIsWrong(HttpRequest request)
    {
        var headers = request.Headers;
        if (headers.TransferEncoding.Count == 0)
            return null;

        if (headers.ContentLength is not null || headers.ContainsKey(MovedLength))
            return "The request has both Content-Length and Transfer-Encoding.";

        if (request.Protocol != HttpProtocol.Http11)
            return "The request has a Transfer-Encoding, which only HTTP/1.1 knows.";

        return headers.TransferEncoding is [{ } coding] && coding.Equals("chunked", StringComparison.OrdinalIgnoreCase)
            ? null
            : "The Transfer-Encoding is not known: expected chunked, or none.";
    }

    private static Task RefuseAsync(HttpContext http, string wrong)
    {
        http.Response.Headers.Connection = "close";
        return http.Response.WriteErrorAsync(GatewayError.Invalid(wrong));
    }
}
