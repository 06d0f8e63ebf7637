using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using CleanGateway.Application.Inference;
using CleanGateway.Application.Messages;
using CleanGateway.Domain.Common;

namespace CleanGateway.Infrastructure.ProviderAdapters.Bridges;

/// <summary>Says a request of Anthropic's API in OpenAI's language.</summary>
internal sealed class MessagesToChat
{
    private const int MostStops = 4;
    private const int LongestUser = 64;

    // Hints, and what is said elsewhere: without them the answer is none the worse.
    private static readonly string[] Unneeded = ["model", "messages", "system", "max_tokens", "stream", "cache_control", "anthropic_version"];

    private readonly JsonElement root;
    private readonly InferenceTarget target;
    private readonly bool extended;
    private readonly Unsaid unsaid;
    private readonly ChatNames names = new();

    private MessagesToChat(JsonElement root, InferenceTarget target, bool extended, Unsaid unsaid) =>
        (this.root, this.target, this.extended, this.unsaid) = (root, target, extended, unsaid);

    /// <param name="extended">The provider reads what <see cref="IInferenceProvider.ReadsExtensions"/> names.</param>
    /// <returns>
    /// A chat request without an output cap, and what it leaves out; or the error that names what cannot be said. And what
    /// the caller calls what is in the chat.
    /// </returns>
    public static (ReadOnlyMemory<byte> Chat, IReadOnlyList<string> Dropped, GatewayError? Error, ChatNames Names) Write(
        MessagesRequest messages, InferenceTarget target, bool extended)
    {
        using var document = JsonDocument.Parse(messages.Body);
        var unsaid = new Unsaid(messages.Model, target.DropParams);
        if (messages.MaxTokens == 0)
        {
            unsaid.Refuse(GatewayError.Invalid(
                "Invalid 'max_tokens': the provider of this model cannot just warm a cache, at least 1 is needed.", "max_tokens", "unsupported_value"));
        }

        var translation = new MessagesToChat(document.RootElement, target, extended, unsaid);
        var chat = EscapedText.Json(json => translation.WriteChat(json, messages));
        return (chat, unsaid.Dropped, unsaid.Error, translation.names);
    }

    private void WriteChat(Utf8JsonWriter json, MessagesRequest messages)
    {
        json.WriteStartObject();
        json.WritePropertyName("model");
        json.WriteAsItIs(root.GetProperty("model"));
        if (messages.Stream)
            json.WriteBoolean("stream", true);

        json.WriteStartArray("messages");
        new MessagesToChatMessages(json, extended, unsaid, names).Write(root);
        json.WriteEndArray();

        if (WriteTools(json))
            WriteToolChoice(json);
        foreach (var member in root.EnumerateObject())
            WriteMember(json, member);
        WriteEffort(json);
        json.WriteEndObject();
    }

    private void WriteMember(Utf8JsonWriter json, JsonProperty member)
    {
        if (member.Value.ValueKind == JsonValueKind.Null)
            return;

        switch (member.Name)
        {
            case "temperature" or "top_p" or "top_k":
                json.WritePropertyName(member.Name);
                json.WriteAsItIs(member.Value);
                break;
            case "stop_sequences":
                WriteStops(json, member.Value);
                break;
            case "metadata" when member.Value.Text("user_id") is not null && UserOf(member.Value) is { } user:
                json.WriteString("safety_identifier", user);
                break;
            case "service_tier" when member.Value.ValueEquals("standard_only"):
                json.WriteString("service_tier", "default");
                break;
            case "output_config":
                WriteFormat(json, member.Value.Member("format"), "output_config.format");
                break;
            case "output_format":
                WriteFormat(json, member.Value, "output_format");
                break;
            case "speed" when !member.Value.ValueEquals("standard"):
            case "mcp_servers" when member.Value is { ValueKind: JsonValueKind.Array } && member.Value.GetArrayLength() > 0:
                unsaid.Add(member.Name);
                break;
            case "cache_control" when extended:
                json.WritePropertyName(member.Name);
                json.WriteAsItIs(member.Value);
                break;
            case "metadata" or "service_tier" or "tools" or "tool_choice" or "thinking" or "speed" or "mcp_servers":
                break;
            default:
                if (!Unneeded.Contains(member.Name))
                    unsaid.Add(member.Name);
                break;
        }
    }

