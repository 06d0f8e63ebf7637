using System.Globalization;
using CleanGateway.Api.Inference;
using CleanGateway.Application.Common;
using CleanGateway.Domain.Common;

namespace CleanGateway.Api.Common;

/// <summary>Writes a <see cref="GatewayError"/> as the answer, with the headers that tell clients whether to try again.</summary>
internal static class ErrorResponses
{
    private static readonly TimeSpan UsualWait = TimeSpan.FromSeconds(1);

    public static async Task WriteErrorAsync(this HttpResponse response, GatewayError error)
    {
        response.StatusCode = ErrorBody.StatusOf(error, response.HttpContext.ApiFormat());
        var isProblem = ProblemResponses.AreFor(response.HttpContext.Request);
        response.ContentType = isProblem ? ProblemResponses.ContentType : "application/json";
        AddRetryHeaders(response, error);
        if (error.Kind == GatewayErrorKind.Unauthenticated)
            response.Headers.WWWAuthenticate = "Bearer";

        var http = response.HttpContext;
        var body = isProblem ? ProblemResponses.Write(error) : ErrorBody.Write(error, http.ApiFormat(), http.Features.Get<RequestIdentity>()?.Id.Value);
        response.ContentLength = body.Length;
        await response.Body.WriteAsync(body, response.HttpContext.RequestAborted);
    }

    private static void AddRetryHeaders(HttpResponse response, GatewayError error)
    {
        // Without a word on it, clients try these again, or give up at once; both are wrong.
        if (response.StatusCode is 400 or 401 or 402 || error.Kind == GatewayErrorKind.QuotaExhausted)
            response.Headers["x-should-retry"] = "false";

        var wait = error.RetryAfter ?? (response.StatusCode == StatusCodes.Status429TooManyRequests ? UsualWait : null);
        if (wait is not { } time)
            return;

        response.Headers.RetryAfter = Math.Ceiling(time.TotalSeconds).ToString("0", CultureInfo.InvariantCulture);
        response.Headers["retry-after-ms"] = Math.Ceiling(time.TotalMilliseconds).ToString("0", CultureInfo.InvariantCulture);
    }
}
