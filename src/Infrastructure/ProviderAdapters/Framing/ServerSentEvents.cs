using System.Net.ServerSentEvents;
using System.Runtime.CompilerServices;

namespace CleanGateway.Infrastructure.ProviderAdapters.Framing;

/// <summary>Server-sent events (WHATWG HTML, 9.2), read liberally: any line ending, comments, a last event without its blank line.</summary>
internal sealed class ServerSentEvents : IFraming
{
    public string MediaType => "text/event-stream";

    public async IAsyncEnumerable<UpstreamEvent> ReadAsync(UpstreamBody body, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var events = SseParser.Create(body, static (type, data) => new UpstreamEvent(data.ToArray(), IsError: type == "error"));
        await foreach (var item in events.EnumerateAsync(cancellationToken))
        {
            body.EventRead();
            yield return item.Data;
        }
    }
}