    // Identifiers longer than OpenAI's API takes are told apart by their hash as well as by themselves.
    private static string? UserOf(JsonElement metadata) => metadata.Word("user_id") switch
    {
        null or "" => null,
        { Length: <= LongestUser } user => user,
        var user => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(user))),
    };

    private void WriteStops(Utf8JsonWriter json, JsonElement stops)
    {
        if (stops.ValueKind != JsonValueKind.Array)
        {
            unsaid.WrongType("stop_sequences", "an array of strings");
            return;
        }

        if (stops.GetArrayLength() == 0)
            return;

        var taken = extended ? int.MaxValue : MostStops;
        if (stops.GetArrayLength() > taken)
            unsaid.Add(string.Create(CultureInfo.InvariantCulture, $"stop_sequences[{taken}]"));
        json.WriteStartArray("stop");
        foreach (var stop in stops.EnumerateArray().Take(taken))
            json.WriteAsItIs(stop);
        json.WriteEndArray();
    }

    private void WriteFormat(Utf8JsonWriter json, JsonElement? given, string name)
    {
        if (given is not { } format)
            return;

        if (format.Word("type") != "json_schema" || format.Member("schema") is not { } schema)
        {
            unsaid.Add(name);
            return;
        }

        names.Format = name;
        json.WriteStartObject("response_format");
        json.WriteString("type", "json_schema");
        json.WriteStartObject("json_schema");
        json.WriteString("name", "response");
        json.WriteBoolean("strict", true);
        json.WritePropertyName("schema");
        json.WriteAsItIs(schema);
        json.WriteEndObject();
        json.WriteEndObject();
    }

    /// <returns>Whether there are any.</returns>
    private bool WriteTools(Utf8JsonWriter json)
    {
        var written = new List<byte[]>();
        foreach (var (index, tool) in root.Member("tools").Items().Index())
        {
            if (tool.Word("type") is { } type and not "custom")
                unsaid.Add($"tools[{index}].type", type);
            else if (tool.Text("name") is not { } name)
                unsaid.Refuse(GatewayError.Invalid($"Missing required parameter: 'tools[{index}].name'.", $"tools[{index}].name", "missing_required_parameter"));
            else
            {
                written.Add(EscapedText.Json(function => WriteTool(function, tool, name)));
                names.AddTool(index);
            }
        }

        if (written.Count == 0)
            return false;

        json.WriteStartArray("tools");
        foreach (var tool in written)
            json.WriteRawValue(tool, skipInputValidation: true);
        json.WriteEndArray();
        return true;
    }

    private void WriteTool(Utf8JsonWriter json, JsonElement tool, JsonElement name)
    {
        json.WriteStartObject();
        json.WriteString("type", "function");
        json.WriteStartObject("function");
        json.WritePropertyName("name");
        json.WriteAsItIs(name);
        foreach (var (member, called) in new[] { ("description", "description"), ("input_schema", "parameters"), ("strict", "strict") })
        {
            if (tool.Member(member) is not { } value)
                continue;

            json.WritePropertyName(called);
            json.WriteAsItIs(value);
        }

        json.WriteEndObject();
        if (extended && tool.Member("cache_control") is { } cache)
        {
            json.WritePropertyName("cache_control");
            json.WriteAsItIs(cache);
        }

        json.WriteEndObject();
    }

    private void WriteToolChoice(Utf8JsonWriter json)
    {
        if (root.Member("tool_choice") is not { } choice)
            return;

        switch (choice.Word("type"))
        {
            case "auto":
                json.WriteString("tool_choice", "auto");
                break;
            case "any":
                json.WriteString("tool_choice", "required");
                break;
            case "none":
                json.WriteString("tool_choice", "none");
                break;
            case "tool" when choice.Text("name") is { } name:
                json.WriteStartObject("tool_choice");
                json.WriteString("type", "function");
                json.WriteStartObject("function");
                json.WritePropertyName("name");
                json.WriteAsItIs(name);
                json.WriteEndObject();
                json.WriteEndObject();
                break;
            default:
                unsaid.Refuse(GatewayError.Invalid(
                    "Invalid 'tool_choice': expected an object with the type auto, any, none, or tool with a name.", "tool_choice", "invalid_value"));
                break;
        }

        if (choice.IsTrue("disable_parallel_tool_use"))
            json.WriteBoolean("parallel_tool_calls", false);
    }

    private void WriteEffort(Utf8JsonWriter json)
    {
        if (Effort() is not { } effort)
            return;

        names.Effort = root.Member("thinking") is null ? "output_config.effort" : "thinking";
        if (target.Capabilities.Can("supports_reasoning") is var can && (can == false || (can is null && target.DropParams)))
            unsaid.Add(names.Effort);
        else
            json.WriteString("reasoning_effort", effort);
    }

    private string? Effort()
    {
        var asked = root.Member("output_config")?.Word("effort");
        var thinking = root.Member("thinking");
        var effort = thinking?.Word("type") switch
        {
            _ when thinking is null => asked,
            "disabled" => null,
            "enabled" when thinking?.Member("budget_tokens") is { ValueKind: JsonValueKind.Number } budget => asked ?? EffortOf(budget.GetDouble()),
            _ => asked ?? "medium",
        };
        return effort switch
        {
            "max" when target.Capabilities.Can("supports_max_reasoning_effort") == true => effort,
            "max" or "xhigh" => target.Capabilities.Can("supports_xhigh_reasoning_effort") == true ? "xhigh" : "high",
            _ => effort,
        };
    }

    private static string EffortOf(double budget) => budget switch
    {
        <= 1024 => "low",
        <= 8192 => "medium",
        _ => "high",
    };
}
