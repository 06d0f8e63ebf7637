using CleanGateway.Api.Auth;
using CleanGateway.Api.Inference;
using CleanGateway.Application.Inference;
using CleanGateway.Application.Models;
using CleanGateway.Application.RequestLogs;
using MediatR;
using Microsoft.AspNetCore.Http.Features;

namespace CleanGateway.Api.Models;

internal static class ModelEndpoints
{
    public static void MapModels(this IEndpointRouteBuilder routes)
    {
        routes.MapGet("/v1/models", List).NeedsClientKey().AnswersAsAsked().WithSummary("The models this key may use.");

        // Names of models may have slashes in them.
        routes.MapGet("/v1/models/{**id}", Get).NeedsClientKey().AnswersAsAsked().WithSummary("One model.");
    }

    private static async Task<IResult> List(HttpContext http, IMediator mediator)
    {
        var models = await mediator.Send(new ListModels(CallOf(http)), http.RequestAborted);
        return http.ApiFormat().IsAnthropic()
            ? TypedResults.Ok(AnthropicModelList.Of(models, http.Request.Query))
            : TypedResults.Ok(new ModelList("list", [.. models.Select(ModelObject.From)]));
    }

    // Routing leaves an encoded slash as it is, and clients encode the slashes in names.
    private static async Task<IResult> Get(string id, HttpContext http, IMediator mediator)
    {
        var model = await mediator.Send(new GetModel(id.Replace("%2F", "/", StringComparison.OrdinalIgnoreCase), CallOf(http)), http.RequestAborted);
        return http.ApiFormat().IsAnthropic() ? TypedResults.Ok(AnthropicModel.From(model)) : TypedResults.Ok(ModelObject.From(model));
    }

    private static ClientCall CallOf(HttpContext http) => http.Features.GetRequiredFeature<ClientCall>();

    private sealed record ModelList(string Object, IReadOnlyList<ModelObject> Data);

    private sealed record ModelObject(string Id, string Object, long Created, string OwnedBy)
    {
        public static ModelObject From(ModelItem model) => new(model.Id, "model", model.Created, model.OwnedBy);
    }
}
