namespace CleanGateway.Api.Common;

/// <summary>Endpoints of the admin API.</summary>
internal static class AdminRoutes
{
    /// <param name="name">The first part of the path after <c>/admin/</c>.</param>
    /// <param name="tag">The heading under which the API's description has them.</param>
    public static RouteGroupBuilder MapAdmin(this IEndpointRouteBuilder routes, string name, string tag) =>
        routes.MapGroup($"/admin/{name}").WithMetadata(new AdminListenerMetadata()).WithTags(tag);

    /// <summary>The body is JSON of this form; the endpoint reads it by <see cref="AdminBody"/>.</summary>
    public static RouteHandlerBuilder Takes<TBody>(this RouteHandlerBuilder endpoint) where TBody : notnull =>
        endpoint.WithMetadata(new TakenBody(typeof(TBody), "application/json"));
}

/// <summary>
/// What an endpoint reads, for the API's description. Not the framework's own metadata: routing would go by it, and pass
/// an endpoint by without a word where the body is of another type.
/// </summary>
internal sealed record TakenBody(Type Type, string ContentType);
