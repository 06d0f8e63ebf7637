using CleanGateway.Api.Auth;
using CleanGateway.Api.Common;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.OpenApi;

namespace CleanGateway.Api.OpenApi;

/// <summary>
/// The description of the whole API, made from the endpoints as they are: <c>/openapi/v1.json</c> (OpenAPI 3.1), and
/// <c>/docs/</c>, the same to read and to try in a browser. Both on the admin listener.
/// </summary>
internal static class ApiDescription
{
    public const string Name = "v1";

    private const string Page = "/docs";

    // The page is made of scripts and styles of the gateway's own; the library behind it sets styles on elements.
    private const string PagePolicy = "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; "
        + "connect-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'";

    public static IServiceCollection AddApiDescription(this IServiceCollection services) => services.AddOpenApi(Name, options =>
    {
        options.OpenApiVersion = OpenApiSpecVersion.OpenApi3_1;
        options.AddDocumentTransformer((document, _, _) =>
        {
            document.Info = new OpenApiInfo
            {
                Title = "CleanGateway",
                Version = typeof(ApiDescription).Assembly.GetName().Version!.ToString(3),
                Description = "One OpenAI-compatible API in front of every model provider. The bodies under /v1 are those of OpenAI's and "
                    + "Anthropic's own APIs, which describe them. Errors under /admin are problem details (RFC 9457).",
            };
            document.Servers = [];   // whoever reads this knows which one they asked
            document.Components ??= new OpenApiComponents();
            document.Components.SecuritySchemes = new Dictionary<string, IOpenApiSecurityScheme>
            {
                [Access.ClientKey] = Bearer("An API key, gw_…"),
                [Access.AdminToken] = Bearer("An admin token, gwa_…"),
            };
            return Task.CompletedTask;
        });
        options.AddOperationTransformer(OperationDetails.TransformAsync);
        options.CreateSchemaReferenceId = MemberSchemas.NameOf;
        options.AddSchemaTransformer(MemberSchemas.TransformAsync);
    });

    public static void MapApiDescription(this IEndpointRouteBuilder routes) =>
        routes.MapOpenApi("/openapi/{documentName}.json").NeedsNothing().WithMetadata(new AdminListenerMetadata())
            .WithSummary("This description.").WithTags("Description");

    /// <summary>Before routing: the page's files are no endpoints.</summary>
    public static void UseApiPage(this WebApplication app) => app.MapWhen(IsPage, page =>
    {
        page.Use((http, next) =>
        {
            http.Response.Headers.ContentSecurityPolicy = PagePolicy;
            http.Response.Headers.XContentTypeOptions = "nosniff";
            return next(http);
        });
        page.UseSwaggerUI(ui =>
        {
            ui.RoutePrefix = Page.TrimStart('/');
            ui.SwaggerEndpoint($"../openapi/{Name}.json", Name);
            ui.DocumentTitle = "CleanGateway";
        });
    });

    private static bool IsPage(HttpContext http) => http.Request.Path.StartsWithSegments(Page)
        && http.RequestServices.GetRequiredService<AdminListener>().Port == http.Features.GetRequiredFeature<IHttpConnectionFeature>().LocalPort;

    private static OpenApiSecurityScheme Bearer(string description) =>
        new() { Type = SecuritySchemeType.Http, Scheme = "bearer", Description = description };
}
