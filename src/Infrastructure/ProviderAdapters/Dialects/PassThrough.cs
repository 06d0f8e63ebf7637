using System.Net.Http.Headers;
using CleanGateway.Infrastructure.ProviderAdapters.Framing;

namespace CleanGateway.Infrastructure.ProviderAdapters.Dialects;

/// <summary>For providers that answer in the form of the API that was called: every byte as it comes.</summary>
/// <param name="last">The event that says that this was all, and is none itself; empty where the language has none.</param>
internal sealed class PassThrough(ReadOnlyMemory<byte> last) : IAnswerReader
{
    public void Begin(HttpResponseHeaders headers) { }

    public ReadOnlyMemory<byte> ReadWhole(ReadOnlyMemory<byte> body, out UpstreamFailure? failure)
    {
        failure = null;
        return body;
    }

    public void Read(UpstreamEvent item, AnswerEvents answer)
    {
        if (!last.IsEmpty && item.Data.Span.SequenceEqual(last.Span))
            answer.Terminate();
        else
            answer.Add(item.Data, item.Name);
    }

    public void End(AnswerEvents answer) { }
}
