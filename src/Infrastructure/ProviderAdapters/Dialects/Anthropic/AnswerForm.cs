using System.Text.Json;
using CleanGateway.Infrastructure.ProviderAdapters.Dialects.Chat;

namespace CleanGateway.Infrastructure.ProviderAdapters.Dialects.Anthropic;

/// <summary>How a model is made to answer in JSON.</summary>
/// <param name="Schema">Null when any object will do.</param>
internal sealed record AnswerForm(AnswerForm.Way How, JsonElement? Schema, string? Description)
{
    internal enum Way
    {
        /// <summary>Plain text.</summary>
        None,

        /// <summary>The model is held to the schema.</summary>
        Native,

        /// <summary>It answers by calling a tool whose arguments are the answer.</summary>
        Tool,

        /// <summary>It is told to.</summary>
        Told,
    }

    private const string Parameter = "response_format";

    private static readonly AnswerForm Plain = new(Way.None, null, null);

    /// <summary>What the tool is called whose arguments are the answer: no tool of the caller's has this name.</summary>
    public string ToolName { get; private init; } = "json";

    public static AnswerForm For(ParsedChat chat, ClaudeTraits traits, UnsaidParams unsaid)
    {
        if (chat.Format is not { } format)
            return Plain;

        if (format.Schema is { } said && traits.NativeFormat && ClaudeSchema.CanSay(said))
            return new AnswerForm(Way.Native, said, format.Description);

        // Who wants a tool called gets no answer that could have a form.
        if (chat.ToolChoice is { Mode: ToolChoiceMode.Required or ToolChoiceMode.Named })
            return Plain;
        if (format.Schema is not { } schema)
            return new AnswerForm(Way.Told, null, format.Description);
        if (traits is { Tools: true, ForcedTools: true } && IsOfObjects(schema))
            return new AnswerForm(Way.Tool, schema, format.Description) { ToolName = FreeName(chat) };

        unsaid.Add(Parameter, "the model cannot be held to this schema. Set drop_params for the key or the model to have it only told of it.");
        return new AnswerForm(Way.Told, schema, format.Description);
    }

    /// <summary>What the model is told, as a system message; null when it need not be.</summary>
    public string? Instruction => How != Way.Told ? null
        : "Answer with one JSON object and nothing else: no words before or after it, no code fence."
            + (Schema is { } schema ? $" It has to be valid against this JSON schema: {schema.GetRawText()}" : "");

    private static bool IsOfObjects(JsonElement schema) => schema.Given("type") is not { } type || type.IsText("object");

    private static string FreeName(ParsedChat chat)
    {
        var name = "json";
        var taken = chat.Tools.Select(tool => tool.Name).ToHashSet(StringComparer.Ordinal);
        for (var number = 2; taken.Contains(name); number++)
            name = $"json_{number}";
        return name;
    }
}
