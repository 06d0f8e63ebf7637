using CleanGateway.Api.Auth;
using CleanGateway.Api.Inference;
using CleanGateway.Application.ChatCompletions;
using CleanGateway.Application.Inference;
using CleanGateway.Infrastructure.Configuration;
using MediatR;

namespace CleanGateway.Api.ChatCompletions;

/// <summary><c>POST /v1/chat/completions</c>: bytes in, a message, bytes out.</summary>
internal static class ChatCompletionsEndpoint
{
    public static void MapChatCompletions(this IEndpointRouteBuilder routes) =>
        routes.MapPost("/v1/chat/completions", Create).NeedsClientKey().AnswersAs(ApiFormat.ChatCompletions)
            .WithSummary("Answer a chat, whole or as a stream.");

    private static Task Create(HttpContext http, IMediator mediator, GatewaySettings settings, TimeProvider clock) =>
        InferenceAnswers.AnswerAsync<ChatRequest>(
            http, mediator, settings, clock, ChatRequest.TryParse, static (chat, call) => new CreateChatCompletion(chat, call));
}
