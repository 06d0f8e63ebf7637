using System.Net.ServerSentEvents;
using System.Runtime.CompilerServices;

namespace CleanGateway.Infrastructure.ProviderAdapters.Framing;

/// <summary>Server-sent events (WHATWG HTML, 9.2), read liberally: any line ending, comments, a last event without its blank line.</summary>
internal sealed class ServerSentEvents : IFraming
{
    private static readonly byte[] BlankLine = "\n\n"u8.ToArray();

    public string MediaType => "text/event-stream";

    public async IAsyncEnumerable<UpstreamEvent> ReadAsync(UpstreamBody body, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        // By the standard an event that lacks its blank line is dropped; upstreams forget it.
        body.Ending = BlankLine;

        var events = SseParser.Create(body, Event);
        await foreach (var item in events.EnumerateAsync(cancellationToken))
        {
            body.EventRead();
            yield return item.Data;
        }
    }

    /// <summary>What an event says; without a name where it has none of its own.</summary>
    internal static UpstreamEvent Event(string type, ReadOnlySpan<byte> data) =>
        new(data.ToArray(), IsError: type == "error", type == SseParser.EventTypeDefault ? null : type);
}
