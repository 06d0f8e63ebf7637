using CleanGateway.Application.Inference;
using CleanGateway.Application.RequestLogs;
using MediatR;

namespace CleanGateway.Application.ChatCompletions;

/// <summary>
/// Has a chat answered by whoever serves its model. Not a command on purpose: its checks run against the snapshot, its
/// refusals are values, and it is on its way thousands of times a second.
/// </summary>
public sealed record CreateChatCompletion(ChatRequest Chat, ClientCall Call) : IRequest<InferenceOutcome>;

internal sealed class CreateChatCompletionHandler(InferenceCalls calls) : IRequestHandler<CreateChatCompletion, InferenceOutcome>
{
    public Task<InferenceOutcome> Handle(CreateChatCompletion message, CancellationToken cancellationToken) =>
        calls.AnswerAsync(message.Chat, message.Call, cancellationToken);
}
