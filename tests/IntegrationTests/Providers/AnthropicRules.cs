using System.Collections.Immutable;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace CleanGateway.IntegrationTests.Providers;

/// <summary>Where Claude is asked: the bodies differ in a few members.</summary>
internal enum AnthropicPlace
{
    Direct,
    Vertex,
    Bedrock,
}

/// <summary>What Anthropic's API refuses to take, in its words.</summary>
internal static partial class AnthropicRules
{
    public const string NewVersion = "2026-10-21";
    private const string Extra = "Extra inputs are not permitted";
    private const int MostBreakpoints = 4;
    private const int SmallestThinkingBudget = 1024;

    private static readonly ImmutableHashSet<string> Sampling = ["temperature", "top_p", "top_k"];

    private static readonly ImmutableHashSet<string> Everywhere =
    [
        "max_tokens", "messages", "system", "stop_sequences", "tools", "tool_choice", "thinking", "output_config", "metadata", "service_tier",
        "speed",
        "inference_geo", "cache_control", "container", "mcp_servers", "context_management",
    ];

    /// <param name="version">The API's version.</param>
    /// <param name="counting">Tokens are only to be counted.</param>
    public static void Check(JsonElement body, AnthropicPlace place, string version, bool counting = false)
    {
        WireRefusal.If(body.ValueKind != JsonValueKind.Object, "The request body is not valid JSON: an object is wanted");
        foreach (var member in body.EnumerateObject())
            WireRefusal.If(!IsKnown(member.Name, place, version, counting), $"{member.Name}: {Extra}");

        WireRefusal.If(place == AnthropicPlace.Direct && body.Text("model") is null, "model: Field required");
        WireRefusal.If(!counting && !body.Has("max_tokens"), "max_tokens: Field required");
        WireRefusal.If(!body.Has("messages"), "messages: Field required");
        CheckSampling(body);
        CheckThinking(body);
        CheckTools(body);
        CheckSystem(body.Get("system"));
        foreach (var stop in body.Items("stop_sequences"))
            WireRefusal.If(string.IsNullOrWhiteSpace(stop.AsText()), "stop_sequences: each stop sequence must contain non-whitespace");

        var breakpoints = Regex.Count(body.GetRawText(), "\"cache_control\"\\s*:\\s*\\{");
        WireRefusal.If(
            breakpoints > MostBreakpoints, $"A maximum of {MostBreakpoints} blocks with cache_control may be provided. Found {breakpoints}.");
        AnthropicTurns.Check(body);
    }

    private static bool IsKnown(string member, AnthropicPlace place, string version, bool counting) =>
        Everywhere.Contains(member) || (Sampling.Contains(member) && version != NewVersion) || (member, place) switch
        {
            ("model" or "diagnostics" or "workspace_id" or "user_profile_id", AnthropicPlace.Direct) => true,
            ("model", AnthropicPlace.Vertex) => counting,
            ("stream", AnthropicPlace.Direct or AnthropicPlace.Vertex) => true,
            ("anthropic_version" or "anthropic_beta", AnthropicPlace.Vertex or AnthropicPlace.Bedrock) => true,
            _ => false,
        };

    private static void CheckSampling(JsonElement body)
    {
        foreach (var name in (string[])["temperature", "top_p"])
            WireRefusal.If(body.Number(name) is < 0 or > 1, $"{name}: range: 0..1");

        WireRefusal.If(
            body.Has("temperature") && body.Has("top_p"), "`temperature` and `top_p` cannot both be specified for this model. Please use only one.");
    }

    private static void CheckThinking(JsonElement body)
    {
        var thinking = body.Get("thinking");
        var type = thinking.Text("type");
        WireRefusal.If(thinking.ValueKind != JsonValueKind.Undefined && type is not ("enabled" or "adaptive" or "disabled" or "between_tools"),
            $"thinking: Input tag '{type}' found using 'type' does not match any of the expected tags: 'adaptive', 'disabled', 'enabled'");
        if (type is not ("enabled" or "adaptive"))
            return;

        if (type == "enabled")
        {
            WireRefusal.If(thinking.Number("budget_tokens") is null, "thinking.enabled.budget_tokens: Field required");
            WireRefusal.If(
                thinking.Number("budget_tokens") < SmallestThinkingBudget, "thinking.enabled.budget_tokens: Input should be greater than or equal "
                + "to 1024");
            WireRefusal.If(
                thinking.Number("budget_tokens") >= body.Number("max_tokens"), "`max_tokens` must be greater than `thinking.budget_tokens`.");
        }

        WireRefusal.If(
            body.Number("temperature") is { } temperature && temperature != 1, "`temperature` may only be set to 1 when thinking is enabled.");
        WireRefusal.If(body.Has("top_k"), "`top_k` must be unset when thinking is enabled.");
        WireRefusal.If(
            body.Get("tool_choice").Text("type") is "any" or "tool", "Thinking may not be enabled when tool_choice forces tool use.");
    }

    private static void CheckTools(JsonElement body)
    {
        var tools = body.Items("tools");
        foreach (var (tool, index) in tools.Select((tool, index) => (tool, index)).Where(pair => pair.tool.Text("type") is null or "custom"))
        {
            WireRefusal.If(
                tool.Text("name") is not { } name || !ToolName().IsMatch(name),
                $"tools.{index}.custom.name: String should match pattern '{ToolName()}'");
            WireRefusal.If(!tool.Has("input_schema"), $"tools.{index}.custom.input_schema: Field required");
            WireRefusal.If(tool.Get("input_schema").Text("type") != "object", $"tools.{index}.custom.input_schema.type: Input should be 'object'");
            foreach (var member in tool.EnumerateObject())
                WireRefusal.If(!ToolMembers.Contains(member.Name), $"tools.{index}.custom.{member.Name}: {Extra}");
        }

        var names = tools.Select(tool => tool.Text("name")).ToList();
        WireRefusal.If(names.Distinct().Count() < names.Count, "tools: Tool names must be unique.");

        var choice = body.Get("tool_choice");
        if (choice.ValueKind == JsonValueKind.Undefined)
            return;

        WireRefusal.If(
            choice.Text("type") is not ("auto" or "any" or "tool" or "none"),
            "tool_choice: Input tag found using 'type' does not match any of the expected tags");
        WireRefusal.If(tools.Count == 0 && choice.Text("type") != "none", "tool_choice: tool_choice may only be specified while providing tools.");
        WireRefusal.If(
            choice.Text("type") == "tool" && !names.Contains(choice.Text("name")), $"Tool '{choice.Text("name")}' not found in provided tools");
        foreach (var member in choice.EnumerateObject())
            WireRefusal.If(
                member.Name is not ("type" or "name" or "disable_parallel_tool_use"), $"tool_choice.{choice.Text("type")}.{member.Name}: {Extra}");
    }

    private static readonly ImmutableHashSet<string> ToolMembers =
    [
        "type", "name", "description", "input_schema", "strict", "cache_control", "defer_loading", "eager_input_streaming", "allowed_callers",
        "input_examples",
    ];

    private static void CheckSystem(JsonElement system)
    {
        WireRefusal.If(
            system.ValueKind is not (JsonValueKind.Undefined or JsonValueKind.String or JsonValueKind.Array),
            "system: Input should be a valid list");
        foreach (var block in system.Items())
        {
            WireRefusal.If(block.Text("type") != "text", "system: Input should be 'text'");
            WireRefusal.If(string.IsNullOrEmpty(block.Text("text")), "system: text content blocks must be non-empty");
        }
    }

    [GeneratedRegex("^[a-zA-Z0-9_-]{1,128}$")]
    private static partial Regex ToolName();
}
