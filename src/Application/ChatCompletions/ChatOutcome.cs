using CleanGateway.Domain.Common;
using CleanGateway.Domain.Usage;

namespace CleanGateway.Application.ChatCompletions;

/// <summary>
/// What a chat came to. A provider makes it, the handler passes it on, the endpoint writes it.
/// </summary>
public abstract record ChatOutcome
{
    private ChatOutcome() { }

    /// <param name="Json">A <c>chat.completion</c>, to be sent as it is.</param>
    /// <param name="Model">The model that the provider says it used.</param>
    public sealed record Completed(ReadOnlyMemory<byte> Json, UsageReport Usage, string? Model) : ChatOutcome;

    public sealed record Streaming(ChatStream Events) : ChatOutcome;

    /// <param name="MayBeBilled">The provider may charge for the call although it failed.</param>
    /// <param name="IsProvidersWord">The provider itself said that it failed: it is not likely to.</param>
    public sealed record Refused(GatewayError Error, bool MayBeBilled = false, bool IsProvidersWord = false) : ChatOutcome;
}
