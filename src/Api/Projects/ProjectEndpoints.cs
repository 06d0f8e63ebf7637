using CleanGateway.Api.Auth;
using CleanGateway.Api.Common;
using CleanGateway.Application.Common;
using CleanGateway.Application.Projects;
using CleanGateway.Domain.AdminTokens;
using MediatR;
using Microsoft.AspNetCore.Http.HttpResults;

namespace CleanGateway.Api.Projects;

internal static class ProjectEndpoints
{
    public static void MapProjects(this IEndpointRouteBuilder routes)
    {
        var projects = routes.MapAdmin("projects", "Projects");
        projects.MapGet("", List).NeedsRole(AdminRole.Viewer).WithSummary("Projects, in order of their names.");
        projects.MapPost("", Create).NeedsRole(AdminRole.KeyManager).Takes<CreateProject>().WithSummary("Makes a project.");
        projects.MapGet("{id:guid}", Get).NeedsRole(AdminRole.Viewer).WithSummary("One project.");
        projects.MapPatch("{id:guid}", Change).NeedsRole(AdminRole.KeyManager).Takes<ChangeProject>().WithSummary("Changes a project.");
        projects.MapDelete("{id:guid}", Delete).NeedsRole(AdminRole.KeyManager).WithSummary("Takes a project away that no key belongs to.");
    }

    private static async Task<Ok<Page<ProjectItem>>> List(
        IMediator mediator, CancellationToken aborted, string? limit = null, string? cursor = null, string? name = null) =>
        TypedResults.Ok(await mediator.Send(new ListProjects(QueryValues.Page(limit, cursor), name), aborted));

    private static async Task<Ok<ProjectItem>> Get(Guid id, HttpContext http, IMediator mediator) =>
        http.Tagged(await mediator.Send(new GetProject(id), http.RequestAborted));

    private static async Task<Created<ProjectItem>> Create(HttpContext http, IMediator mediator)
    {
        var project = await mediator.Send(await AdminBody.ReadNewAsync<CreateProject>(http), http.RequestAborted);
        return http.Made(project, $"/admin/projects/{project.Id}");
    }

    private static async Task<Ok<ProjectItem>> Change(Guid id, HttpContext http, IMediator mediator)
    {
        var ifMatch = http.IfMatch();
        var change = await AdminBody.ReadAsync<ChangeProject>(http);
        return http.Tagged(await mediator.Send(change with { Id = id, IfMatch = ifMatch }, http.RequestAborted));
    }

    private static async Task<NoContent> Delete(Guid id, HttpContext http, IMediator mediator)
    {
        await mediator.Send(new DeleteProject(id, http.IfMatchOrAny()), http.RequestAborted);
        return TypedResults.NoContent();
    }
}
