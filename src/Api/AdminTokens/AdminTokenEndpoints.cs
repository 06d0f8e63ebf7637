using CleanGateway.Api.Auth;
using CleanGateway.Api.Common;
using CleanGateway.Application.AdminTokens;
using CleanGateway.Application.Common;
using CleanGateway.Domain.AdminTokens;
using MediatR;
using Microsoft.AspNetCore.Http.HttpResults;

namespace CleanGateway.Api.AdminTokens;

internal static class AdminTokenEndpoints
{
    public static void MapAdminTokens(this IEndpointRouteBuilder routes)
    {
        var tokens = routes.MapAdmin("tokens", "Admin tokens");
        tokens.MapGet("", List).NeedsRole(AdminRole.Admin).WithSummary("Admin tokens, in order of their names.");
        tokens.MapPost("", Issue).NeedsRole(AdminRole.Admin).Takes<IssueAdminToken>().WithSummary("Makes an admin token, which is shown this once.");
        tokens.MapGet("{id:guid}", Get).NeedsRole(AdminRole.Admin).WithSummary("One admin token.");
        tokens.MapDelete("{id:guid}", Revoke).NeedsRole(AdminRole.Admin).WithSummary("Ends an admin token for good. Its row stays.");

        routes.MapAdmin("me", "Admin tokens").MapGet("", Me).NeedsRole(AdminRole.Viewer).WithSummary("The admin token that asks.");
    }

    private static async Task<Ok<Page<AdminTokenItem>>> List(IMediator mediator, CancellationToken aborted, string? limit = null, string? cursor = null) =>
        TypedResults.Ok(await mediator.Send(new ListAdminTokens(QueryValues.Page(limit, cursor)), aborted));

    private static async Task<Ok<AdminTokenItem>> Get(Guid id, HttpContext http, IMediator mediator) =>
        http.Tagged(await mediator.Send(new GetAdminToken(id), http.RequestAborted));

    // Whoever has passed the door has a token, and it has an id.
    private static Task<Ok<AdminTokenItem>> Me(HttpContext http, IMediator mediator, Operation operation) => Get(operation.Actor.Id!.Value, http, mediator);

    private static async Task<Created<IssuedAdminToken>> Issue(HttpContext http, IMediator mediator)
    {
        var token = await mediator.Send(await AdminBody.ReadNewAsync<IssueAdminToken>(http), http.RequestAborted);
        return http.Made(token, $"/admin/tokens/{token.Id}");
    }

    private static async Task<NoContent> Revoke(Guid id, HttpContext http, IMediator mediator)
    {
        await mediator.Send(new RevokeAdminToken(id, http.IfMatchOrAny()), http.RequestAborted);
        return TypedResults.NoContent();
    }
}
