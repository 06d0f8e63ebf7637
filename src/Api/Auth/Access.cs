using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authorization;

namespace CleanGateway.Api.Auth;

/// <summary>What an endpoint needs. One that says nothing is closed to everyone.</summary>
internal static class Access
{
    public const string ClientKey = "client-key";
    public const string AdminToken = "admin-token";

    public static IServiceCollection AddAccess(this IServiceCollection services)
    {
        // The core only: the whole of it would keep cookie keys in the user's home. No scheme is the default one, so a
        // request is looked at only by the scheme its endpoint names.
        services.AddAuthenticationCore().AddWebEncoders();
        new AuthenticationBuilder(services)
            .AddScheme<AuthenticationSchemeOptions, ClientKeyAuthentication>(ClientKey, configureOptions: null)
            .AddScheme<AuthenticationSchemeOptions, AdminTokenAuthentication>(AdminToken, configureOptions: null);

        var nobody = new AuthorizationPolicyBuilder(ClientKey).RequireAssertion(static _ => false).Build();
        services.AddAuthorizationBuilder()
            .SetDefaultPolicy(nobody)
            .SetFallbackPolicy(nobody)
            .AddPolicy(ClientKey, policy => policy.AddAuthenticationSchemes(ClientKey).RequireAuthenticatedUser())
            .AddPolicy(AdminToken, policy => policy.AddAuthenticationSchemes(AdminToken).RequireAuthenticatedUser());
        return services;
    }

    public static TBuilder NeedsClientKey<TBuilder>(this TBuilder endpoint) where TBuilder : IEndpointConventionBuilder =>
        endpoint.RequireAuthorization(ClientKey);

    public static TBuilder NeedsAdminToken<TBuilder>(this TBuilder endpoint) where TBuilder : IEndpointConventionBuilder =>
        endpoint.RequireAuthorization(AdminToken);

    public static TBuilder NeedsNothing<TBuilder>(this TBuilder endpoint) where TBuilder : IEndpointConventionBuilder => endpoint.AllowAnonymous();
}
