using System.Net.Http.Headers;
using CleanGateway.Application.Inference;

namespace CleanGateway.Infrastructure.ProviderAdapters.Dialects.Vertex;

/// <summary>Vertex AI serves models of several publishers, each in its own language, with Google's errors around all of them.</summary>
/// <param name="gemini">For Google's own, and everything that is not Claude.</param>
/// <param name="claude">For Anthropic's.</param>
internal sealed class VertexDialect(IDialect gemini, IDialect claude) : IDialect
{
    public bool Speaks(ApiFormat api, InferenceTarget target) => For(target).Speaks(api, target);

    public DialectRequest Write(InferenceRequest request, InferenceTarget target) => For(target).Write(request, target);

    public UpstreamFailure ReadFailure(ReadOnlySpan<byte> body, HttpResponseHeaders? headers)
    {
        var failure = gemini.ReadFailure(body, headers);
        return failure.Type is null ? claude.ReadFailure(body, headers) : failure;
    }

    // What Claude itself refuses it says in Anthropic's words, which no word of Google's is like.
    public UpstreamErrorKind KindOf(int? status, UpstreamFailure failure) =>
        (failure.Type?.EndsWith("_error", StringComparison.Ordinal) == true ? claude : gemini).KindOf(status, failure);

    private IDialect For(InferenceTarget target) =>
        target.UpstreamModel.Contains("claude", StringComparison.OrdinalIgnoreCase) ? claude : gemini;
}
