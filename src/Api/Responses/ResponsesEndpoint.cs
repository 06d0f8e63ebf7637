using CleanGateway.Api.Auth;
using CleanGateway.Api.Inference;
using CleanGateway.Application.Inference;
using CleanGateway.Application.Responses;
using CleanGateway.Infrastructure.Configuration;
using MediatR;

namespace CleanGateway.Api.Responses;

/// <summary><c>POST /v1/responses</c>: bytes in, a message, bytes out. What is kept at the provider is not offered by its id.</summary>
internal static class ResponsesEndpoint
{
    public static void MapResponses(this IEndpointRouteBuilder routes) =>
        routes.MapPost("/v1/responses", Create).NeedsClientKey().AnswersAs(ApiFormat.Responses)
            .WithSummary("Answer by OpenAI's Responses API, whole or as a stream.");

    private static Task Create(HttpContext http, IMediator mediator, GatewaySettings settings, TimeProvider clock) =>
        InferenceAnswers.AnswerAsync<ResponsesRequest>(
            http, mediator, settings, clock, ResponsesRequest.TryParse, static (request, call) => new CreateResponse(request, call));
}
