using System.Globalization;
using System.Text.RegularExpressions;
using CleanGateway.Domain.Common;

namespace CleanGateway.Infrastructure.ProviderAdapters.Bridges;

/// <summary>
/// What the fields of a chat are called in the request of Anthropic's API that it was made of: its caller knows no other
/// names. Messages and tools stand in other places there.
/// </summary>
internal sealed partial class ChatNames
{
    private readonly List<(string Message, string Content, bool IsTurn)> messages = [];
    private readonly List<int> tools = [];

    /// <summary>What the format of the answer is called.</summary>
    public string Format { get; set; } = "output_config.format";

    /// <summary>What asks for reasoning.</summary>
    public string Effort { get; set; } = "thinking";

    /// <summary>The next message of the chat is a turn of the caller's.</summary>
    /// <param name="content">What its content is called.</param>
    public void AddTurn(string content) => messages.Add((content[..content.LastIndexOf('.')], content, IsTurn: true));

    /// <summary>The next message of the chat is made of something else: the system prompt, or the result of a tool.</summary>
    public void AddMessage(string name, string content) => messages.Add((name, content, IsTurn: false));

    /// <summary>The next tool of the chat stood in this place.</summary>
    public void AddTool(int index) => tools.Add(index);

    /// <returns>The caller's name for a field, or for the smallest thing around it that has one; null where there is none.</returns>
    public string? NameOf(string chatField)
    {
        var path = Path().Match(chatField);
        if (!path.Success)
            return null;

        var (index, rest) = (path.Groups["index"], path.Groups["rest"].Value);
        var place = index.Success ? int.Parse(index.ValueSpan, NumberStyles.None, CultureInfo.InvariantCulture) : (int?)null;
        var isWhole = place is null && rest.Length == 0;
        return path.Groups["head"].Value switch
        {
            "messages" => place is { } at ? MessageName(at, rest) : isWhole ? "messages" : null,
            "tools" => place is { } at ? ToolName(at, rest) : isWhole ? "tools" : null,
            "stop" => place is { } at ? string.Create(CultureInfo.InvariantCulture, $"stop_sequences[{at}]") : "stop_sequences",
            "response_format" => rest.StartsWith(".json_schema.schema", StringComparison.Ordinal) ? Format + rest[".json_schema".Length..] : Format,
            "tool_choice" => rest == ".function.name" ? "tool_choice.name" : "tool_choice",
            "reasoning_effort" => Effort,
            "safety_identifier" => "metadata.user_id",
            "parallel_tool_calls" => "tool_choice.disable_parallel_tool_use",
            "max_tokens" or "max_completion_tokens" => "max_tokens",
            "model" or "temperature" or "top_p" or "top_k" or "stream" or "service_tier" or "cache_control" => chatField,
            _ => null,
        };
    }

    /// <summary>An error that is about the chat, as one about the caller's request; what has no name there is not named.</summary>
    public GatewayError Translate(GatewayError error)
    {
        var message = error.Message;
        var name = error.Param is { } param ? NameOf(param) : null;
        if (name is not null)
        {
            foreach (var quote in (string[])["'", "\"", "`"])
                message = message.Replace(quote + error.Param + quote, quote + name + quote, StringComparison.Ordinal);
        }

        // What has just been said in the caller's words is not translated twice.
        if (message == error.Message)
            message = Place().Replace(message, place => NameOf(place.Value) ?? place.Value);
        return error with { Message = message, Param = name };
    }

    private string? MessageName(int index, string rest)
    {
        if (index >= messages.Count)
            return null;

        var (message, content, isTurn) = messages[index];
        return rest switch
        {
            ".role" when isTurn => message + rest,
            ".tool_call_id" when !isTurn => message + ".tool_use_id",
            _ when rest.StartsWith(".content", StringComparison.Ordinal) || rest.StartsWith(".tool_calls", StringComparison.Ordinal) => content,
            _ => message,
        };
    }

    private string? ToolName(int index, string rest)
    {
        const string Schema = ".function.parameters";
        if (index >= tools.Count)
            return null;

        var tool = string.Create(CultureInfo.InvariantCulture, $"tools[{tools[index]}]");
        return rest switch
        {
            ".function.name" or ".function.description" or ".function.strict" => tool + rest[".function".Length..],
            ".cache_control" => tool + rest,
            _ when rest.StartsWith(Schema, StringComparison.Ordinal) => tool + ".input_schema" + rest[Schema.Length..],
            _ => tool,
        };
    }

    // "messages[1].content", "messages.[1].content" and "messages.1.content" are all in use.
    [GeneratedRegex(
        @"\A(?<head>[a-z_]+)(\.?\[(?<index>[0-9]{1,6})\]|\.(?<index>[0-9]{1,6})(?![0-9A-Za-z_]))?(?<rest>([.\[].*)?)\z",
        RegexOptions.Singleline)]
    private static partial Regex Path();

    [GeneratedRegex(@"\b(messages|tools)(\.?\[[0-9]{1,6}\]|\.[0-9]{1,6}\b)(\.[A-Za-z_][A-Za-z0-9_]*|\.?\[[0-9]+\]|\.[0-9]+\b)*")]
    private static partial Regex Place();
}
