using System.Net.Http.Headers;
using CleanGateway.Infrastructure.ProviderAdapters.Framing;

namespace CleanGateway.Infrastructure.ProviderAdapters.Dialects;

/// <summary>For providers that speak OpenAI's Responses API: every byte as it comes.</summary>
internal sealed class ResponsesPassThrough : IAnswerReader
{
    public void Begin(HttpResponseHeaders headers) { }

    public ReadOnlyMemory<byte> ReadWhole(ReadOnlyMemory<byte> body, out UpstreamFailure? failure)
    {
        failure = null;
        return body;
    }

    public void Read(UpstreamEvent item, AnswerEvents answer)
    {
        // Some end as chats do, besides; without the event that should stand before it, it is no end.
        if (!item.Data.Span.SequenceEqual("[DONE]"u8))
            answer.Add(item.Data, item.Name);
    }

    public void End(AnswerEvents answer) { }
}
