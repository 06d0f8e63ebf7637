using System.Diagnostics;
using System.Globalization;
using CleanGateway.Api.Common;
using Microsoft.AspNetCore.Http.Features;

namespace CleanGateway.Api.Inference;

/// <summary>
/// Tells of a call of a model, on the web server's own span, what OpenTelemetry's conventions for HTTP servers ask for. Spans
/// that have not been told of here are not sent.
/// </summary>
/// <seealso href="https://opentelemetry.io/docs/specs/semconv/http/http-spans/"/>
internal sealed class CallTracing(RequestDelegate next)
{
    public Task InvokeAsync(HttpContext http) =>
        http.Features.Get<IHttpActivityFeature>()?.Activity is { IsAllDataRequested: true } span
        && http.GetEndpoint() is RouteEndpoint { RoutePattern.RawText: { } route } && http.AnswersCallsOfModels()
            ? TellAsync(http, span, route)
            : next(http);

    private async Task TellAsync(HttpContext http, Activity span, string route)
    {
        span.DisplayName = $"{http.Request.Method} {route}";
        span.SetTag("http.route", route);
        span.SetTag("http.request.method", http.Request.Method);
        span.SetTag("url.scheme", http.Request.Scheme);
        span.SetTag("network.protocol.version", "1.1");
        span.SetTag("cleangateway.request.id", http.Features.GetRequiredFeature<RequestIdentity>().Id.Value);
        try
        {
            await next(http);
            TellStatus(span, http.Response.StatusCode);
        }
        catch (Exception failure) when (TellFailure(span, failure))
        {
            throw;
        }
    }

    private static void TellStatus(Activity span, int status)
    {
        span.SetTag("http.response.status_code", status);
        if (status >= 500)
            span.SetStatus(ActivityStatusCode.Error);
        if (status >= 500 && span.GetTagItem("error.type") is null)
            span.SetTag("error.type", status.ToString(CultureInfo.InvariantCulture));
    }

    // Which answer becomes of it is decided further out. How a call ended that was recorded has been said.
    private static bool TellFailure(Activity span, Exception failure)
    {
        if (span.GetTagItem("error.type") is null)
            span.SetTag("error.type", failure.GetType().FullName).SetStatus(ActivityStatusCode.Error);
        return false;
    }
}
