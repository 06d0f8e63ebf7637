using CleanGateway.Domain.Common;
using CleanGateway.Domain.Usage;

namespace CleanGateway.Application.Inference;

/// <summary>
/// What a call came to. A provider makes it, the handler passes it on, the endpoint writes it.
/// </summary>
public abstract record InferenceOutcome
{
    private InferenceOutcome() { }

    /// <summary>Parameters of the request that the provider cannot do and that were left out, as the key or the model allows.</summary>
    public IReadOnlyList<string> DroppedParams { get; init; } = [];

    /// <param name="Json">An answer in the form of the API that was called, to be sent as it is.</param>
    /// <param name="Model">The model that the provider says it used.</param>
    public sealed record Completed(ReadOnlyMemory<byte> Json, UsageReport Usage, string? Model) : InferenceOutcome;

    public sealed record Streaming(InferenceStream Events) : InferenceOutcome;

    /// <param name="MayBeBilled">The provider may charge for the call although it failed.</param>
    /// <param name="IsProvidersWord">The provider itself said that it failed: it is not likely to.</param>
    public sealed record Refused(GatewayError Error, bool MayBeBilled = false, bool IsProvidersWord = false) : InferenceOutcome;
}
