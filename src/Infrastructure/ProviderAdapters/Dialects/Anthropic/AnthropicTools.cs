using System.Text.Json;
using CleanGateway.Application.Inference;
using CleanGateway.Domain.Common;
using CleanGateway.Infrastructure.ProviderAdapters.Dialects.Chat;

namespace CleanGateway.Infrastructure.ProviderAdapters.Dialects.Anthropic;

/// <summary>Says a chat's tools, and which of them shall be called.</summary>
internal sealed class AnthropicTools(ParsedChat chat, ClaudeTraits traits, AnthropicSurface surface, AnswerForm form, UnsaidParams unsaid)
{
    private static readonly JsonElement AnyObject = JsonElement.Parse("""{"type":"object"}""");

    private readonly IReadOnlyList<ChatTool> tools = chat.ToolChoice?.Among(chat.Tools) ?? chat.Tools;

    /// <summary>Some tool has to be called.</summary>
    public bool ForcesTool =>
        traits.ForcedTools && (form.How == AnswerForm.Way.Tool || chat.ToolChoice is { Mode: ToolChoiceMode.Required or ToolChoiceMode.Named });

    /// <exception cref="GatewayException">What is wrong with them.</exception>
    public void WriteTo(Utf8JsonWriter json)
    {
        if (tools.Count > 0 && !traits.Tools)
            unsaid.Refuse(chat["tools"] is null ? "functions" : "tools", "the model knows no tools.");

        // Calls in the history want their tools there, also where none is to be called any more.
        var earlier = chat.Tools.Count > 0
            ? []
            : chat.Messages.SelectMany(message => message.ToolCalls).Select(call => call.Name).Distinct().ToList();
        var searches = SearchesWeb();
        if (tools.Count + earlier.Count > 0 || form.How == AnswerForm.Way.Tool || searches)
        {
            json.WriteStartArray("tools");
            foreach (var tool in tools)
                Write(json, tool);
            foreach (var name in earlier)
                Write(json, new ChatTool("tools", name, null, AnyObject, null, null));
            if (form.How == AnswerForm.Way.Tool)
                Write(json, new ChatTool("response_format", form.ToolName, form.Description ?? "Gives the answer.", form.Schema, null, null));
            if (searches)
                WriteWebSearch(json, chat["web_search_options"]!.Value);
            json.WriteEndArray();
            WriteChoice(json, canCall: tools.Count > 0 || searches);
        }
        else if (chat.ToolChoice?.Mode is ToolChoiceMode.Required)
        {
            throw ChatJson.Wrong("tool_choice", "required", "auto or none where there are no 'tools'");
        }
    }

    private void Write(Utf8JsonWriter json, ChatTool tool)
    {
        json.WriteStartObject();
        json.WriteString("name", tool.Name);
        if (tool.Description is not null)
            json.WriteString("description", tool.Description);

        json.WritePropertyName("input_schema");
        var isStrict = tool.Strict == true && traits.NativeFormat && (tool.Parameters is not { } own || ClaudeSchema.CanSay(own));
        if (tool.Parameters is { } parameters && isStrict)
            ClaudeSchema.Write(json, parameters);
        else if (tool.Parameters is { } schema)
            WriteSchema(json, schema);
        else
            WriteEmptySchema(json, isStrict);

        if (isStrict)
            json.WriteBoolean("strict", true);
        else if (tool.Strict == true)
            unsaid.AddDropped("strict");
        AnthropicMessages.WriteCache(json, tool.Cache);
        json.WriteEndObject();
    }

    private static void WriteEmptySchema(Utf8JsonWriter json, bool isStrict)
    {
        json.WriteStartObject();
        json.WriteString("type", "object");
        json.WriteStartObject("properties");
        json.WriteEndObject();
        if (isStrict)
            json.WriteBoolean("additionalProperties", false);
        json.WriteEndObject();
    }

    private static void WriteSchema(Utf8JsonWriter json, JsonElement schema)
    {
        if (schema.Given("type") is not null)
        {
            schema.WriteTo(json);
            return;
        }

        json.WriteStartObject();
        json.WriteString("type", "object");
        foreach (var member in schema.EnumerateObject().Where(member => member.Name != "type"))
            member.WriteTo(json);
        json.WriteEndObject();
    }

    private void WriteChoice(Utf8JsonWriter json, bool canCall)
    {
        var (mode, isLeftOpen) = (chat.ToolChoice?.Mode ?? ToolChoiceMode.Auto, chat.ToolChoice is null);
        if (mode is ToolChoiceMode.Required or ToolChoiceMode.Named && !traits.ForcedTools)
        {
            unsaid.Add("tool_choice", "the model decides itself whether it calls a tool. Leave it out, or set drop_params for the key or the model.");
            (mode, isLeftOpen) = (ToolChoiceMode.Auto, true);
        }

        var (type, name) = (mode, form.How) switch
        {
            (ToolChoiceMode.Required, _) => ("any", null),
            (ToolChoiceMode.Named, _) => ("tool", chat.ToolChoice!.Name),
            (ToolChoiceMode.Auto, AnswerForm.Way.Tool) when canCall => ("any", null),
            (_, AnswerForm.Way.Tool) => ("tool", form.ToolName),
            (ToolChoiceMode.None, _) => ("none", null),
            _ => (canCall ? "auto" : "none", null),
        };

        // One answer is enough.
        var oneAtATime = type != "none"
            && (chat["parallel_tool_calls"] is { ValueKind: JsonValueKind.False } || (form.How == AnswerForm.Way.Tool && name == form.ToolName));
        if (type == "auto" && isLeftOpen && !oneAtATime)
            return;

        json.WriteStartObject("tool_choice");
        json.WriteString("type", type);
        if (name is not null)
            json.WriteString("name", name);
        if (oneAtATime)
            json.WriteBoolean("disable_parallel_tool_use", true);
        json.WriteEndObject();
    }

    private bool SearchesWeb()
    {
        if (chat["web_search_options"] is not { } options)
            return false;

        options.Require("web_search_options", JsonValueKind.Object);
        if (!surface.SearchesWeb || !traits.Tools)
        {
            unsaid.Add("web_search_options", "the model cannot search the web here. Leave it out, or set drop_params for the key or the model.");
            return false;
        }

        // How much of what is found is read, Claude decides.
        if (options.Text("search_context_size", "web_search_options.search_context_size") is not (null or "medium"))
            unsaid.AddDropped("web_search_options.search_context_size");
        return true;
    }

    private static void WriteWebSearch(Utf8JsonWriter json, JsonElement options)
    {
        json.WriteStartObject();
        json.WriteString("type", "web_search_20250305");
        json.WriteString("name", "web_search");
        json.WriteNumber("max_uses", InferenceRequest.UsualSearches);   // what the caller's budget was held for
        if (options.Given("user_location") is { } location)
        {
            var place = location.Given("approximate") ?? location;
            json.WriteStartObject("user_location");
            json.WriteString("type", "approximate");
            foreach (var part in new[] { "city", "region", "country", "timezone" })
            {
                if (place.Text(part, $"web_search_options.user_location.approximate.{part}") is { Length: > 0 } text)
                    json.WriteString(part, text);
            }

            json.WriteEndObject();
        }

        json.WriteEndObject();
    }
}
