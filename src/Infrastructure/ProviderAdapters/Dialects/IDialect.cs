using CleanGateway.Application.ChatCompletions;

namespace CleanGateway.Infrastructure.ProviderAdapters.Dialects;

/// <summary>A request language. Keeps no state between calls.</summary>
internal interface IDialect
{
    Uri UrlFor(ChatTarget target);

    /// <summary>The body to send; the caller's own bytes when nothing has to change.</summary>
    ReadOnlyMemory<byte> WriteRequest(ChatRequest chat, ChatTarget target);
}
