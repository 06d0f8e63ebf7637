namespace CleanGateway.Infrastructure.ProviderAdapters.Framing;

/// <summary>How a stream of bytes is cut into events.</summary>
internal interface IFraming
{
    /// <summary>What the answer's content type must be.</summary>
    string MediaType { get; }

    /// <summary>Each event; the same memory is never handed out twice.</summary>
    /// <exception cref="InvalidDataException">An event is larger than any honest one, or damaged.</exception>
    /// <exception cref="IOException">The stream ends in the middle of an event.</exception>
    IAsyncEnumerable<UpstreamEvent> ReadAsync(UpstreamBody body, CancellationToken cancellationToken);
}

/// <param name="IsError">The framing itself says that this is the upstream's failure, whatever the data look like.</param>
/// <param name="Name">What sort of event the framing says it is; null when it says nothing.</param>
internal readonly record struct UpstreamEvent(ReadOnlyMemory<byte> Data, bool IsError, string? Name = null);
