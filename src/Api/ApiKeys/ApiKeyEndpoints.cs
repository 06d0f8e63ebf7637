using CleanGateway.Api.Auth;
using CleanGateway.Api.Common;
using CleanGateway.Application.ApiKeys;
using CleanGateway.Application.Common;
using CleanGateway.Domain.AdminTokens;
using MediatR;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;

namespace CleanGateway.Api.ApiKeys;

internal static class ApiKeyEndpoints
{
    public static void MapApiKeys(this IEndpointRouteBuilder routes)
    {
        var keys = routes.MapAdmin("keys", "API keys");
        keys.MapGet("", List).NeedsRole(AdminRole.Viewer).WithSummary("API keys, in order of their names.");
        keys.MapPost("", Issue).NeedsRole(AdminRole.KeyManager).Takes<IssueApiKey>().WithSummary("Makes an API key. Its secret is shown this once.");
        keys.MapGet("{id:guid}", Get).NeedsRole(AdminRole.Viewer).WithSummary("One API key.");
        keys.MapPatch("{id:guid}", Change).NeedsRole(AdminRole.KeyManager).Takes<ChangeApiKey>().WithSummary("Changes an API key.");
        keys.MapPost("{id:guid}/rotate", Rotate).NeedsRole(AdminRole.KeyManager).Takes<RotateApiKey>()
            .WithSummary("Gives an API key another secret, which is shown this once.");
        keys.MapDelete("{id:guid}", Delete).NeedsRole(AdminRole.KeyManager).WithSummary("Takes an API key away.");
    }

    private static async Task<Ok<Page<ApiKeyItem>>> List(
        IMediator mediator, CancellationToken aborted, string? limit = null, string? cursor = null,
        [FromQuery(Name = "project_id")] string? projectId = null, string? name = null, string? enabled = null)
    {
        var page = QueryValues.Page(limit, cursor);
        return TypedResults.Ok(await mediator.Send(
            new ListApiKeys(page, QueryValues.Id("project_id", projectId), name, QueryValues.FlagOrNull("enabled", enabled)), aborted));
    }

    private static async Task<Ok<ApiKeyItem>> Get(Guid id, HttpContext http, IMediator mediator) =>
        http.Tagged(await mediator.Send(new GetApiKey(id), http.RequestAborted));

    private static async Task<Created<IssuedApiKey>> Issue(HttpContext http, IMediator mediator)
    {
        var key = await mediator.Send(await AdminBody.ReadNewAsync<IssueApiKey>(http), http.RequestAborted);
        return http.Made(key, $"/admin/keys/{key.Id}");
    }

    private static async Task<Ok<ApiKeyItem>> Change(Guid id, HttpContext http, IMediator mediator)
    {
        var ifMatch = http.IfMatch();
        var change = await AdminBody.ReadAsync<ChangeApiKey>(http);
        return http.Tagged(await mediator.Send(change with { Id = id, IfMatch = ifMatch }, http.RequestAborted));
    }

    private static async Task<Ok<IssuedApiKey>> Rotate(Guid id, HttpContext http, IMediator mediator)
    {
        var ifMatch = http.IfMatchOrAny();
        var rotation = await AdminBody.ReadNewAsync<RotateApiKey>(http);
        return http.Tagged(await mediator.Send(rotation with { Id = id, IfMatch = ifMatch }, http.RequestAborted));
    }

    private static async Task<NoContent> Delete(Guid id, HttpContext http, IMediator mediator)
    {
        await mediator.Send(new DeleteApiKey(id, http.IfMatchOrAny()), http.RequestAborted);
        return TypedResults.NoContent();
    }
}
