using CleanGateway.Api.Auth;
using CleanGateway.Api.Common;
using CleanGateway.Application.Common;
using CleanGateway.Application.ModelAliases;
using CleanGateway.Domain.AdminTokens;
using MediatR;
using Microsoft.AspNetCore.Http.HttpResults;

namespace CleanGateway.Api.ModelAliases;

internal static class ModelAliasEndpoints
{
    public static void MapModelAliases(this IEndpointRouteBuilder routes)
    {
        var aliases = routes.MapAdmin("aliases", "Aliases");
        aliases.MapGet("", List).NeedsRole(AdminRole.Viewer).WithSummary("Aliases, in order of their names.");
        aliases.MapPost("", Create).NeedsRole(AdminRole.Admin).Takes<CreateModelAlias>().WithSummary("Makes another name for a model.");
        aliases.MapGet("{id:guid}", Get).NeedsRole(AdminRole.Viewer).WithSummary("One alias.");
        aliases.MapPatch("{id:guid}", Change).NeedsRole(AdminRole.Admin).Takes<ChangeModelAlias>().WithSummary("Changes an alias.");
        aliases.MapDelete("{id:guid}", Delete).NeedsRole(AdminRole.Admin).WithSummary("Takes an alias away.");
    }

    private static async Task<Ok<Page<ModelAliasItem>>> List(
        IMediator mediator, CancellationToken aborted, string? limit = null, string? cursor = null, string? alias = null) =>
        TypedResults.Ok(await mediator.Send(new ListModelAliases(QueryValues.Page(limit, cursor), alias), aborted));

    private static async Task<Ok<ModelAliasItem>> Get(Guid id, HttpContext http, IMediator mediator) =>
        http.Tagged(await mediator.Send(new GetModelAlias(id), http.RequestAborted));

    private static async Task<Created<ModelAliasItem>> Create(HttpContext http, IMediator mediator)
    {
        var alias = await mediator.Send(await AdminBody.ReadNewAsync<CreateModelAlias>(http), http.RequestAborted);
        return http.Made(alias, $"/admin/aliases/{alias.Id}");
    }

    private static async Task<Ok<ModelAliasItem>> Change(Guid id, HttpContext http, IMediator mediator)
    {
        var ifMatch = http.IfMatch();
        var change = await AdminBody.ReadAsync<ChangeModelAlias>(http);
        return http.Tagged(await mediator.Send(change with { Id = id, IfMatch = ifMatch }, http.RequestAborted));
    }

    private static async Task<NoContent> Delete(Guid id, HttpContext http, IMediator mediator)
    {
        await mediator.Send(new DeleteModelAlias(id, http.IfMatchOrAny()), http.RequestAborted);
        return TypedResults.NoContent();
    }
}
