using CleanGateway.Api.Auth;
using CleanGateway.Api.Common;
using CleanGateway.Application.Common;
using CleanGateway.Application.RequestLogs;
using CleanGateway.Domain.AdminTokens;
using MediatR;
using Microsoft.AspNetCore.Http.HttpResults;

namespace CleanGateway.Api.RequestLogs;

internal static class RequestLogEndpoints
{
    public static void MapRequestLogs(this IEndpointRouteBuilder routes)
    {
        routes.MapGet("/api/requests", List).NeedsRole(AdminRole.Viewer).WithSummary("The latest requests, newest first.");
        routes.MapGet("/api/requests/{id}", Get).NeedsRole(AdminRole.Admin).WithSummary("One request with its body.");

        var requests = routes.MapAdmin("requests", "Requests");
        requests.MapGet("", Search).NeedsRole(AdminRole.Viewer).WithSummary("Calls with how they ended, newest first.");
        requests.MapGet("{id}", Get).NeedsRole(AdminRole.Admin).WithSummary("One request with its body. The audit log tells who asked.");
    }

    private static async Task<Ok<ItemList<RequestItem>>> List(IMediator mediator, CancellationToken aborted, string? limit = null) =>
        TypedResults.Ok(ItemList.Of(await mediator.Send(new ListRequests(QueryValues.Limit(limit)), aborted)));

    private static async Task<Ok<Page<RequestEntry>>> Search(
        [AsParameters] RequestFilterQuery query, IMediator mediator, CancellationToken aborted) =>
        TypedResults.Ok(await mediator.Send(new SearchRequests(query.Filter, QueryValues.Page(query.Limit, query.Cursor)), aborted));

    private static async Task<Ok<RequestDetail>> Get(string id, IMediator mediator, CancellationToken aborted) =>
        TypedResults.Ok(await mediator.Send(new GetRequest(id), aborted));
}
