using System.Text.Json;
using System.Text.RegularExpressions;

namespace CleanGateway.IntegrationTests.Providers;

/// <summary>What Bedrock's Converse refuses to take, and what it asks of the model.</summary>
internal static partial class ConverseRules
{
    private static readonly string[] Members =
    [
        "messages", "system", "inferenceConfig", "toolConfig", "guardrailConfig", "additionalModelRequestFields", "promptVariables",
        "additionalModelResponseFieldPaths", "requestMetadata", "performanceConfig", "serviceTier", "outputConfig",
    ];

    public static void Check(JsonElement body, string shape)
    {
        WireRefusal.If(body.ValueKind != JsonValueKind.Object, "Malformed input request: #: expected type: JSONObject");
        if (AwsServiceModel.Bedrock is { } model)
            model.Check(body, shape);
        foreach (var member in body.EnumerateObject())
            WireRefusal.If(
                !Members.Contains(member.Name),
                $"Malformed input request: #: extraneous key [{member.Name}] is not permitted, please reformat your input and try again.");

        var messages = body.Items("messages");
        WireRefusal.If(
            messages.Count == 0 || messages[0].Text("role") != "user",
            "A conversation must start with a user message. Try again with a conversation that starts with a user message.");
        WireRefusal.If(
            body.Get("inferenceConfig").Number("temperature") is < 0 or > 1, "The temperature must be between 0 and 1.");
        for (var index = 0; index < messages.Count; index++)
        {
            var role = messages[index].Text("role");
            WireRefusal.If(role is not ("user" or "assistant"), $"messages.{index}.role: {role} is not a valid enum value");
            WireRefusal.If(
                index > 0 && role == messages[index - 1].Text("role"),
                "A conversation must alternate between user and assistant roles. Make sure the conversation alternates between user and assistant "
                + "roles and try again.");
            CheckContent(messages, index);
        }

        var hasToolBlocks = messages.SelectMany(message => message.Items("content")).Any(block => block.Has("toolUse") || block.Has("toolResult"));
        WireRefusal.If(
            hasToolBlocks && body.Get("toolConfig").Items("tools").Count == 0,
            "The toolConfig field must be defined when using toolUse and toolResult content blocks.");
        CheckTools(body);
    }

    public static ModelRequest Read(JsonElement body, string model, bool stream)
    {
        var messages = body.Items("messages");
        var calls = messages.SelectMany(message => message.Items("content")).Where(block => block.Has("toolUse"))
            .Select(block => block.Get("toolUse")).ToList();
        var last = messages[^1].Items("content");
        var extra = body.Get("additionalModelRequestFields");
        var named = body.Get("toolConfig").Get("toolChoice").Get("tool").Text("name");
        return new ModelRequest
        {
            Model = model,
            WantsStream = stream,
            WantsThinking = extra.Get("thinking").Text("type") is "enabled" or "adaptive" || extra.Has("reasoning_effort")
                || extra.Get("reasoningConfig").Text("type") == "enabled",
            WantsJson = body.Get("outputConfig").Get("textFormat").Text("type") == "json_schema",
            Tools =
            [
                .. body.Get("toolConfig").Items("tools").Where(tool => tool.Has("toolSpec")).Select(tool => tool.Get("toolSpec"))
                    .Select(tool => new OfferedTool(tool.Text("name")!, tool.Get("inputSchema").Get("json")))
                        .Where(tool => named is null || named == tool.Name),
            ],
            OneCallOnly = named is not null || extra.Get("tool_choice").IsTrue("disable_parallel_tool_use"),
            EarlierCalls = calls.Count,
            Outcomes = [.. last.Where(block => block.Has("toolResult")).Select(block => Outcome(block.Get("toolResult"), calls))],
            Picture = last.Select(block => block.Get("image").Get("source")).Select(PictureOf).LastOrDefault(picture => picture is not null),
        };
    }

    public static int CountTokens(JsonElement converse) => converse.Items("messages")
        .Sum(message => 3 + message.Items("content").Sum(block => Embedding.Tokens(block.Text("text") ?? "")));

