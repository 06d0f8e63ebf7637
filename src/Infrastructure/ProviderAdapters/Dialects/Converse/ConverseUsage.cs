using System.Text.Json;
using CleanGateway.Infrastructure.ProviderAdapters.Dialects.Chat;

namespace CleanGateway.Infrastructure.ProviderAdapters.Dialects.Converse;

/// <summary>Reads what Bedrock counted: its <c>inputTokens</c> are without those read from and written to the cache.</summary>
internal static class ConverseUsage
{
    /// <param name="root">The answer, or a stream's event <c>metadata</c>.</param>
    /// <returns>Null when nothing was counted.</returns>
    public static ChatUsage? Read(JsonElement root)
    {
        if (root.Given("usage") is not { } usage || usage.Given("inputTokens") is not { } input || usage.Given("outputTokens") is not { } output)
            return null;

        var read = Count(usage, "cacheReadInputTokens");
        var written = Count(usage, "cacheWriteInputTokens");
        var forAnHour = (usage.Given("cacheDetails")?.EnumerateArray() ?? default)
            .Where(item => item.Given("ttl") is { } ttl && ttl.IsText("1h")).Sum(item => Count(item, "inputTokens"));
        forAnHour = Math.Min(forAnHour, written);
        return new ChatUsage(input.GetInt64() + read + written, output.GetInt64())
        {
            CachedTokens = read,
            CacheWriteTokens = written - forAnHour,
            CacheWrite1hTokens = forAnHour,
            ServiceTier = root.Given("serviceTier")?.Given("type") is { ValueKind: JsonValueKind.String } tier ? tier.GetString() : null,
        };
    }

    private static long Count(JsonElement element, string name) => element.Given(name)?.GetInt64() ?? 0;
}
