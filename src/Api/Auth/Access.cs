using CleanGateway.Domain.AdminTokens;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authorization;

namespace CleanGateway.Api.Auth;

/// <summary>What an endpoint needs. One that says nothing is closed to everyone.</summary>
internal static class Access
{
    public const string ClientKey = "client-key";
    public const string AdminToken = "admin-token";

    /// <summary>The claim that holds the name of an admin token's role.</summary>
    public const string RoleClaim = "role";

    public static IServiceCollection AddAccess(this IServiceCollection services)
    {
        // The core only: the whole of it would keep cookie keys in the user's home. No scheme is the default one, so a
        // request is looked at only by the scheme its endpoint names.
        services.AddAuthenticationCore().AddWebEncoders().AddSingleton<FailedLogins>();
        new AuthenticationBuilder(services)
            .AddScheme<AuthenticationSchemeOptions, ClientKeyAuthentication>(ClientKey, configureOptions: null)
            .AddScheme<AuthenticationSchemeOptions, AdminTokenAuthentication>(AdminToken, configureOptions: null);

        var nobody = new AuthorizationPolicyBuilder(ClientKey).RequireAssertion(static _ => false).Build();
        var authorization = services.AddAuthorizationBuilder()
            .SetDefaultPolicy(nobody)
            .SetFallbackPolicy(nobody)
            .AddPolicy(ClientKey, policy => policy.AddAuthenticationSchemes(ClientKey).RequireAuthenticatedUser());
        foreach (var role in Enum.GetValues<AdminRole>())
        {
            authorization.AddPolicy(PolicyOf(role), policy => policy.AddAuthenticationSchemes(AdminToken).RequireAuthenticatedUser()
                .RequireAssertion(context => AdminRoles.TryParse(context.User.FindFirst(RoleClaim)?.Value, out var held) && held >= role));
        }

        return services;
    }

    public static TBuilder NeedsClientKey<TBuilder>(this TBuilder endpoint) where TBuilder : IEndpointConventionBuilder =>
        endpoint.RequireAuthorization(ClientKey);

    /// <summary>An admin token of this role, or one that may do more.</summary>
    public static TBuilder NeedsRole<TBuilder>(this TBuilder endpoint, AdminRole role) where TBuilder : IEndpointConventionBuilder =>
        endpoint.RequireAuthorization(PolicyOf(role)).WithMetadata(new NeededRole(role));

    public static TBuilder NeedsNothing<TBuilder>(this TBuilder endpoint) where TBuilder : IEndpointConventionBuilder => endpoint.AllowAnonymous();

    private static string PolicyOf(AdminRole role) => $"{AdminToken}:{role.Name()}";
}

/// <summary>What <see cref="Access.NeedsRole{TBuilder}"/> asked for, to be told to those who have less.</summary>
internal sealed record NeededRole(AdminRole Role);
