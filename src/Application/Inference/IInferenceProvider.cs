using CleanGateway.Application.Telemetry;
using CleanGateway.Domain.ApiKeys;
using CleanGateway.Domain.Models;
using CleanGateway.Domain.RequestLogs;

namespace CleanGateway.Application.Inference;

/// <summary>Something that answers calls.</summary>
public interface IInferenceProvider
{
    /// <summary>Calls that come through this API can be answered.</summary>
    bool Speaks(ApiFormat api, InferenceTarget target);

    /// <summary>
    /// Members of chats that OpenAI's language lacks are understood: <c>cache_control</c> of parts and tools,
    /// <c>thinking_blocks</c> of an assistant's message.
    /// </summary>
    bool ReadsExtensions(InferenceTarget target) => false;

    /// <summary>What OpenTelemetry's conventions call its kind: the values of <c>gen_ai.provider.name</c>.</summary>
    string TelemetryName => "cleangateway";

    /// <summary>
    /// Completes when the provider has committed itself: with the whole answer, the first event of a stream, or a
    /// refusal. What goes wrong upstream is a refusal, never an exception.
    /// </summary>
    /// <exception cref="OperationCanceledException">The caller has left.</exception>
    Task<InferenceOutcome> SendAsync(InferenceRequest request, InferenceTarget target, CancellationToken cancellationToken);
}

/// <summary>Who answers a model's calls.</summary>
/// <param name="UpstreamModel">What the provider calls the model.</param>
/// <param name="MaxInputTokens">The most that the model takes; null is not known.</param>
/// <param name="MaxOutputTokens">The most that the model answers; null is not known.</param>
public sealed record InferenceTarget(
    Destination Destination, string UpstreamModel, IInferenceProvider Provider, long? MaxInputTokens = null, long? MaxOutputTokens = null)
{
    /// <summary>What the catalogue says that the model can do.</summary>
    public ModelCapabilities Capabilities { get; init; } = ModelCapabilities.None;

    /// <summary>Whose call it is: what is remembered of one caller's calls is not for another's. Null is nobody in particular.</summary>
    public ApiKeyId? Caller { get; init; }

    /// <summary>Parameters that the provider cannot do are left out; without it they are an error.</summary>
    public bool DropParams { get; init; }

    /// <summary>The trace that the provider is told of; null for none.</summary>
    public TraceContext? TraceContext { get; init; }

    /// <summary>Where the provider says what telemetry wants to know; null where nobody listens.</summary>
    public ModelCall? ModelCall { get; init; }
}
