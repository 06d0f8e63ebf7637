namespace CleanGateway.Application.Inference;

/// <summary>Puts the events of a stream together into the answer that the same call would have had as a whole.</summary>
internal interface ITranscript
{
    bool IsEmpty { get; }

    /// <summary>The events have said of everything how it ended: what follows, or does not, changes nothing.</summary>
    bool IsFinished { get; }

    /// <param name="json">A valid JSON object.</param>
    void Add(ReadOnlySpan<byte> json);

    ReadOnlyMemory<byte> ToJson();
}
