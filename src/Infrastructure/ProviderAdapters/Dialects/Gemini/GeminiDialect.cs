using System.Net.Http.Headers;
using CleanGateway.Application.ChatCompletions;
using CleanGateway.Application.Embeddings;
using CleanGateway.Application.Inference;

namespace CleanGateway.Infrastructure.ProviderAdapters.Dialects.Gemini;

/// <summary>Google's language for Gemini, of the Gemini API and of Vertex AI.</summary>
internal sealed class GeminiDialect(GeminiSurface surface, UpstreamAccount account, DialectServices services) : IDialect
{
    private readonly GeminiChatWriter chats = new(account, surface, services);
    private readonly GeminiEmbeddings embeddings = new(surface);

    public bool Speaks(ApiFormat api, InferenceTarget target) => api is ApiFormat.ChatCompletions or ApiFormat.Embeddings;

    public DialectRequest Write(InferenceRequest request, InferenceTarget target) => request switch
    {
        ChatRequest chat => chats.Write(chat, target),
        EmbeddingsRequest texts => embeddings.Write(texts, target),
        _ => throw new ArgumentException($"The dialect does not speak {request.Api}.", nameof(request)),
    };

    public UpstreamFailure ReadFailure(ReadOnlySpan<byte> body, HttpResponseHeaders? headers) => GeminiErrors.Read(body);

    public UpstreamErrorKind KindOf(int? status, UpstreamFailure failure) => GeminiErrors.KindOf(status, failure);
}
