using CleanGateway.Application.Inference;
using CleanGateway.Domain.ApiKeys;
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
    private const long MostBytesOfOne = 4 * 1024 * 1024;   // no call may push out everybody's
    private const int OverheadBytes = 256;
    private static readonly TimeSpan Longest = TimeSpan.FromHours(1);

    private readonly MemoryCache thoughts = new(new MemoryCacheOptions { SizeLimit = MostBytes });

    /// <param name="callId">The tool call that followed, as the caller was told it.</param>
    public void Keep(ThoughtOwner owner, string callId, IReadOnlyList<ThinkingBlock> blocks)
    {
        var size = OverheadBytes + blocks.Sum(block => 2L * ((block.Text?.Length ?? 0) + (block.Signature?.Length ?? 0) + (block.Data?.Length ?? 0)));
        if (size > MostBytesOfOne)
            thoughts.Remove((owner, callId));
        else
            thoughts.Set((owner, callId), blocks, new MemoryCacheEntryOptions { Size = size, SlidingExpiration = Longest });
    }

    /// <returns>Null when it was never told, or has forgotten.</returns>
    public IReadOnlyList<ThinkingBlock>? Find(ThoughtOwner owner, string callId) =>
        thoughts.TryGetValue((owner, callId), out IReadOnlyList<ThinkingBlock>? blocks) ? blocks : null;

    public void Dispose() => thoughts.Dispose();
}

/// <summary>
/// Between whom a thought was: providers that number their calls give the same ids to everybody, and a signature is worth
/// something to the model that gave it alone.
/// </summary>
/// <param name="Model">What the provider calls the model.</param>
internal readonly record struct ThoughtOwner(ProviderId Provider, string Model, ApiKeyId? Caller)
{
    public static ThoughtOwner Of(UpstreamAccount account, InferenceTarget target) => new(account.Id, target.UpstreamModel, target.Caller);
}

/// <summary>What dialects share between calls.</summary>
internal sealed record DialectServices(ThoughtMemory Thoughts, TimeProvider Clock);
