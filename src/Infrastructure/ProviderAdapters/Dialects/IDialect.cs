using System.Net.Http.Headers;
using CleanGateway.Application.Inference;
using CleanGateway.Domain.Common;
using CleanGateway.Infrastructure.ProviderAdapters.Framing;

namespace CleanGateway.Infrastructure.ProviderAdapters.Dialects;

/// <summary>A request language: what is sent, how what comes back is read, what its errors mean. Keeps no state between calls.</summary>
internal interface IDialect
{
    /// <summary>The dialect can be asked through this API.</summary>
    bool Speaks(ApiFormat api, InferenceTarget target);

    /// <inheritdoc cref="IInferenceProvider.ReadsExtensions"/>
    bool ReadsExtensions(InferenceTarget target) => true;

    /// <summary>Writes a request of an API that the dialect speaks.</summary>
    /// <returns>What to send, or the error that names what cannot be said in this language.</returns>
    DialectRequest Write(InferenceRequest request, InferenceTarget target);

    /// <summary>What an answer that is an error says went wrong.</summary>
    /// <param name="headers">Null where it stood within a stream.</param>
    UpstreamFailure ReadFailure(ReadOnlySpan<byte> body, HttpResponseHeaders? headers);

    /// <summary>Which sort of failure it is.</summary>
    /// <param name="status">The HTTP status; null where the failure stood in an answer or a stream that had begun with 200.</param>
    UpstreamErrorKind KindOf(int? status, UpstreamFailure failure);
}

/// <summary>A request in a provider's language.</summary>
internal sealed record UpstreamMessage(Uri Url, ReadOnlyMemory<byte> Body, IAnswerReader Answer)
{
    /// <summary>Besides those that every request has and those of the credential.</summary>
    public IReadOnlyList<KeyValuePair<string, string>> Headers { get; init; } = [];

    /// <summary>Parameters of the caller's that are left out, as the key or the model allows.</summary>
    public IReadOnlyList<string> DroppedParams { get; init; } = [];

    /// <summary>
    /// For a refusal that another spelling of the same request avoids: what to send instead, once; null when there is nothing
    /// to be done.
    /// </summary>
    public Func<UpstreamFailure, UpstreamMessage?>? Amend { get; init; }
}

/// <summary>One of both: what to send, or why it cannot be said.</summary>
internal readonly record struct DialectRequest(UpstreamMessage? Message, GatewayError? Error)
{
    public static implicit operator DialectRequest(UpstreamMessage message) => new(message, null);

    public static implicit operator DialectRequest(GatewayError error) => new(null, error);
}

/// <summary>
/// Reads what an upstream answers to one request, and says it in the form of the API that was called. One per call; what
/// it is given that is not of its language it meets with a <see cref="System.Text.Json.JsonException"/> or an
/// <see cref="InvalidDataException"/>.
/// </summary>
internal interface IAnswerReader
{
    /// <param name="headers">Of the answer, whole or streamed; read before anything else.</param>
    void Begin(HttpResponseHeaders headers);

    /// <summary>A whole answer.</summary>
    /// <param name="failure">What went wrong where the answer, for all its status of 200, is none.</param>
    ReadOnlyMemory<byte> ReadWhole(ReadOnlyMemory<byte> body, out UpstreamFailure? failure);

    /// <summary>One event of a stream, which the framing has not found to be an error.</summary>
    void Read(UpstreamEvent item, AnswerEvents answer);

    /// <summary>The stream has come to its end.</summary>
    void End(AnswerEvents answer);
}

/// <summary>What one event of an upstream comes to: none, one or more events of the API that was called, or an end.</summary>
internal sealed class AnswerEvents
{
    private readonly Queue<(ReadOnlyMemory<byte> Json, string? Name)> events = new();

    /// <summary>The upstream has said that this was all.</summary>
    public bool Terminated { get; private set; }

    public UpstreamFailure? Failure { get; private set; }

    /// <param name="json">Memory that is not written to again.</param>
    /// <param name="name">In APIs whose events have names.</param>
    public void Add(ReadOnlyMemory<byte> json, string? name = null) => events.Enqueue((json, name));

    public void Terminate() => Terminated = true;

    public void Fail(UpstreamFailure failure) => Failure = failure;

    public bool TryTake(out ReadOnlyMemory<byte> json, out string? name)
    {
        var taken = events.TryDequeue(out var item);
        (json, name) = item;
        return taken;
    }
}
