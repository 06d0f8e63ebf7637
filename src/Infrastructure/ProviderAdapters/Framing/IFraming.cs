namespace CleanGateway.Infrastructure.ProviderAdapters.Framing;

/// <summary>How a stream of bytes is cut into events.</summary>
internal interface IFraming
{
    /// <summary>What the answer's content type must be.</summary>
    string MediaType { get; }

    /// <summary>The data of each event; the same memory is never handed out twice.</summary>
    /// <exception cref="InvalidDataException">An event is larger than any honest one.</exception>
    IAsyncEnumerable<ReadOnlyMemory<byte>> ReadAsync(UpstreamBody body, CancellationToken cancellationToken);
}
