using CleanGateway.Api.Auth;
using CleanGateway.Api.Common;
using CleanGateway.Application.Common;
using CleanGateway.Application.Providers;
using CleanGateway.Domain.AdminTokens;
using MediatR;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Http.HttpResults;

namespace CleanGateway.Api.Providers;

internal static class ProviderEndpoints
{
    public static void MapProviders(this IEndpointRouteBuilder routes)
    {
        var providers = routes.MapAdmin("providers", "Providers");
        providers.MapGet("", List).NeedsRole(AdminRole.Viewer).WithSummary("Providers, in order of their names.");
        providers.MapPost("", Create).NeedsRole(AdminRole.Admin).Takes<CreateProvider>().WithSummary("Makes a provider.");
        providers.MapGet("{id:guid}", Get).NeedsRole(AdminRole.Viewer).WithSummary("One provider.");
        providers.MapPatch("{id:guid}", Change).NeedsRole(AdminRole.Admin).Takes<ChangeProvider>().WithSummary("Changes a provider.");
        providers.MapDelete("{id:guid}", Delete).NeedsRole(AdminRole.Admin).WithSummary("Takes a provider away that no alias leads to.");
        providers.MapPut("{id:guid}/credentials", SetCredentials).NeedsRole(AdminRole.Admin).Takes<IReadOnlyDictionary<string, object>>()
            .WithSummary("Gives a provider credentials, the body, in the place of those it has. They are never shown.");
        providers.MapDelete("{id:guid}/credentials", DeleteCredentials).NeedsRole(AdminRole.Admin).WithSummary("Takes a provider's credentials away.");

        // Without a word of what it takes: routing would not find it for requests that have no body.
        providers.MapPost("{id:guid}/test", Test).NeedsRole(AdminRole.Admin)
            .WithSummary("Asks a provider something small and tells which sort of answer came.");
    }

    private static async Task<Ok<Page<ProviderItem>>> List(
        IMediator mediator, CancellationToken aborted, string? limit = null, string? cursor = null, string? name = null) =>
        TypedResults.Ok(await mediator.Send(new ListProviders(QueryValues.Page(limit, cursor), name), aborted));

    private static async Task<Ok<ProviderItem>> Get(Guid id, HttpContext http, IMediator mediator) =>
        http.Tagged(await mediator.Send(new GetProvider(id), http.RequestAborted));

    private static async Task<Created<ProviderItem>> Create(HttpContext http, IMediator mediator)
    {
        var provider = await mediator.Send(await AdminBody.ReadNewAsync<CreateProvider>(http), http.RequestAborted);
        return http.Made(provider, $"/admin/providers/{provider.Id}");
    }

    private static async Task<Ok<ProviderItem>> Change(Guid id, HttpContext http, IMediator mediator)
    {
        var ifMatch = http.IfMatch();
        var change = await AdminBody.ReadAsync<ChangeProvider>(http);
        return http.Tagged(await mediator.Send(change with { Id = id, IfMatch = ifMatch }, http.RequestAborted));
    }

    private static async Task<NoContent> Delete(Guid id, HttpContext http, IMediator mediator)
    {
        await mediator.Send(new DeleteProvider(id, http.IfMatchOrAny()), http.RequestAborted);
        return TypedResults.NoContent();
    }

    private static async Task<Ok<ProviderItem>> SetCredentials(Guid id, HttpContext http, IMediator mediator)
    {
        var ifMatch = http.IfMatch();
        var credentials = await AdminBody.ReadObjectAsync(http);
        return http.Tagged(await mediator.Send(new SetProviderCredentials(id, credentials, ifMatch), http.RequestAborted));
    }

    private static async Task<NoContent> DeleteCredentials(Guid id, HttpContext http, IMediator mediator)
    {
        await mediator.Send(new DeleteProviderCredentials(id, http.IfMatchOrAny()), http.RequestAborted);
        return TypedResults.NoContent();
    }

    private static async Task<Ok<ProviderTest>> Test(Guid id, HttpContext http, IMediator mediator)
    {
        var hasBody = http.Request.ContentLength != 0 && http.Features.Get<IHttpRequestBodyDetectionFeature>()?.CanHaveBody == true;
        var test = hasBody ? await AdminBody.ReadAsync<TestProvider>(http) : new TestProvider();
        return TypedResults.Ok(await mediator.Send(test with { Id = id }, http.RequestAborted));
    }
}
