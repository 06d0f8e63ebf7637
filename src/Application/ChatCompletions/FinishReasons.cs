using System.Collections.Frozen;
using System.Text.Json;
using CleanGateway.Application.Common;

namespace CleanGateway.Application.ChatCompletions;

/// <summary>
/// The reasons for which a choice can have finished. OpenAI's clients know five words for them, and some break at any
/// other; compatible servers have more.
/// </summary>
internal static class FinishReasons
{
    private static readonly ReadOnlyMemory<byte> Null = "null"u8.ToArray();
    private static readonly ReadOnlyMemory<byte> Stop = "\"stop\""u8.ToArray();
    private static readonly ReadOnlyMemory<byte> Length = "\"length\""u8.ToArray();
    private static readonly ReadOnlyMemory<byte> ToolCalls = "\"tool_calls\""u8.ToArray();
    private static readonly ReadOnlyMemory<byte> ContentFilter = "\"content_filter\""u8.ToArray();

    // What was cut short for whatever reason is not all of the answer: of the five, "length" says that.
    private static readonly FrozenDictionary<string, ReadOnlyMemory<byte>> Others = new Dictionary<string, ReadOnlyMemory<byte>>
    {
        [""] = Null,   // of choices that go on
        ["model_length"] = Length,
        ["max_length"] = Length,
        ["max_tokens"] = Length,
        ["max_output_tokens"] = Length,
        ["model_context_window_exceeded"] = Length,
        ["context_length"] = Length,
        ["insufficient_system_resource"] = Length,
        ["incomplete"] = Length,
        ["abort"] = Length,
        ["aborted"] = Length,
        ["cancelled"] = Length,
        ["time_limit"] = Length,
        ["tool_call"] = ToolCalls,
        ["tool_use"] = ToolCalls,
        ["function"] = ToolCalls,
        ["malformed_function_call"] = ToolCalls,
        ["safety"] = ContentFilter,
        ["content_filtered"] = ContentFilter,
        ["guardrail_intervened"] = ContentFilter,
        ["recitation"] = ContentFilter,
        ["refusal"] = ContentFilter,
        ["sensitive"] = ContentFilter,
        ["blocklist"] = ContentFilter,
        ["prohibited_content"] = ContentFilter,
        ["spii"] = ContentFilter,
    }.ToFrozenDictionary(StringComparer.OrdinalIgnoreCase);

    /// <summary>The reader is on a word that every client knows.</summary>
    public static bool IsKnown(ref Utf8JsonReader reader) =>
        reader.Says("stop"u8) || reader.Says("length"u8) || reader.Says("tool_calls"u8) || reader.Says("content_filter"u8)
        || reader.Says("function_call"u8);

    /// <summary>What a reason comes to in OpenAI's words, as JSON. One that is not known here ended an answer that is all there.</summary>
    public static ReadOnlyMemory<byte> Known(string? reason) => reason is not null && Others.TryGetValue(reason, out var known) ? known : Stop;
}
