using CleanGateway.Application.Inference;
using CleanGateway.Application.RequestLogs;
using MediatR;

namespace CleanGateway.Application.Messages;

/// <summary>Has the tokens of messages counted by whoever serves their model, or estimates them where it cannot. It costs nothing.</summary>
public sealed record CountMessageTokens(MessageTokensRequest Messages, ClientCall Call) : IRequest<InferenceOutcome>;

internal sealed class CountMessageTokensHandler(InferenceCalls calls) : IRequestHandler<CountMessageTokens, InferenceOutcome>
{
    public Task<InferenceOutcome> Handle(CountMessageTokens message, CancellationToken cancellationToken) =>
        calls.AnswerAsync(message.Messages, message.Call, cancellationToken);
}
