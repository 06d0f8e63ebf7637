using System.Text;
using CleanGateway.Infrastructure.ProviderAdapters.Dialects.Chat;

namespace CleanGateway.Infrastructure.ProviderAdapters.Dialects.Converse;

/// <summary>
/// What an answer consists of so far. Where a tool gives the answer, its arguments are the text, and what the model says
/// besides is held back until it is known that it has not called it.
/// </summary>
internal sealed class ConverseBlocks(ChatAnswer answer, ThoughtOwner owner, ToolNames names, string? answerTool, ThoughtMemory thoughts)
{
    private readonly List<ThinkingBlock> thinking = [];
    private readonly List<string> callIds = [];
    private readonly StringBuilder held = new();
    private bool hasAnswered;

    /// <summary>Characters of text so far.</summary>
    public int TextLength { get; private set; }

    public void Text(string text)
    {
        TextLength += text.Length;
        if (answerTool is null)
            answer.Text(0, text);
        else
            held.Append(text);
    }

    public void Reasoning(string text) => answer.Reasoning(0, text);

    public void Thought(ThinkingBlock block)
    {
        thinking.Add(block);
        answer.Thinking(0, block);
    }

    public void Citation(string url, string title, int start) => answer.Citation(0, url, title, start, TextLength);

    public void Picture(Media picture) => answer.Picture(0, picture);

    /// <returns>Where the pieces of its arguments go; null: to the text.</returns>
    public int? Call(string id, string name)
    {
        if (name == answerTool)
        {
            hasAnswered = true;
            return null;
        }

        callIds.Add(id);
        return answer.Call(0, id, names.Given(name));
    }

    public void Arguments(int? call, string piece)
    {
        if (call is { } known)
            answer.Arguments(0, known, piece);
        else
            answer.Text(0, piece);
    }

    public void EndCall(int? call, bool hasArguments)
    {
        if (call is { } known)
            answer.EndCall(0, known);
        else if (!hasArguments)
            answer.Text(0, "{}");
    }

    public void Finish(string? reason)
    {
        if (!hasAnswered && held.Length > 0)
            answer.Text(0, held.ToString());
        foreach (var id in thinking.Count > 0 ? callIds : [])
            thoughts.Keep(owner, id, thinking);

        answer.Finish(0, reason switch
        {
            "max_tokens" or "model_context_window_exceeded" => "length",
            "content_filtered" or "guardrail_intervened" => "content_filter",
            "malformed_model_output" or "malformed_tool_use" => "stop",
            _ => answer.HasCalls(0) ? "tool_calls" : "stop",
        });
    }
}
