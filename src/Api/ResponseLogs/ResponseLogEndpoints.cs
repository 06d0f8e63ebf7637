using CleanGateway.Api.Auth;
using CleanGateway.Api.Common;
using CleanGateway.Api.RequestLogs;
using CleanGateway.Application.Common;
using CleanGateway.Application.ResponseLogs;
using CleanGateway.Domain.AdminTokens;
using MediatR;
using Microsoft.AspNetCore.Http.HttpResults;

namespace CleanGateway.Api.ResponseLogs;

internal static class ResponseLogEndpoints
{
    public static void MapResponseLogs(this IEndpointRouteBuilder routes)
    {
        routes.MapGet("/api/responses", List).NeedsRole(AdminRole.Viewer).WithSummary("The latest responses, newest first.");
        routes.MapGet("/api/responses/{requestId}", Get).NeedsRole(AdminRole.Admin).WithSummary("The response to one request, with its body.");

        var responses = routes.MapAdmin("responses", "Responses");
        responses.MapGet("", Search).NeedsRole(AdminRole.Viewer).WithSummary("Answers to calls, those of the newest calls first.");
        responses.MapGet("{requestId}", Get).NeedsRole(AdminRole.Admin)
            .WithSummary("The response to one request, with its body. The audit log tells who asked.");
    }

    private static async Task<Ok<ItemList<ResponseItem>>> List(IMediator mediator, CancellationToken aborted, string? limit = null) =>
        TypedResults.Ok(ItemList.Of(await mediator.Send(new ListResponses(QueryValues.Limit(limit)), aborted)));

    private static async Task<Ok<Page<ResponseItem>>> Search(
        [AsParameters] RequestFilterQuery query, IMediator mediator, CancellationToken aborted) =>
        TypedResults.Ok(await mediator.Send(new SearchResponses(query.Filter, QueryValues.Page(query.Limit, query.Cursor)), aborted));

    private static async Task<Ok<ResponseDetail>> Get(string requestId, IMediator mediator, CancellationToken aborted) =>
        TypedResults.Ok(await mediator.Send(new GetResponse(requestId), aborted));
}
