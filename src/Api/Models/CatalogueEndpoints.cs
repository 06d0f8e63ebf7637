using CleanGateway.Api.Auth;
using CleanGateway.Api.Common;
using CleanGateway.Application.Common;
using CleanGateway.Application.Models;
using CleanGateway.Domain.AdminTokens;
using MediatR;
using Microsoft.AspNetCore.Http.HttpResults;

namespace CleanGateway.Api.Models;

/// <summary>The table of models, for those who look after it.</summary>
internal static class CatalogueEndpoints
{
    public static void MapCatalogue(this IEndpointRouteBuilder routes)
    {
        var models = routes.MapAdmin("models", "Models");
        models.MapGet("", List).NeedsRole(AdminRole.Viewer).WithSummary("The catalogue of models, in order of their names.");
        models.MapPost("", Create).NeedsRole(AdminRole.Admin).Takes<CreateModel>().WithSummary("Makes a model.");
        models.MapGet("{id:guid}", Get).NeedsRole(AdminRole.Viewer).WithSummary("One model.");
        models.MapPatch("{id:guid}", Change).NeedsRole(AdminRole.Admin).Takes<ChangeModel>().WithSummary("Changes a model.");
        models.MapDelete("{id:guid}", Delete).NeedsRole(AdminRole.Admin).WithSummary("Takes a model away that no alias leads to.");
    }

    private static async Task<Ok<Page<CatalogueItem>>> List(
        IMediator mediator, CancellationToken aborted, string? limit = null, string? cursor = null, string? provider = null, string? mode = null,
        string? prefix = null, string? name = null) =>
        TypedResults.Ok(await mediator.Send(new ListCatalogue(QueryValues.Page(limit, cursor), provider, mode, prefix, name), aborted));

    private static async Task<Ok<CatalogueItem>> Get(Guid id, HttpContext http, IMediator mediator) =>
        http.Tagged(await mediator.Send(new GetCatalogueModel(id), http.RequestAborted));

    private static async Task<Created<CatalogueItem>> Create(HttpContext http, IMediator mediator)
    {
        var model = await mediator.Send(await AdminBody.ReadNewAsync<CreateModel>(http), http.RequestAborted);
        return http.Made(model, $"/admin/models/{model.Id}");
    }

    private static async Task<Ok<CatalogueItem>> Change(Guid id, HttpContext http, IMediator mediator)
    {
        var ifMatch = http.IfMatch();
        var change = await AdminBody.ReadAsync<ChangeModel>(http);
        return http.Tagged(await mediator.Send(change with { Id = id, IfMatch = ifMatch }, http.RequestAborted));
    }

    private static async Task<NoContent> Delete(Guid id, HttpContext http, IMediator mediator)
    {
        await mediator.Send(new DeleteModel(id, http.IfMatchOrAny()), http.RequestAborted);
        return TypedResults.NoContent();
    }
}
