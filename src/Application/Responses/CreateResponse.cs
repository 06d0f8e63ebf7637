using CleanGateway.Application.Inference;
using CleanGateway.Application.RequestLogs;
using MediatR;

namespace CleanGateway.Application.Responses;

/// <summary>Has a request of OpenAI's Responses API answered by whoever serves its model. No command, for the reasons that a chat is none.</summary>
public sealed record CreateResponse(ResponsesRequest Request, ClientCall Call) : IRequest<InferenceOutcome>;

internal sealed class CreateResponseHandler(InferenceCalls calls) : IRequestHandler<CreateResponse, InferenceOutcome>
{
    public Task<InferenceOutcome> Handle(CreateResponse message, CancellationToken cancellationToken) =>
        calls.AnswerAsync(message.Request, message.Call, cancellationToken);
}
