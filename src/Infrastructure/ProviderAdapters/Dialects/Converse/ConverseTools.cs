using System.Text.Json;
using CleanGateway.Infrastructure.ProviderAdapters.Dialects.Chat;

namespace CleanGateway.Infrastructure.ProviderAdapters.Dialects.Converse;

/// <summary>
/// Which tools a request names and how it lets the model choose. A history with calls cannot be sent without tools, and no
/// choice says that none may be called: such a request names those of its history, and is told in words.
/// </summary>
internal sealed class ConverseTools
{
    private const string AnswerDescription = "Gives the answer to the user. Call it exactly once, with the whole answer.";

    private static readonly JsonElement NoParameters = JsonElement.Parse("""{"type":"object","properties":{}}""");

    private readonly BedrockModel model;
    private readonly ToolNames names;
    private readonly IReadOnlyList<ChatTool> declared;
    private readonly AnswerFormat? format;
    private readonly ToolChoiceMode mode;
    private readonly string? only;
    private readonly bool oneCallOnly;

    /// <param name="format">The form that a tool shall give the answer; null when none has to.</param>
    public ConverseTools(ParsedChat chat, BedrockModel model, ToolNames names, AnswerFormat? format, UnsaidParams unsaid)
    {
        (this.model, this.names) = (model, names);
        var choice = chat.ToolChoice ?? new ToolChoice(ToolChoiceMode.Auto);
        var offered = choice.Among(chat.Tools);
        if (offered.Count > 0 && !model.CallsTools)
            unsaid.Refuse(chat["tools"] is null ? "functions" : "tools", "this model calls no tools.");

        var called = CalledBefore(chat);
        var mayCall = offered.Count > 0 && choice.Mode != ToolChoiceMode.None;
        declared = mayCall || (offered.Count > 0 && called.Count > 0) ? offered : called;
        mode = mayCall ? choice.Mode : ToolChoiceMode.None;
        if (mode is ToolChoiceMode.Required or ToolChoiceMode.Named && !model.CanForceTools)
        {
            unsaid.Add("tool_choice", $"this model cannot be made to call a tool, only be left to it. {ConverseRequest.WayOut}");
            mode = ToolChoiceMode.Auto;
        }

        if (mode == ToolChoiceMode.Named)
            only = names.Sent(choice.Name!);
        else if (format is not null)
            (this.format, AnswerTool) = (format, FreeName(format, declared));

        CheckSchemas(unsaid);
        oneCallOnly = mayCall && chat["parallel_tool_calls"] is { ValueKind: JsonValueKind.False };
        if (oneCallOnly && !model.CanLimitCalls)
        {
            unsaid.AddDropped("parallel_tool_calls");
            oneCallOnly = false;
        }
    }

    /// <summary>The tool whose arguments are the answer, as it is sent; null when there is none.</summary>
    public string? AnswerTool { get; }

    /// <summary>The model has to call one.</summary>
    public bool IsForced => AnswerTool is not null || mode is ToolChoiceMode.Required or ToolChoiceMode.Named;

    /// <summary>What the system message says besides: tools are named that must not be called.</summary>
    public string? Hint => mode == ToolChoiceMode.None && declared.Count > 0 && AnswerTool is null
        ? "Do not call any tool now. Answer in words."
        : null;

    /// <summary>Writes <c>toolConfig</c>, where there is any.</summary>
    public void WriteTo(Utf8JsonWriter json)
    {
        if (declared.Count == 0 && AnswerTool is null)
            return;

        json.WriteStartObject("toolConfig");
        json.WriteStartArray("tools");
        foreach (var tool in declared)
        {
            WriteTool(json, names.Sent(tool.Name), tool.Description, tool.Parameters, tool.Strict is true && model.HasStrictTools);
            if (tool.Cache is { } mark && model.CachesTools)
                ConverseTurns.WriteCachePoint(json, mark);
        }

        if (AnswerTool is not null)
            WriteTool(json, AnswerTool, format!.Description ?? AnswerDescription, format.Schema, isStrict: false);
        json.WriteEndArray();
        if (!oneCallOnly)
            WriteChoice(json);
        json.WriteEndObject();
    }

    /// <summary>Claude's own way to allow one call only; it takes the place of <c>toolChoice</c>.</summary>
    /// <returns>Null when it is not needed.</returns>
    public Action<Utf8JsonWriter>? OneCallOnly => !oneCallOnly ? null : json =>
    {
        json.WriteStartObject();
        json.WriteString("type", only is not null ? "tool" : IsForced ? "any" : "auto");
        if (only is not null)
            json.WriteString("name", only);
        json.WriteBoolean("disable_parallel_tool_use", true);
        json.WriteEndObject();
    };

    private void WriteChoice(Utf8JsonWriter json)
    {
        if (!IsForced)
            return;

        json.WriteStartObject("toolChoice");
        if (only is not null || (AnswerTool is not null && mode == ToolChoiceMode.None))
        {
            json.WriteStartObject("tool");
            json.WriteString("name", only ?? AnswerTool);
        }
        else
        {
            json.WriteStartObject("any");
        }

        json.WriteEndObject();
        json.WriteEndObject();
    }

    private static void WriteTool(Utf8JsonWriter json, string name, string? description, JsonElement? parameters, bool isStrict)
    {
        json.WriteStartObject();
        json.WriteStartObject("toolSpec");
        json.WriteString("name", name);
        if (!string.IsNullOrWhiteSpace(description))
            json.WriteString("description", description);
        json.WriteStartObject("inputSchema");
        json.WritePropertyName("json");
        WriteSchema(json, parameters ?? NoParameters);
        json.WriteEndObject();
        if (isStrict)
            json.WriteBoolean("strict", true);
        json.WriteEndObject();
        json.WriteEndObject();
    }

    // The type has to be there, even where the properties tell it.
    private static void WriteSchema(Utf8JsonWriter json, JsonElement schema)
    {
        json.WriteStartObject();
        if (schema.Given("type") is null)
            json.WriteString("type", "object");
        foreach (var member in schema.EnumerateObject().Where(member => member.Name != "type" || member.Value.ValueKind != JsonValueKind.Null))
            member.WriteTo(json);
        json.WriteEndObject();
    }

    private void CheckSchemas(UnsaidParams unsaid)
    {
        foreach (var tool in declared)
        {
            if (tool.Parameters?.Given("type") is { } type && !type.IsText("object"))
                unsaid.Refuse($"{tool.Path}.parameters.type", "Bedrock takes only parameters of the type object.");
            if (tool.Strict is true && !model.HasStrictTools)
                unsaid.AddDropped($"{tool.Path}.strict");
            if (tool.Cache is not null && !model.CachesTools)
                unsaid.AddDropped("cache_control");
        }
    }

    private string FreeName(AnswerFormat wanted, IReadOnlyList<ChatTool> tools)
    {
        var name = names.Sent(string.IsNullOrEmpty(wanted.Name) ? "answer" : wanted.Name);
        var taken = tools.Select(tool => names.Sent(tool.Name)).ToHashSet(StringComparer.Ordinal);
        while (taken.Contains(name))
            name = names.Sent($"{name}_");
        return name;
    }

    private static List<ChatTool> CalledBefore(ParsedChat chat) =>
    [
        .. chat.Messages
            .SelectMany(message => message.ToolCalls.Select(call => call.Name).Concat(message.ToolCallId is null ? [] : [message.ToolName ?? "tool"]))
            .Distinct(StringComparer.Ordinal).Select(name => new ChatTool("messages", name, null, null, null, null)),
    ];
}
