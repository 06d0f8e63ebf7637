using CleanGateway.Api.Auth;
using CleanGateway.Api.Common;
using CleanGateway.Application.Statistics;
using CleanGateway.Domain.AdminTokens;
using MediatR;
using Microsoft.AspNetCore.Http.HttpResults;

namespace CleanGateway.Api.Statistics;

internal static class StatisticsEndpoints
{
    public static void MapStatistics(this IEndpointRouteBuilder routes)
    {
        routes.MapGet("/api/db-stats", Database).NeedsRole(AdminRole.Viewer).WithSummary("How much is logged, and what logging costs.");
        routes.MapGet("/metrics", Metrics).NeedsRole(AdminRole.Viewer).WithMetadata(new AdminListenerMetadata()).WithSummary("Measurements for Prometheus.");
    }

    private static async Task<Ok<DatabaseStatistics>> Database(IMediator mediator, CancellationToken aborted) =>
        TypedResults.Ok(await mediator.Send(new GetDatabaseStatistics(), aborted));

    private static async Task<ContentHttpResult> Metrics(IMediator mediator, CancellationToken aborted) =>
        TypedResults.Text(await mediator.Send(new GetMetrics(), aborted), "text/plain; version=0.0.4; charset=utf-8");
}