    private static void CheckContent(IReadOnlyList<JsonElement> messages, int index)
    {
        var content = messages[index].Items("content");
        WireRefusal.If(
            content.Count == 0,
            $"The content field in the Message object at messages.{index} is empty. Add a ContentBlock object to the content field and try again.");
        foreach (var (block, number) in content.Select((block, number) => (block, number)))
        {
            var where = $"messages.{index}.content.{number}";
            WireRefusal.If(block.Members().Count != 1, $"Malformed input request: #/{where}: a union has exactly one member");
            WireRefusal.If(
                block.Has("text") && string.IsNullOrWhiteSpace(block.Text("text")),
                $"The text field in the ContentBlock object at {where} is blank. Add text to the text field, and try again.");
            if (block.Get("reasoningContent").Get("reasoningText") is { ValueKind: JsonValueKind.Object } thought)
                WireRefusal.If(
                    thought.Text("signature") is { } signature && signature != Think.SignatureOf(thought.Text("text")!),
                    $"{where}: Invalid `signature` in `thinking` block");
            foreach (var inner in block.Get("toolResult").Items("content"))
                WireRefusal.If(
                    inner.Has("text") && string.IsNullOrWhiteSpace(inner.Text("text")),
                    $"The text field in the ToolResultContentBlock object at {where} is blank. Add text to the text field, and try again.");
        }

        var names = content.Where(block => block.Has("document")).Select(block => block.Get("document").Text("name") ?? "").ToList();
        WireRefusal.If(
            names.Exists(name => !DocumentName().IsMatch(name)),
            "The document file name can only contain alphanumeric characters, whitespace characters, hyphens, parentheses, and square brackets. "
            + "The name can't contain more than one consecutive whitespace character.");
        WireRefusal.If(names.Distinct().Count() < names.Count, "Duplicate document names are not allowed in a message.");
        WireRefusal.If(names.Count > 0 && !content.Any(block => block.Has("text")), "A text block must be included when using documents.");

        var asked = index == 0 ? [] : Ids(messages[index - 1], "toolUse");
        var answered = Ids(messages[index], "toolResult");
        WireRefusal.If(
            asked.Count < answered.Count,
            $"The number of toolResult blocks at messages.{index}.content exceeds the number of toolUse blocks of previous turn.");
        WireRefusal.If(
            asked.Except(answered).Any(), $"Expected toolResult blocks at messages.{index}.content for the following Ids: "
            + $"{string.Join(", ", asked.Except(answered))}");
        WireRefusal.If(
            answered.Except(asked).Any(), $"messages.{index}: unexpected toolUseId in toolResult: {string.Join(", ", answered.Except(asked))}");
        WireRefusal.If(
            index == messages.Count - 1 && Ids(messages[index], "toolUse").Count > 0, $"Expected toolResult blocks at messages.{index + 1}.content");
    }

    private static void CheckTools(JsonElement body)
    {
        var config = body.Get("toolConfig");
        WireRefusal.If(
            config.ValueKind == JsonValueKind.Object && config.Items("tools").Count == 0, "The toolConfig.tools field must have at least one tool.");
        var names = config.Items("tools").Select(tool => tool.Get("toolSpec").Text("name")).OfType<string>().ToList();
        WireRefusal.If(names.Distinct().Count() < names.Count, "The toolConfig.tools field has several tools of one name.");
        foreach (var tool in config.Items("tools").Where(tool => tool.Has("toolSpec")).Select(tool => tool.Get("toolSpec")))
        {
            WireRefusal.If(
                !ToolName().IsMatch(tool.Text("name") ?? ""),
                $"toolConfig.tools.toolSpec.name: '{tool.Text("name")}' must satisfy regular expression pattern");
            WireRefusal.If(tool.Text("description") == "", "toolConfig.tools.toolSpec.description: must have a length of at least 1");
            WireRefusal.If(
                tool.Get("inputSchema").Get("json").Text("type") != "object",
                $"The value at toolConfig.tools.toolSpec.inputSchema.json.type must be one of the following: object.");
        }

        var choice = config.Get("toolChoice");
        WireRefusal.If(
            choice.ValueKind == JsonValueKind.Object && choice.Members().Count != 1,
            "Malformed input request: #/toolConfig/toolChoice: a union has exactly one member");
        WireRefusal.If(
            choice.Get("tool").Text("name") is { } name && !names.Contains(name),
            $"The tool {choice.Get("tool").Text("name")} of toolChoice is not in tools.");
    }

    private static List<string?> Ids(JsonElement message, string kind) =>
        [.. message.Items("content").Where(block => block.Has(kind)).Select(block => block.Get(kind).Text("toolUseId"))];

    private static ToolOutcome Outcome(JsonElement result, List<JsonElement> calls)
    {
        var call = calls.Last(call => call.Text("toolUseId") == result.Text("toolUseId"));
        var text = string.Concat(result.Items("content").Select(block => block.Text("text") ?? block.Get("json").GetRawText()));
        return new ToolOutcome(call.Text("name")!, call.Get("input"), text, result.Text("status") == "error");
    }

    private static string? PictureOf(JsonElement source) =>
        source.Text("bytes") is { } data ? ModelRequest.PictureOf(data)
        : source.Get("s3Location").Text("uri") is { } uri ? $"at {uri}"
        : null;

    [GeneratedRegex(@"^(?!.*\s\s)[a-zA-Z0-9\s\-()\[\]]{1,200}$")]
    private static partial Regex DocumentName();

    [GeneratedRegex("^[a-zA-Z0-9_-]{1,64}$")]
    private static partial Regex ToolName();
}
