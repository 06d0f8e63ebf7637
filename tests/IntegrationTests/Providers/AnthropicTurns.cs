using System.Collections.Immutable;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace CleanGateway.IntegrationTests.Providers;

/// <summary>The turns of a conversation with Claude, and what is wrong with them.</summary>
internal static partial class AnthropicTurns
{
    private static readonly ImmutableDictionary<string, string[]> Blocks = new Dictionary<string, string[]>
    {
        ["text"] = ["text", "cache_control", "citations"],
        ["image"] = ["source", "cache_control"],
        ["document"] = ["source", "title", "context", "citations", "cache_control"],
        ["tool_use"] = ["id", "name", "input", "cache_control", "caller"],
        ["tool_result"] = ["tool_use_id", "content", "is_error", "cache_control"],
        ["thinking"] = ["thinking", "signature"],
        ["redacted_thinking"] = ["data"],
        ["search_result"] = ["source", "title", "content", "citations", "cache_control"],
    }.ToImmutableDictionary();

    /// <summary>Role and blocks of each turn; messages of one role that follow each other are one.</summary>
    public static IReadOnlyList<(string Role, List<JsonElement> Blocks)> Read(JsonElement body)
    {
        var turns = new List<(string Role, List<JsonElement> Blocks)>();
        foreach (var message in body.Items("messages"))
        {
            var role = message.Text("role")!;
            if (turns.Count == 0 || turns[^1].Role != role)
                turns.Add((role, []));

            turns[^1].Blocks.AddRange(BlocksOf(message.Get("content")));
        }

        return turns;
    }

    public static IEnumerable<JsonElement> BlocksOf(JsonElement content) =>
        content.AsText() is { } text ? [JsonSerializer.SerializeToElement(new { type = "text", text })] : content.Items();

    public static void Check(JsonElement body)
    {
        var messages = body.Items("messages");
        WireRefusal.If(messages.Count == 0, "messages: at least one message is required");
        for (var index = 0; index < messages.Count; index++)
            CheckMessage(messages[index], $"messages.{index}");

        var turns = Read(body);
        WireRefusal.If(turns[0].Role != "user", "messages: first message must use the \"user\" role");
        for (var index = 0; index < turns.Count; index++)
            CheckTools(turns, index);

        if (body.Get("thinking").Text("type") is "enabled" or "adaptive")
            CheckThoughts(turns);
    }

    private static void CheckMessage(JsonElement message, string where)
    {
        WireRefusal.If(message.Text("role") is not ("user" or "assistant"), $"{where}.role: Input should be 'user' or 'assistant'");
        foreach (var member in message.EnumerateObject())
            WireRefusal.If(member.Name is not ("role" or "content"), $"{where}.{member.Name}: Extra inputs are not permitted");

        var content = message.Get("content");
        WireRefusal.If(content.ValueKind is not (JsonValueKind.String or JsonValueKind.Array), $"{where}.content: Input should be a valid list");
        WireRefusal.If(
            content.ValueKind == JsonValueKind.Array && content.GetArrayLength() == 0, $"{where}: all messages must have non-empty content");
        foreach (var (block, index) in BlocksOf(content).Select((block, index) => (block, index)))
            CheckBlock(block, $"{where}.content.{index}");
    }

    private static void CheckBlock(JsonElement block, string where)
    {
        var type = block.Text("type") ?? "";
        WireRefusal.If(
            !Blocks.TryGetValue(type, out var members), $"{where}: Input tag '{type}' found using 'type' does not match any of the expected tags");
        foreach (var member in block.EnumerateObject())
            WireRefusal.If(member.Name != "type" && !members!.Contains(member.Name), $"{where}.{type}.{member.Name}: Extra inputs are not permitted");

        switch (type)
        {
            case "text":
                WireRefusal.If(block.Text("text") is null, $"{where}.text.text: Field required");
                WireRefusal.If(block.Text("text") == "", "messages: text content blocks must be non-empty");
                WireRefusal.If(string.IsNullOrWhiteSpace(block.Text("text")), "messages: text content blocks must contain non-whitespace text");
                break;
            case "tool_use":
                WireRefusal.If(
                    block.Text("id") is not { } id || !ToolUseId().IsMatch(id), $"{where}.tool_use.id: String should match pattern '{ToolUseId()}'");
                WireRefusal.If(block.Text("name") is null, $"{where}.tool_use.name: Field required");
                WireRefusal.If(block.Get("input").ValueKind != JsonValueKind.Object, $"{where}.tool_use.input: Input should be a valid dictionary");
                break;
            case "tool_result":
                WireRefusal.If(block.Text("tool_use_id") is null, $"{where}.tool_result.tool_use_id: Field required");
                foreach (var (inner, index) in BlocksOf(block.Get("content")).Select((inner, index) => (inner, index)))
                    WireRefusal.If(
                        inner.Text("type") == "text" && inner.Text("text") is null or "" && block.Get("content").AsText() is null,
                        $"{where}.tool_result.content.{index}: text content blocks must be non-empty");
                break;
            case "image":
                CheckImage(block.Get("source"), where);
                break;
            case "thinking":
                WireRefusal.If(
                    block.Text("signature") != Think.SignatureOf(block.Text("thinking") ?? ""), $"{where}: Invalid `signature` in `thinking` block");
                break;
        }
    }

