using CleanGateway.Api.Auth;
using CleanGateway.Api.Common;
using CleanGateway.Application.Models;
using CleanGateway.Domain.AdminTokens;
using CleanGateway.Domain.Common;
using MediatR;
using Microsoft.AspNetCore.Http.HttpResults;

namespace CleanGateway.Api.Models;

internal static class ModelImportEndpoint
{
    public static void MapModelImport(this IEndpointRouteBuilder routes) =>
        routes.MapPost("/admin/models/import", Import).NeedsRole(AdminRole.Admin).WithMetadata(new AdminListenerMetadata())
            .WithSummary("Takes LiteLLM's model_prices_and_context_window.json, the body, into the catalogue.");

    private static async Task<Ok<ModelImport>> Import(HttpContext http, IMediator mediator)
    {
        var dryRun = QueryValues.Flag("dry_run", http.Request.Query["dry_run"] is [{ } given] ? given : null);
        var (file, error) = await RequestBody.ReadAsync(http.Request, ImportModels.MaxFileBytes);
        return error is null
            ? TypedResults.Ok(await mediator.Send(new ImportModels(file, dryRun), http.RequestAborted))
            : throw new GatewayException(error);
    }
}
