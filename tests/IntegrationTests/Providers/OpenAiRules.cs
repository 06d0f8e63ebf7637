using System.Collections.Immutable;
using System.Text.Json;

namespace CleanGateway.IntegrationTests.Providers;

/// <summary>What a chat completion must be, as far as servers check it, and what it asks of the model.</summary>
internal static class OpenAiRules
{
    private static readonly ImmutableHashSet<string> Members =
    [
        "model", "messages", "stream", "stream_options", "max_tokens", "max_completion_tokens", "temperature", "top_p", "n", "stop", "seed",
        "presence_penalty",
        "frequency_penalty", "logit_bias", "logprobs", "top_logprobs", "user", "tools", "tool_choice", "parallel_tool_calls", "response_format",
        "reasoning_effort", "verbosity", "service_tier", "store", "metadata", "modalities", "audio", "prediction", "data_sources", "functions",
        "function_call",
        "prompt_cache_key", "safety_identifier", "user_security_context",
    ];

    public static void Check(JsonElement body)
    {
        foreach (var member in body.EnumerateObject())
            WireRefusal.If(!Members.Contains(member.Name), $"Unrecognized request argument supplied: {member.Name}");

        var messages = body.Items("messages");
        WireRefusal.If(
            messages.Count == 0, "Invalid 'messages': empty array. Expected an array with minimum length 1, but got an empty array instead.");
        WireRefusal.If(
            body.Has("stream_options") && !body.IsTrue("stream"), "The 'stream_options' parameter is only allowed when 'stream' is enabled.");
        WireRefusal.If(
            body.Has("max_tokens") && body.Has("max_completion_tokens"),
            "Setting 'max_tokens' and 'max_completion_tokens' at the same time is not supported.");
        WireRefusal.If(body.Number("temperature") is < 0 or > 2, "Invalid 'temperature': expected a value between 0 and 2.");
        WireRefusal.If(body.Has("tools") && body.Items("tools").Count == 0, "Invalid 'tools': empty array.");
        WireRefusal.If(
            body.Has("tool_choice") && !body.Has("tools"),
            "Invalid value for 'tool_choice': 'tool_choice' is only allowed when 'tools' are specified.");
        WireRefusal.If(body.Items("stop").Count > 4, "Invalid 'stop': array too long. Expected an array with maximum length 4.");
        var open = new HashSet<string?>();
        foreach (var (message, index) in messages.Select((message, index) => (message, index)))
        {
            WireRefusal.If(
                message.Text("role") is not ("system" or "developer" or "user" or "assistant" or "tool" or "function"),
                $"Invalid value: '{message.Text("role")}'. (messages[{index}].role)");
            if (message.Text("role") == "tool")
            {
                WireRefusal.If(
                    !open.Remove(message.Text("tool_call_id")),
                    "Invalid parameter: messages with role 'tool' must be a response to a preceeding message with 'tool_calls'.");
                continue;
            }

            RefuseOpen();
            open = [.. Calls(message).Select(call => call.Text("id"))];
        }

        RefuseOpen();

        void RefuseOpen() => WireRefusal.If(
            open.Count > 0, "An assistant message with 'tool_calls' must be followed by tool messages responding to each 'tool_call_id'. The "
            + $"following tool_call_ids did not have response messages: {string.Join(", ", open)}");
    }

    public static ModelRequest Read(JsonElement body, string model)
    {
        var messages = body.Items("messages");
        var calls = messages.SelectMany(Calls).ToList();
        var choice = body.Get("tool_choice");
        return new ModelRequest
        {
            Model = model,
            WantsStream = body.IsTrue("stream"),
            WantsThinking = body.Text("reasoning_effort") is not (null or "none"),
            WantsJson = body.Get("response_format").Text("type") == "json_schema",
            Tools =
            [
                .. body.Items("tools").Select(tool => tool.Get("function"))
                    .Select(tool => new OfferedTool(tool.Text("name")!, tool.Get("parameters")))
                    .Where(tool => choice.AsText() != "none" && (choice.Get("function").Text("name") ?? tool.Name) == tool.Name),
            ],
            OneCallOnly = body.Get("parallel_tool_calls").ValueKind == JsonValueKind.False || choice.ValueKind == JsonValueKind.Object,
            EarlierCalls = calls.Count,
            Outcomes = [.. messages.Reverse().TakeWhile(message => message.Text("role") == "tool").Reverse()
                .Select(message => Outcome(message, calls))],
            Picture = messages[^1].Items("content").Select(part => part.Get("image_url").Text("url")).OfType<string>().Select(PictureOf)
                .LastOrDefault(),
        };
    }

    private static IReadOnlyList<JsonElement> Calls(JsonElement message) => message.Items("tool_calls");

    private static ToolOutcome Outcome(JsonElement message, List<JsonElement> calls)
    {
        var call = calls.Last(call => call.Text("id") == message.Text("tool_call_id")).Get("function");
        var content = message.Get("content");
        var text = content.AsText() ?? string.Concat(content.Items().Select(part => part.Text("text")));
        return new ToolOutcome(
            call.Text("name")!, call.Text("arguments") is { Length: > 0 } json ? JsonReading.Parsed(json) : JsonReading.Empty, text);
    }

    private static string PictureOf(string url) =>
        url.StartsWith("data:", StringComparison.Ordinal)
            ? ModelRequest.PictureOf(url[(url.IndexOf(',', StringComparison.Ordinal) + 1)..])
            : $"at {url}";
}
