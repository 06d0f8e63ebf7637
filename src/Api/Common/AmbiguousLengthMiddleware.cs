using CleanGateway.Domain.Common;

namespace CleanGateway.Api.Common;

/// <summary>
/// Refuses a request that gives its length in two ways: a proxy in front of the gateway may have believed the other
/// one, and taken the rest for a request of its own (RFC 9112, 6.3).
/// </summary>
internal sealed class AmbiguousLengthMiddleware(RequestDelegate next)
{
    // Where Kestrel puts the Content-Length of such a request.
    private const string MovedLength = "X-Content-Length";

    public Task InvokeAsync(HttpContext http)
    {
        var headers = http.Request.Headers;
        if (headers.TransferEncoding.Count == 0 || (headers.ContentLength is null && !headers.ContainsKey(MovedLength)))
            return next(http);

        http.Response.Headers.Connection = "close";
        return http.Response.WriteErrorAsync(GatewayError.Invalid("The request has both Content-Length and Transfer-Encoding."));
    }
}
