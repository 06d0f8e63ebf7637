using CleanGateway.Api.Auth;
using CleanGateway.Api.Common;
using CleanGateway.Application.Admission;
using CleanGateway.Domain.AdminTokens;
using MediatR;
using Microsoft.AspNetCore.Http.HttpResults;

namespace CleanGateway.Api.Admission;

internal static class BudgetEndpoints
{
    public static void MapBudgets(this IEndpointRouteBuilder routes) =>
        routes.MapGet("/admin/budgets/{id:guid}", Get).NeedsRole(AdminRole.Viewer).WithMetadata(new AdminListenerMetadata())
            .WithSummary("What a key or a project has spent, holds and has left.");

    private static async Task<Ok<ScopeBudgets>> Get(Guid id, IMediator mediator, CancellationToken aborted) =>
        TypedResults.Ok(await mediator.Send(new GetBudgets(id), aborted));
}
