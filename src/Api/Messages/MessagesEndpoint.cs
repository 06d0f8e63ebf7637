using CleanGateway.Api.Auth;
using CleanGateway.Api.Inference;
using CleanGateway.Application.Inference;
using CleanGateway.Application.Messages;
using CleanGateway.Infrastructure.Configuration;
using MediatR;

namespace CleanGateway.Api.Messages;

/// <summary>Anthropic's <c>POST /v1/messages</c> and <c>POST /v1/messages/count_tokens</c>: bytes in, a message, bytes out.</summary>
internal static class MessagesEndpoint
{
    private const string BetaHeader = "anthropic-beta";

    public static void MapMessages(this IEndpointRouteBuilder routes)
    {
        routes.MapPost("/v1/messages", Create).NeedsClientKey().AnswersAs(ApiFormat.Messages)
            .WithSummary("Answer messages in Anthropic's form, whole or as a stream.");
        routes.MapPost("/v1/messages/count_tokens", Count).NeedsClientKey().AnswersAs(ApiFormat.MessageTokens)
            .WithSummary("Count the tokens of messages.");
    }

    private static Task Create(HttpContext http, IMediator mediator, GatewaySettings settings, TimeProvider clock)
    {
        var headers = HeadersOf(http.Request);
        return InferenceAnswers.AnswerAsync<MessagesRequest>(
            http, mediator, settings, clock,
            (body, out request, out error) => MessagesRequest.TryParse(body, headers, out request, out error),
            static (message, call) => new CreateMessage(message, call));
    }

    private static Task Count(HttpContext http, IMediator mediator, GatewaySettings settings, TimeProvider clock)
    {
        var headers = HeadersOf(http.Request);
        return InferenceAnswers.AnswerAsync<MessageTokensRequest>(
            http, mediator, settings, clock,
            (body, out request, out error) => MessageTokensRequest.TryParse(body, headers, out request, out error),
            static (messages, call) => new CountMessageTokens(messages, call));
    }

    private static MessagesHeaders HeadersOf(HttpRequest request)
    {
        var version = request.Headers[ApiFormatMetadata.VersionHeader].ToString();
        var beta = string.Join(',', request.Headers[BetaHeader].Where(value => !string.IsNullOrWhiteSpace(value)));
        return new MessagesHeaders(version.Length == 0 ? MessagesRequest.UsualVersion : version, beta.Length == 0 ? null : beta);
    }
}
