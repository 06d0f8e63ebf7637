namespace CleanGateway.Infrastructure.ProviderAdapters.Framing;

/// <summary>How a stream of bytes is cut into events.</summary>
internal interface IFraming
{
    /// <summary>What the answer's content type must be.</summary>
    string MediaType { get; }

    /// <summary>Each event; the same memory is never handed out twice.</summary>
    /// <exception cref="InvalidDataException">An event is larger than any honest one.</exception>
    IAsyncEnumerable<UpstreamEvent> ReadAsync(UpstreamBody body, CancellationToken cancellationToken);
}

/// <param name="IsError">The framing itself says that this is the upstream's failure, whatever the data look like.</param>
/// <param name="Name">What the framing calls the event; null where it has no name of its own.</param>
internal readonly record struct UpstreamEvent(ReadOnlyMemory<byte> Data, bool IsError, string? Name = null);
