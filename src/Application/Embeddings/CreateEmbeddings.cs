using CleanGateway.Application.Inference;
using CleanGateway.Application.RequestLogs;
using MediatR;

namespace CleanGateway.Application.Embeddings;

/// <summary>Has texts turned into vectors by whoever serves the model. No command, for the reasons that a chat is none.</summary>
public sealed record CreateEmbeddings(EmbeddingsRequest Request, ClientCall Call) : IRequest<InferenceOutcome>;

internal sealed class CreateEmbeddingsHandler(InferenceCalls calls) : IRequestHandler<CreateEmbeddings, InferenceOutcome>
{
    public Task<InferenceOutcome> Handle(CreateEmbeddings message, CancellationToken cancellationToken) =>
        calls.AnswerAsync(message.Request, message.Call, cancellationToken);
}
