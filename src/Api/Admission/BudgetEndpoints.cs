using CleanGateway.Api.Auth;
using CleanGateway.Api.Common;
using CleanGateway.Application.Admission;
using CleanGateway.Application.Common;
using CleanGateway.Domain.AdminTokens;
using MediatR;
using Microsoft.AspNetCore.Http.HttpResults;

namespace CleanGateway.Api.Admission;

internal static class BudgetEndpoints
{
    public static void MapBudgets(this IEndpointRouteBuilder routes)
    {
        var budgets = routes.MapAdmin("budgets", "Budgets");
        budgets.MapGet("{id:guid}", Get).NeedsRole(AdminRole.Viewer).WithSummary("What a key or a project has spent, holds and has left.");
        budgets.MapGet("{id:guid}/adjustments", List).NeedsRole(AdminRole.Viewer)
            .WithSummary("What has been put right in the budgets of a key or a project, newest first.");
        budgets.MapPost("{id:guid}/adjust", Adjust).NeedsRole(AdminRole.KeyManager).Takes<AdjustBudget>()
            .WithSummary("Adds to what counts as spent of a budget, or takes from it.");
        budgets.MapPost("{id:guid}/reset", Reset).NeedsRole(AdminRole.KeyManager).Takes<ResetBudget>()
            .WithSummary("Gives back all that is spent of a budget.");
    }

    private static async Task<Ok<ScopeBudgets>> Get(Guid id, IMediator mediator, CancellationToken aborted) =>
        TypedResults.Ok(await mediator.Send(new GetBudgets(id), aborted));

    private static async Task<Ok<Page<BudgetAdjustment>>> List(
        Guid id, IMediator mediator, CancellationToken aborted, string? limit = null, string? cursor = null) =>
        TypedResults.Ok(await mediator.Send(new ListBudgetAdjustments(id, QueryValues.Page(limit, cursor)), aborted));

    private static async Task<Created<AdjustedBudget>> Adjust(Guid id, HttpContext http, IMediator mediator) =>
        await AnswerAsync(id, await AdminBody.ReadNewAsync<AdjustBudget>(http) with { Id = id }, http, mediator);

    private static async Task<Created<AdjustedBudget>> Reset(Guid id, HttpContext http, IMediator mediator) =>
        await AnswerAsync(id, await AdminBody.ReadNewAsync<ResetBudget>(http) with { Id = id }, http, mediator);

    // It is done by the time that gateways are waited for, so whoever leaves meanwhile has what they asked for.
    private static async Task<Created<AdjustedBudget>> AnswerAsync(Guid id, ICommand<AdjustedBudget> command, HttpContext http, IMediator mediator)
    {
        var adjusted = await mediator.Send(command, http.RequestAborted);
        var inForce = await mediator.Send(new AwaitBudgetEpoch(adjusted.Epoch), http.RequestAborted);
        return http.Made(adjusted with { InForce = inForce }, $"/admin/budgets/{id}/adjustments");
    }
}
