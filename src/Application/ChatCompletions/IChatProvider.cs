using CleanGateway.Domain.RequestLogs;

namespace CleanGateway.Application.ChatCompletions;

/// <summary>Something that answers chats.</summary>
public interface IChatProvider
{
    /// <summary>
    /// Completes when the provider has committed itself: with the whole answer, the first event of a stream, or a
    /// refusal. What goes wrong upstream is a refusal, never an exception.
    /// </summary>
    /// <exception cref="OperationCanceledException">The caller has left.</exception>
    Task<ChatOutcome> SendAsync(ChatRequest chat, ChatTarget target, CancellationToken cancellationToken);
}

/// <summary>Who answers a model's calls.</summary>
/// <param name="UpstreamModel">What the provider calls the model.</param>
/// <param name="MaxInputTokens">The most that the model takes; null is not known.</param>
/// <param name="MaxOutputTokens">The most that the model answers; null is not known.</param>
public sealed record ChatTarget(
    Destination Destination, string UpstreamModel, IChatProvider Provider, long? MaxInputTokens = null, long? MaxOutputTokens = null);
