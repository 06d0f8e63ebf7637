using CleanGateway.Domain.Common;

namespace CleanGateway.Application.Inference;

/// <summary>
/// The events of a streamed answer, each a JSON text in the form of the API that was called. A provider hands a stream
/// out when it has its first event, so opening it is where a call can still be refused. Whoever holds the stream disposes
/// it, and disposing hangs up.
/// </summary>
public abstract class InferenceStream : IAsyncDisposable
{
    /// <summary>The event that <see cref="MoveNextAsync"/> has moved to; valid until it is called again.</summary>
    public ReadOnlyMemory<byte> Current { get; protected set; }

    /// <summary>The name of <see cref="Current"/>, in APIs whose events have names.</summary>
    public string? Name { get; protected set; }

    /// <summary>What there is to know of <see cref="Current"/>.</summary>
    public AnswerFacts Facts { get; protected set; }

    /// <summary>Why the stream ended early; null while it runs and when it ended well.</summary>
    public GatewayError? Error { get; protected set; }

    /// <summary>The upstream itself said that this was all.</summary>
    public bool Terminated { get; protected set; }

    /// <returns>False at the end: then <see cref="Error"/> says whether it was a good one.</returns>
    /// <exception cref="OperationCanceledException">The caller has left.</exception>
    public abstract ValueTask<bool> MoveNextAsync();

    public abstract ValueTask DisposeAsync();
}
