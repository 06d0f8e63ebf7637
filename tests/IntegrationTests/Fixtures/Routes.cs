using System.Text.RegularExpressions;
using CleanGateway.Api.Auth;
using CleanGateway.Api.Common;
using CleanGateway.Domain.AdminTokens;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace CleanGateway.IntegrationTests.Fixtures;

/// <summary>Every method and path that the gateway answers, as its own table of endpoints has them.</summary>
internal sealed partial record Route(string Method, string Pattern, bool IsAdmin, AdminRole? Role, bool NeedsClientKey)
{
    public static IReadOnlyList<Route> All(GatewayFixture gateway) =>
    [
        .. gateway.Services.GetRequiredService<EndpointDataSource>().Endpoints.OfType<RouteEndpoint>()
            .SelectMany(endpoint => (endpoint.Metadata.GetMetadata<HttpMethodMetadata>()?.HttpMethods ?? ["GET"]).Select(method => new Route(
                method, endpoint.RoutePattern.RawText!.TrimEnd('/'),
                endpoint.Metadata.GetMetadata<AdminListenerMetadata>() is not null,
                endpoint.Metadata.GetMetadata<NeededRole>()?.Role,
                endpoint.Metadata.GetOrderedMetadata<IAuthorizeData>().Any(data => data.Policy == Access.ClientKey)))),
    ];

    /// <summary>A path that matches, about nothing that is there.</summary>
    public string Path => Parameter().Replace(Pattern, match => match.Value.Contains(":guid", StringComparison.Ordinal)
        ? "00000000-0000-4000-8000-0000000000ff"
        : match.Value == "{documentName}" ? "v1" : "nothing");

    public override string ToString() => $"{Method} {Pattern}";

    [GeneratedRegex(@"\{[^}]+\}")]
    private static partial Regex Parameter();
}
