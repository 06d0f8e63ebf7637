using CleanGateway.Api.Auth;
using CleanGateway.Api.Common;
using CleanGateway.Application.LogLevels;
using CleanGateway.Domain.AdminTokens;
using MediatR;
using Microsoft.AspNetCore.Http.HttpResults;

namespace CleanGateway.Api.LogLevels;

internal static class LogLevelEndpoints
{
    public static void MapLogLevels(this IEndpointRouteBuilder routes)
    {
        var levels = routes.MapAdmin("log-levels", "Operations");
        levels.MapGet("", Get).NeedsRole(AdminRole.Viewer).WithSummary("How much the log of this gateway tells.");
        levels.MapPut("", Set).NeedsRole(AdminRole.Admin).Takes<SetLogLevels>()
            .WithSummary("Says how much the log of this gateway tells, at once and for a time.");
    }

    private static async Task<Ok<LogLevelState>> Get(IMediator mediator, CancellationToken aborted) =>
        TypedResults.Ok(await mediator.Send(new GetLogLevels(), aborted));

    private static async Task<Ok<LogLevelState>> Set(HttpContext http, IMediator mediator) =>
        TypedResults.Ok(await mediator.Send(await AdminBody.ReadAsync<SetLogLevels>(http), http.RequestAborted));
}
