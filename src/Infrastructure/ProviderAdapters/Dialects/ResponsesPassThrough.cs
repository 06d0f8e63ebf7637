using System.Net.Http.Headers;
using CleanGateway.Application.Responses;
using CleanGateway.Infrastructure.ProviderAdapters.Framing;

namespace CleanGateway.Infrastructure.ProviderAdapters.Dialects;

/// <summary>For providers that speak OpenAI's Responses API: every byte as it comes, until the event that says that this was all.</summary>
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
        // Some end as chats do, besides.
        if (item.Data.Span.SequenceEqual("[DONE]"u8))
            return;

        answer.Add(item.Data, item.Name);
        if (!item.Data.Span.Trim(" \t\r\n"u8).IsEmpty && ResponsesFacts.IsLast(item.Data.Span))
            answer.Terminate();
    }

    public void End(AnswerEvents answer) { }
}
