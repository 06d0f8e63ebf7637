using CleanGateway.Domain.Providers;
using CleanGateway.Infrastructure.ProviderAdapters.Dialects.Chat;
using Microsoft.Extensions.Caching.Memory;

namespace CleanGateway.Infrastructure.ProviderAdapters.Dialects;

/// <summary>
/// Remembers what models thought before they called a tool. Providers want their signed thoughts back with the tool's
/// result, and most OpenAI clients bring back nothing but the call; callers who do bring them back need no memory. It is
/// this process's own, bounded, and may forget: what a dialect does then, the call still works.
/// </summary>
internal sealed class ThoughtMemory : IDisposable
{
    private const long MostBytes = 64 * 1024 * 1024;
    private const int OverheadBytes = 256;
    private static readonly TimeSpan Longest = TimeSpan.FromHours(1);

    private readonly MemoryCache thoughts = new(new MemoryCacheOptions { SizeLimit = MostBytes });

    /// <param name="callId">The tool call that followed, as the caller was told it.</param>
    public void Keep(ProviderId provider, string callId, IReadOnlyList<ThinkingBlock> blocks)
    {
        var size = OverheadBytes + blocks.Sum(block => 2L * ((block.Text?.Length ?? 0) + (block.Signature?.Length ?? 0) + (block.Data?.Length ?? 0)));
        thoughts.Set((provider, callId), blocks, new MemoryCacheEntryOptions { Size = size, SlidingExpiration = Longest });
    }

    /// <returns>Null when it was never told, or has forgotten.</returns>
    public IReadOnlyList<ThinkingBlock>? Find(ProviderId provider, string callId) =>
        thoughts.TryGetValue((provider, callId), out IReadOnlyList<ThinkingBlock>? blocks) ? blocks : null;

    public void Dispose() => thoughts.Dispose();
}

/// <summary>What dialects share between calls.</summary>
internal sealed record DialectServices(ThoughtMemory Thoughts, TimeProvider Clock);
