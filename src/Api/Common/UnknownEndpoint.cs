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

    /// <summary>404; 405 where the path has an endpoint for another method.</summary>
    public static GatewayError ErrorFor(HttpContext http, IEnumerable<Endpoint> endpoints)
    {
        var methods = endpoints.OfType<RouteEndpoint>()
            .Where(endpoint => endpoint.Metadata.GetMetadata<HttpMethodMetadata>() is not null && Matches(endpoint, http.Request.Path))
            .SelectMany(endpoint => endpoint.Metadata.GetRequiredMetadata<HttpMethodMetadata>().HttpMethods)
            .Distinct()
            .ToList();
        if (methods.Count == 0)
            return NotFound(http);

        // The path is of that form, but for what stands in it: an id that is none.
        if (methods.Contains(http.Request.Method))
            return NotFound(http);

        http.Response.Headers.Allow = string.Join(", ", methods);
        return new GatewayError(
            GatewayErrorKind.MethodNotAllowed, "method_not_allowed", $"{http.Request.Method} is not allowed here: expected {string.Join(" or ", methods)}.");
    }

    private static GatewayError NotFound(HttpContext http) =>
        new(GatewayErrorKind.NotFound, "unknown_url", $"There is nothing at {http.Request.Method} {Secret.Masked(http.Request.Path)}.");

    private static bool Matches(RouteEndpoint endpoint, PathString path) =>
        new TemplateMatcher(new RouteTemplate(endpoint.RoutePattern), []).TryMatch(path, []);
}
