using CleanGateway.Api.Auth;
using CleanGateway.Api.Inference;
using CleanGateway.Application.Embeddings;
using CleanGateway.Application.Inference;
using CleanGateway.Infrastructure.Configuration;
using MediatR;

namespace CleanGateway.Api.Embeddings;

/// <summary><c>POST /v1/embeddings</c>: bytes in, a message, bytes out.</summary>
internal static class EmbeddingsEndpoint
{
    public static void MapEmbeddings(this IEndpointRouteBuilder routes) =>
        routes.MapPost("/v1/embeddings", Create).NeedsClientKey().AnswersAs(ApiFormat.Embeddings)
            .WithSummary("Turn texts into vectors.");

    private static Task Create(HttpContext http, IMediator mediator, GatewaySettings settings, TimeProvider clock) =>
        InferenceAnswers.AnswerAsync<EmbeddingsRequest>(
            http, mediator, settings, clock, EmbeddingsRequest.TryParse, static (request, call) => new CreateEmbeddings(request, call));
}
