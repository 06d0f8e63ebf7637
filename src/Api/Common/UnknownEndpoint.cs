using CleanGateway.Domain.Common;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Routing.Template;

namespace CleanGateway.Api.Common;

/// <summary>What answers where nothing else does.</summary>
internal static class UnknownEndpoint
{
    /// <summary>Says no more than that there is nothing.</summary>
    public static Endpoint Public { get; } = new(
        http => http.Response.WriteErrorAsync(NotFound(http)), new EndpointMetadataCollection(new AllowAnonymousAttribute()), "unknown");

    /// <summary>404; 405 where the path has an endpoint for another method; 415 where for another type of body.</summary>
    public static GatewayError ErrorFor(HttpContext http, IEnumerable<Endpoint> endpoints)
    {
        var methods = endpoints.OfType<RouteEndpoint>()
            .Where(endpoint => endpoint.Metadata.GetMetadata<HttpMethodMetadata>() is not null && Matches(endpoint, http.Request.Path))
            .SelectMany(endpoint => endpoint.Metadata.GetRequiredMetadata<HttpMethodMetadata>().HttpMethods)
            .Distinct()
            .ToList();
        if (methods.Count == 0)
            return NotFound(http);

        if (methods.Contains(http.Request.Method))
        {
            // Routing has passed it by for what it takes, and gives no other reason.
            var type = http.Request.ContentType is { Length: > 0 } given ? $"'{StorableText.Safe(given)}'" : "missing";
            return new GatewayError(
                GatewayErrorKind.UnsupportedMediaType, "unsupported_media_type", $"The content type is {type}: expected application/json.");
        }

        http.Response.Headers.Allow = string.Join(", ", methods);
        return new GatewayError(
            GatewayErrorKind.MethodNotAllowed, "method_not_allowed", $"{http.Request.Method} is not allowed here: expected {string.Join(" or ", methods)}.");
    }

    private static GatewayError NotFound(HttpContext http) =>
        new(GatewayErrorKind.NotFound, "unknown_url", $"There is nothing at {http.Request.Method} {http.Request.Path}.");

    private static bool Matches(RouteEndpoint endpoint, PathString path) =>
        new TemplateMatcher(new RouteTemplate(endpoint.RoutePattern), []).TryMatch(path, []);
}