    private static void CheckImage(JsonElement source, string where)
    {
        WireRefusal.If(
            source.Text("type") is not ("base64" or "url" or "file"),
            $"{where}.image.source: Input tag found using 'type' does not match any of the expected tags");
        WireRefusal.If(
            source.Text("type") == "base64" && source.Text("media_type") is not ("image/jpeg" or "image/png" or "image/gif" or "image/webp"),
            $"{where}.image.source.base64.media_type: Input should be 'image/jpeg', 'image/png', 'image/gif' or 'image/webp'");
        if (source.Text("type") == "base64")
            WireRefusal.If(!System.Buffers.Text.Base64.IsValid(source.Text("data")), $"{where}.image.source.base64: invalid base64 data");
    }

    private static void CheckTools(IReadOnlyList<(string Role, List<JsonElement> Blocks)> turns, int index)
    {
        var (role, blocks) = turns[index];
        var uses = Ids(blocks, "tool_use", "id");
        var results = Ids(blocks, "tool_result", "tool_use_id");
        if (role == "assistant")
        {
            WireRefusal.If(results.Count > 0, $"messages.{index}: `tool_result` blocks can only be in `user` messages");
            WireRefusal.If(uses.Distinct().Count() < uses.Count, $"messages.{index}: `tool_use` ids must be unique");
            var answered = index + 1 < turns.Count ? Ids(LeadingResults(turns[index + 1].Blocks), "tool_result", "tool_use_id") : [];
            WireRefusal.If(
                uses.Except(answered).Any(),
                $"messages.{index}: `tool_use` ids were found without `tool_result` blocks immediately after: "
                + $"{string.Join(", ", uses.Except(answered))}. "
                + "Each `tool_use` block must have a corresponding `tool_result` block in the next message.");
            return;
        }

        WireRefusal.If(uses.Count > 0, $"messages.{index}: `tool_use` blocks can only be in `assistant` messages");
        var asked = index > 0 ? Ids(turns[index - 1].Blocks, "tool_use", "id") : [];
        WireRefusal.If(
            results.Except(asked).Any(),
            $"messages.{index}: unexpected `tool_use_id` found in `tool_result` blocks: {string.Join(", ", results.Except(asked))}. "
            + "Each `tool_result` block must have a corresponding `tool_use` block in the previous message.");
        WireRefusal.If(results.Distinct().Count() < results.Count, $"messages.{index}: each `tool_use` must have a single result");
    }

    private static IEnumerable<JsonElement> LeadingResults(List<JsonElement> blocks) =>
        blocks.TakeWhile(block => block.Text("type") == "tool_result");

    // A turn goes on as long as tools answer: what the model thought before its last calls has to be there still.
    private static void CheckThoughts(IReadOnlyList<(string Role, List<JsonElement> Blocks)> turns)
    {
        var last = turns.Index().LastOrDefault(turn => turn.Item.Role == "assistant");
        if (last.Item.Blocks is not { } blocks || !blocks.Any(block => block.Text("type") == "tool_use") || last.Index != turns.Count - 2)
            return;

        WireRefusal.If(
            blocks[0].Text("type") is not ("thinking" or "redacted_thinking"),
            $"messages.{last.Index}.content.0.type: Expected `thinking` or `redacted_thinking`, but found `{blocks[0].Text("type")}`. When "
            + "`thinking` is enabled, "
            + "a final `assistant` message must start with a thinking block (preceeding the lastmost set of `tool_use` and `tool_result` blocks).");
    }

    private static List<string?> Ids(IEnumerable<JsonElement> blocks, string type, string member) =>
        [.. blocks.Where(block => block.Text("type") == type).Select(block => block.Text(member))];

    [GeneratedRegex("^[a-zA-Z0-9_-]+$")]
    private static partial Regex ToolUseId();
}
