using CleanGateway.Api.Auth;
using CleanGateway.Application.Health;
using MediatR;
using Microsoft.AspNetCore.Http.HttpResults;

namespace CleanGateway.Api.Health;

internal static class HealthEndpoints
{
    // Some load balancers ask for the headers alone.
    private static readonly string[] GetOrHead = [HttpMethods.Get, HttpMethods.Head];

    public static void MapHealth(this IEndpointRouteBuilder routes)
    {
        routes.MapMethods("/health", GetOrHead, () => TypedResults.Text("OK")).NeedsNothing().WithSummary("The process answers.");
        routes.MapMethods("/health/live", GetOrHead, () => TypedResults.Text("OK")).NeedsNothing().WithSummary("The process answers; looks at nothing else.");
        routes.MapMethods("/health/ready", GetOrHead, Ready).NeedsNothing().WithSummary("200 while calls are answered, else 503.");
        routes.MapGet("/api/health", Report).NeedsNothing().WithSummary("How each part is, in a word.");
    }

    private static async Task<JsonHttpResult<HealthReport>> Ready(IMediator mediator, CancellationToken aborted)
    {
        var report = await mediator.Send(new GetHealth(), aborted);
        return TypedResults.Json(report, statusCode: report.Status == HealthReport.Ready ? StatusCodes.Status200OK : StatusCodes.Status503ServiceUnavailable);
    }

    private static async Task<Ok<HealthReport>> Report(IMediator mediator, CancellationToken aborted) =>
        TypedResults.Ok(await mediator.Send(new GetHealth(), aborted));
}
