using CleanGateway.Api.Auth;
using CleanGateway.Api.Common;
using CleanGateway.Application.Secrets;
using CleanGateway.Domain.AdminTokens;
using MediatR;
using Microsoft.AspNetCore.Http.HttpResults;

namespace CleanGateway.Api.Secrets;

internal static class SecretEndpoints
{
    // Replacing a key is for the command line alone: it is there that the keys are.
    public static void MapSecrets(this IEndpointRouteBuilder routes) => routes.MapAdmin("secrets", "Secrets")
        .MapGet("", Get).NeedsRole(AdminRole.Owner).WithSummary("Which master keys there are, what each of them encrypts, and which gateways hold it.");

    private static async Task<Ok<SecretsStatus>> Get(IMediator mediator, CancellationToken aborted) =>
        TypedResults.Ok(await mediator.Send(new GetSecrets(), aborted));
}
