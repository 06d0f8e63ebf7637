using CleanGateway.Api.Auth;
using CleanGateway.Api.Common;
using CleanGateway.Application.AuditLog;
using CleanGateway.Application.Common;
using CleanGateway.Domain.AdminTokens;
using MediatR;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;

namespace CleanGateway.Api.AuditLog;

internal static class AuditLogEndpoints
{
    public static void MapAuditLog(this IEndpointRouteBuilder routes) =>
        routes.MapAdmin("audit", "Audit log").MapGet("", List).NeedsRole(AdminRole.Owner).WithSummary("Who changed or read what, newest first.");

    private static async Task<Ok<Page<AuditItem>>> List(
        IMediator mediator, CancellationToken aborted, string? limit = null, string? cursor = null, string? from = null, string? to = null,
        string? actor = null, string? action = null, [FromQuery(Name = "target_type")] string? targetType = null,
        [FromQuery(Name = "target_id")] string? targetId = null, [FromQuery(Name = "request_id")] string? requestId = null)
    {
        var filter = new AuditFilter
        {
            From = from, To = to, Actor = actor, Action = action, TargetType = targetType, TargetId = targetId, RequestId = requestId,
        };
        return TypedResults.Ok(await mediator.Send(new ListAuditEntries(filter, QueryValues.Page(limit, cursor)), aborted));
    }
}
