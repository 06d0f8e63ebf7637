using System.Text.Json;
using CleanGateway.Domain.Common;

namespace CleanGateway.Infrastructure.ProviderAdapters.Dialects.Chat;

/// <summary>Takes the tools of a chat request apart, and which of them shall be called.</summary>
internal static class ChatToolReader
{
    /// <exception cref="GatewayException">Something in them is wrong, or none of a function; the error names it.</exception>
    public static IReadOnlyList<ChatTool> Tools(JsonElement root)
    {
        var tools = new List<ChatTool>();
        foreach (var (index, tool) in Items(root.Given("tools"), "tools").Index())
        {
            var path = $"tools[{index}]";
            if (tool.NeedText("type", $"{path}.type") is var type && type != "function")
                throw new GatewayException(ChatJson.Unsupported($"{path}.type", $"the provider of this model knows functions only, but the tool is of type '{type}'."));

            var function = tool.Given("function") ?? throw ChatJson.Missing($"{path}.function");
            var mark = tool.Given("cache_control") ?? function.Given("cache_control");
            tools.Add(ReadFunction(function, $"{path}.function", mark is { } given ? new CacheMark(given.Text("ttl", $"{path}.cache_control.ttl")) : null));
        }

        foreach (var (index, function) in Items(root.Given("functions"), "functions").Index())
            tools.Add(ReadFunction(function, $"functions[{index}]", cache: null));
        return tools;
    }

    /// <returns>Null when the caller leaves it to the provider.</returns>
    /// <exception cref="GatewayException">It is none, or names a tool that is not there.</exception>
    public static ToolChoice? Choice(JsonElement root, IReadOnlyList<ChatTool> tools)
    {
        var choice = Read(root);
        var known = choice is null ? [] : tools.Select(tool => tool.Name).ToHashSet(StringComparer.Ordinal);
        foreach (var name in choice?.Allowed ?? (choice?.Name is { } one ? [one] : []))
        {
            if (!known.Contains(name))
                throw new GatewayException(GatewayError.Invalid($"Invalid 'tool_choice': there is no tool with the name '{name}' in 'tools'.", "tool_choice", "invalid_value"));
        }

        return choice;
    }

    private static ChatTool ReadFunction(JsonElement function, string path, CacheMark? cache)
    {
        var description = function.Text("description", $"{path}.description");
        return new ChatTool(
            path, function.NeedText("name", $"{path}.name"), string.IsNullOrEmpty(description) ? null : description,
            function.Given("parameters")?.Require($"{path}.parameters", JsonValueKind.Object), function.Flag("strict", $"{path}.strict"), cache);
    }

    private static ToolChoice? Read(JsonElement root)
    {
        if (root.Given("tool_choice") is not { } choice)
            return root.Given("function_call") is { } function ? ReadFunctionCall(function) : null;

        if (choice.ValueKind == JsonValueKind.String)
            return new ToolChoice(Mode(choice.GetString(), "tool_choice"));

        return choice.Require("tool_choice", JsonValueKind.Object).NeedText("type", "tool_choice.type") switch
        {
            "function" => new ToolChoice(
                ToolChoiceMode.Named, (choice.Given("function") ?? throw ChatJson.Missing("tool_choice.function")).NeedText("name", "tool_choice.function.name")),
            "allowed_tools" => ReadAllowed(choice.Given("allowed_tools") ?? throw ChatJson.Missing("tool_choice.allowed_tools")),
            "auto" => new ToolChoice(ToolChoiceMode.Auto),
            var type => throw ChatJson.Wrong("tool_choice.type", type, "function or allowed_tools"),
        };
    }

    private static ToolChoice ReadAllowed(JsonElement allowed)
    {
        const string Path = "tool_choice.allowed_tools";
        var names = Items(allowed.Given("tools"), $"{Path}.tools").Select((tool, index) =>
            (tool.Given("function") ?? throw ChatJson.Missing($"{Path}.tools[{index}].function")).NeedText("name", $"{Path}.tools[{index}].function.name"));
        return new ToolChoice(Mode(allowed.Text("mode", $"{Path}.mode") ?? "auto", $"{Path}.mode"), Allowed: [.. names]);
    }

    private static ToolChoice ReadFunctionCall(JsonElement call) => call.ValueKind == JsonValueKind.String
        ? new ToolChoice(Mode(call.GetString(), "function_call"))
        : new ToolChoice(ToolChoiceMode.Named, call.NeedText("name", "function_call.name"));

    private static ToolChoiceMode Mode(string? word, string path) => word switch
    {
        "auto" => ToolChoiceMode.Auto,
        "none" => ToolChoiceMode.None,
        "required" => ToolChoiceMode.Required,
        _ => throw ChatJson.Wrong(path, word, "auto, none or required"),
    };

    private static IEnumerable<JsonElement> Items(JsonElement? array, string path) =>
        array?.Require(path, JsonValueKind.Array).EnumerateArray().Select((item, index) => item.Require($"{path}[{index}]", JsonValueKind.Object)) ?? [];
}
