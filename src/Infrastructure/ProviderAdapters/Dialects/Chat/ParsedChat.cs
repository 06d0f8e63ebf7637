using System.Collections.Frozen;
using System.Text.Json;
using CleanGateway.Application.ChatCompletions;
using CleanGateway.Domain.Common;

namespace CleanGateway.Infrastructure.ProviderAdapters.Dialects.Chat;

/// <summary>
/// An OpenAI chat request taken apart, for dialects that say the same in other words. What is wrong in it is told here, in
/// terms of what the caller wrote, so that every dialect can rely on what it gets.
/// </summary>
internal sealed class ParsedChat
{
    // Neither the answer nor its cost depends on them: whoever cannot do anything with them may leave them out untold.
    private static readonly FrozenSet<string> WithoutEffect = new[]
    {
        "model", "messages", "stream", "stream_options", "user", "safety_identifier", "metadata", "prompt_cache_key", "prompt_cache_retention",
        "prompt_cache_options",
    }.ToFrozenSet(StringComparer.Ordinal);

    private readonly JsonElement root;

    private ParsedChat(JsonElement root, IReadOnlyList<ChatMessage> messages, IReadOnlyList<ChatTool> tools, ToolChoice? choice, AnswerFormat? format, string? reasoningEffort, IReadOnlyList<string> stop)
    {
        this.root = root;
        (Messages, Tools, ToolChoice, Format, ReasoningEffort, Stop) = (messages, tools, choice, format, reasoningEffort, stop);
    }

    /// <summary>At least one.</summary>
    public IReadOnlyList<ChatMessage> Messages { get; }
    public IReadOnlyList<ChatTool> Tools { get; }

    /// <summary>Null when the caller leaves it to the provider.</summary>
    public ToolChoice? ToolChoice { get; }

    /// <summary>Null for plain text.</summary>
    public AnswerFormat? Format { get; }

    /// <summary><c>none</c>, <c>minimal</c>, <c>low</c>, <c>medium</c>, <c>high</c>, <c>xhigh</c> or <c>max</c>; null is not said.</summary>
    public string? ReasoningEffort { get; }

    /// <summary>Stop sequences, none of them empty.</summary>
    public IReadOnlyList<string> Stop { get; }

    /// <summary>A parameter's value; null when it is not given, or null.</summary>
    public JsonElement? this[string name] => root.Given(name);

    /// <summary>
    /// What was asked for and is not among what a dialect says: parameters of no effect and those that say no more than what
    /// is anyhow the case are not.
    /// </summary>
    /// <param name="said">The names that the dialect has said in its own words.</param>
    public IEnumerable<string> Unsaid(FrozenSet<string> said) =>
        from member in root.EnumerateObject()
        where member.Value.ValueKind != JsonValueKind.Null && !WithoutEffect.Contains(member.Name) && !said.Contains(member.Name) && !SaysNothing(member)
        select member.Name;

    /// <summary>Takes a request apart, or says in one error what is wrong with it.</summary>
    public static bool TryRead(ChatRequest chat, out ParsedChat parsed, out GatewayError? error)
    {
        try
        {
            var reader = new Utf8JsonReader(chat.Body.Span);
            var root = JsonElement.ParseValue(ref reader);
            var tools = ChatToolReader.Tools(root);
            parsed = new ParsedChat(
                root, ChatMessageReader.Read(root.GetProperty("messages")), tools, ChatToolReader.Choice(root, tools),
                ReadFormat(root), root.Text("reasoning_effort", "reasoning_effort"), ReadStop(root));
            error = null;
            return true;
        }
        catch (GatewayException wrong)
        {
            (parsed, error) = (null!, wrong.Error);
            return false;
        }
        catch (InvalidOperationException)
        {
            (parsed, error) = (null!, GatewayError.Invalid("The request body has a text that contains half of a surrogate pair.", code: "invalid_value"));
            return false;
        }
    }

    private static bool SaysNothing(JsonProperty member) => member.Name switch
    {
        "n" => member.Value.IsNumber(1),
        "logprobs" or "store" => member.Value.ValueKind == JsonValueKind.False,
        "parallel_tool_calls" => member.Value.ValueKind == JsonValueKind.True,
        "top_logprobs" or "presence_penalty" or "frequency_penalty" => member.Value.IsNumber(0),
        "logit_bias" => member.Value.ValueKind == JsonValueKind.Object && !member.Value.EnumerateObject().Any(),
        "modalities" => member.Value.ValueKind == JsonValueKind.Array && member.Value.EnumerateArray().All(item => item.IsText("text")),
        "service_tier" => member.Value.IsText("auto") || member.Value.IsText("default"),
        "verbosity" => member.Value.IsText("medium"),
        "tools" or "functions" or "stop" => member.Value.ValueKind == JsonValueKind.Array && member.Value.GetArrayLength() == 0,
        "tool_choice" or "function_call" => member.Value.IsText("auto"),
        "response_format" => member.Value.ValueKind == JsonValueKind.Object && member.Value.Given("type") is { } type && type.IsText("text"),
        _ => false,
    };

    private static AnswerFormat? ReadFormat(JsonElement root)
    {
        if (root.Given("response_format") is not { } format)
            return null;

        switch (format.Require("response_format", JsonValueKind.Object).Text("type", "response_format.type"))
        {
            case "text":
                return null;
            case "json_object":
                return new AnswerFormat(null, null, null, null);
            case "json_schema":
                var schema = (format.Given("json_schema") ?? throw ChatJson.Missing("response_format.json_schema"))
                    .Require("response_format.json_schema", JsonValueKind.Object);
                return new AnswerFormat(
                    schema.Given("schema")?.Require("response_format.json_schema.schema", JsonValueKind.Object),
                    schema.Text("name", "response_format.json_schema.name"),
                    schema.Text("description", "response_format.json_schema.description"),
                    schema.Flag("strict", "response_format.json_schema.strict"));
            case var type:
                throw ChatJson.Wrong("response_format.type", type, "text, json_object or json_schema");
        }
    }

    private static List<string> ReadStop(JsonElement root) => root.Given("stop") switch
    {
        null => [],
        { ValueKind: JsonValueKind.String } one => NotEmpty([one.GetString()!]),
        { ValueKind: JsonValueKind.Array } several => NotEmpty(
            [.. several.EnumerateArray().Select((item, index) => item.Require($"stop[{index}]", JsonValueKind.String).GetString()!)]),
        { } other => throw ChatJson.WrongType("stop", other, "a string or an array of strings"),
    };

    private static List<string> NotEmpty(List<string> texts)
    {
        texts.RemoveAll(string.IsNullOrEmpty);
        return texts;
    }
}
