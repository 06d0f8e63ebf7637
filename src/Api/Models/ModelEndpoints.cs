using CleanGateway.Api.Auth;
using CleanGateway.Application.Models;
using CleanGateway.Application.RequestLogs;
using MediatR;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Http.HttpResults;

namespace CleanGateway.Api.Models;

internal static class ModelEndpoints
{
    public static void MapModels(this IEndpointRouteBuilder routes)
    {
        routes.MapGet("/v1/models", List).NeedsClientKey().WithSummary("The models this key may use.");

        // Names of models may have slashes in them.
        routes.MapGet("/v1/models/{**id}", Get).NeedsClientKey().WithSummary("One model.");
    }

    private static async Task<Ok<ModelList>> List(HttpContext http, IMediator mediator) =>
        TypedResults.Ok(new ModelList("list", [.. (await mediator.Send(new ListModels(CallOf(http)), http.RequestAborted)).Select(ModelObject.From)]));

    // Routing leaves an encoded slash as it is, and clients encode the slashes in names.
    private static async Task<Ok<ModelObject>> Get(string id, HttpContext http, IMediator mediator) => TypedResults.Ok(ModelObject.From(
        await mediator.Send(new GetModel(id.Replace("%2F", "/", StringComparison.OrdinalIgnoreCase), CallOf(http)), http.RequestAborted)));

    private static ClientCall CallOf(HttpContext http) => http.Features.GetRequiredFeature<ClientCall>();

    private sealed record ModelList(string Object, IReadOnlyList<ModelObject> Data);

    private sealed record ModelObject(string Id, string Object, long Created, string OwnedBy)
    {
        public static ModelObject From(ModelItem model) => new(model.Id, "model", model.Created, model.OwnedBy);
    }
}
