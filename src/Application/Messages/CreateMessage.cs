using CleanGateway.Application.Inference;
using CleanGateway.Application.RequestLogs;
using MediatR;

namespace CleanGateway.Application.Messages;

/// <summary>
/// Has a message answered by whoever serves its model; no command, for the reasons that
/// <see cref="ChatCompletions.CreateChatCompletion"/> has.
/// </summary>
public sealed record CreateMessage(MessagesRequest Message, ClientCall Call) : IRequest<InferenceOutcome>;

internal sealed class CreateMessageHandler(InferenceCalls calls) : IRequestHandler<CreateMessage, InferenceOutcome>
{
    public Task<InferenceOutcome> Handle(CreateMessage message, CancellationToken cancellationToken) =>
        calls.AnswerAsync(message.Message, message.Call, cancellationToken);
}
