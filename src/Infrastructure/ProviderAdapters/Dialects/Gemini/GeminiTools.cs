using System.Text.Json;
using CleanGateway.Domain.Common;
using CleanGateway.Domain.Models;
using CleanGateway.Infrastructure.ProviderAdapters.Dialects.Chat;

namespace CleanGateway.Infrastructure.ProviderAdapters.Dialects.Gemini;

/// <summary>Writes the functions a model may call, and which of them it shall.</summary>
internal sealed class GeminiTools(Utf8JsonWriter json, GeminiNames names, ModelCapabilities model, GeminiStyle style)
{
    /// <exception cref="GatewayException">The model does not call functions.</exception>
    public void Write(ParsedChat chat, UnsaidParams unsaid)
    {
        var tools = Offered(chat);
        if (tools.Count > 0 && model.Can("supports_function_calling") == false)
            unsaid.Refuse("tools", "the model does not call functions.");
        var searches = chat["web_search_options"] is { } options && MaySearch(options, tools.Count, unsaid);
        if (chat.ToolChoice is { Mode: ToolChoiceMode.Required } && tools.Count == 0)
            unsaid.Refuse("tool_choice", "a tool is to be called, and there is none in 'tools'.");

        if (tools.Count > 0 || searches)
        {
            json.WriteStartArray("tools");
            if (tools.Count > 0)
                WriteFunctions(tools);
            if (searches)
                json.WriteRawValue("""{"googleSearch":{}}""");
            json.WriteEndArray();
        }

        if (tools.Count > 0 && chat.ToolChoice is { } choice)
            WriteChoice(choice);
    }

    // With a choice among some, the others are not offered: a list of allowed ones is only taken where one has to be called.
    private static IReadOnlyList<ChatTool> Offered(ParsedChat chat) =>
        chat.ToolChoice is { Mode: ToolChoiceMode.Auto } choice ? choice.Among(chat.Tools) : chat.Tools;

    private bool MaySearch(JsonElement options, int functions, UnsaidParams unsaid)
    {
        options.Require("web_search_options", JsonValueKind.Object);
        if (model.Can("supports_web_search") == false)
        {
            unsaid.Add("web_search_options", "the model does not search the web.");
            return false;
        }

        if (functions > 0 && model.Can("searches_beside_functions") == false)
            unsaid.Refuse("web_search_options", "before Gemini 3, a model cannot search the web and call functions in one request.");
        if (options.Given("search_context_size") is { } size && !size.IsText("medium"))
            unsaid.Add("web_search_options.search_context_size");
        if (options.Given("user_location") is not null)
            unsaid.Add("web_search_options.user_location");
        return true;
    }

    private void WriteFunctions(IReadOnlyList<ChatTool> tools)
    {
        json.WriteStartObject();
        json.WriteStartArray("functionDeclarations");
        foreach (var tool in tools)
        {
            json.WriteStartObject();
            json.WriteString("name", names.ToGoogle(tool.Name));
            if (tool.Description is not null)
                json.WriteString("description", tool.Description);
            if (tool.Parameters is { } parameters)
                WriteParameters(parameters);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }

    private void WriteParameters(JsonElement parameters)
    {
        if (style.JsonSchemas)
        {
            json.WritePropertyName("parametersJsonSchema");
            JsonSchemas.Write(json, parameters);
        }
        else if (OpenApiSchema.Convert(parameters) is { } schema)
        {
            json.WritePropertyName("parameters");
            schema.WriteTo(json);
        }
    }

    private void WriteChoice(ToolChoice choice)
    {
        json.WriteStartObject("toolConfig");
        json.WriteStartObject("functionCallingConfig");
        json.WriteString("mode", choice.Mode switch
        {
            ToolChoiceMode.None => "NONE",
            ToolChoiceMode.Auto => "AUTO",
            _ => "ANY",
        });
        if ((choice.Mode, choice.Allowed ?? (choice.Name is { } name ? [name] : null))
            is (ToolChoiceMode.Required or ToolChoiceMode.Named, { } allowed))
        {
            json.WriteStartArray("allowedFunctionNames");
            foreach (var one in allowed)
                json.WriteStringValue(names.ToGoogle(one));
            json.WriteEndArray();
        }

        json.WriteEndObject();
        json.WriteEndObject();
    }
}
