using System.Text;
using System.Text.Json;
using CleanGateway.Infrastructure.ProviderAdapters.Dialects.Chat;

namespace CleanGateway.Infrastructure.ProviderAdapters.Dialects.Anthropic;

/// <summary>
/// The content blocks of one answer: a stream's begin with nothing in them and grow, a whole answer's begin with all they have.
/// What Anthropic's own tools do stands in blocks of its own, and is not for OpenAI's clients: it is left out.
/// </summary>
/// <param name="answerTool">The tool whose arguments are the answer; null when there is none.</param>
internal sealed class AnthropicBlocks(ThoughtOwner owner, ThoughtMemory memory, string? answerTool)
{
    private const int Choice = 0;

    private readonly Dictionary<int, Block> open = [];
    private readonly List<ThinkingBlock> thoughts = [];

    // Words around an answer that is a tool's arguments are no part of it; without that call they are the answer.
    private readonly StringBuilder aside = new();
    private readonly List<string> calls = [];
    private int said;
    private bool hasAnswer;
    private bool hasOthers;
    private bool isMixed;

    public void Start(int index, JsonElement block, ChatAnswer answer)
    {
        var started = open[index] = new Block { Start = said };
        var type = block.GetProperty("type").GetString();
        var isThought = type is "thinking" or "redacted_thinking";
        isMixed |= isThought && hasOthers;
        hasOthers |= !isThought;
        switch (type)
        {
            case "text":
                started.Kind = Kind.Text;
                Say(block.Given("text"), answer);
                foreach (var citation in block.Given("citations") is { ValueKind: JsonValueKind.Array } all ? all.EnumerateArray().ToArray() : [])
                    Cite(started, citation);
                break;
            case "thinking":
                started.Kind = Kind.Thinking;
                Think(started, block, answer);
                break;
            case "redacted_thinking" when block.Given("data")?.GetString() is { } data:
                thoughts.Add(new ThinkingBlock(null, null, data));
                answer.Thinking(Choice, thoughts[^1]);
                break;
            case "tool_use" when answerTool is not null && block.GetProperty("name").ValueEquals(answerTool):
                started.Kind = hasAnswer ? Kind.Other : Kind.Answer;
                hasAnswer = true;
                Pass(started, InputOf(block), answer);
                break;
            case "tool_use":
                started.Kind = Kind.Call;
                var id = block.GetProperty("id").GetString()!;
                calls.Add(id);
                started.Call = answer.Call(Choice, id, block.GetProperty("name").GetString()!);
                Pass(started, InputOf(block), answer);
                break;
        }
    }

    public void Add(int index, JsonElement delta, ChatAnswer answer)
    {
        if (!open.TryGetValue(index, out var block))
            throw new JsonException("A delta of a block that has not begun.");

        switch (delta.GetProperty("type").GetString())
        {
            case "text_delta" when block.Kind == Kind.Text:
                Say(delta.Given("text"), answer);
                break;
            case "citations_delta" when block.Kind == Kind.Text && delta.Given("citation") is { } citation:
                Cite(block, citation);
                break;
            case "thinking_delta" or "signature_delta" when block.Kind == Kind.Thinking:
                Think(block, delta, answer);
                break;
            case "input_json_delta":
                Pass(block, delta.Given("partial_json")?.GetString() ?? "", answer);
                break;
        }
    }

    public void Stop(int index, ChatAnswer answer)
    {
        if (!open.Remove(index, out var block))
            return;

        switch (block.Kind)
        {
            case Kind.Text:
                block.Citations.ForEach(citation => answer.Citation(Choice, citation.Url, citation.Title, block.Start, said));
                break;
            case Kind.Thinking when block.Signature.Length > 0:
                thoughts.Add(new ThinkingBlock(block.Thought.ToString(), block.Signature.ToString(), null));
                answer.Thinking(Choice, thoughts[^1]);
                break;
            case Kind.Call:
                answer.EndCall(Choice, block.Call);
                break;
            case Kind.Answer when block.IsEmpty:
                Pass(block, "{}", answer);
                break;
        }
    }

    /// <summary>The message is complete.</summary>
    public void End(ChatAnswer answer)
    {
        // What a provider leaves open it has ended all the same.
        foreach (var index in open.Keys.Order().ToArray())
            Stop(index, answer);
        if (!hasAnswer && aside.Length > 0)
            answer.Text(Choice, aside.ToString());
        if (calls.Count == 0 || thoughts.Count == 0)
            return;

        // A chat has no places between its words for thoughts: those that did not all come first would go back to places that
        // are not theirs, and Claude takes back none that was moved.
        memory.Keep(owner, calls[0], isMixed ? [] : thoughts);
    }

    private void Say(JsonElement? text, ChatAnswer answer)
    {
        if (text?.GetString() is not { Length: > 0 } words)
            return;

        said += words.Length;
        if (answerTool is not null)
            aside.Append(words);
        else
            answer.Text(Choice, words);
    }

    private static void Think(Block block, JsonElement piece, ChatAnswer answer)
    {
        if (piece.Given("thinking")?.GetString() is { Length: > 0 } words)
        {
            block.Thought.Append(words);
            answer.Reasoning(Choice, words);
        }

        block.Signature.Append(piece.Given("signature")?.GetString());
    }

    private static void Pass(Block block, string piece, ChatAnswer answer)
    {
        if (piece.Length == 0)
            return;

        block.IsEmpty = false;
        if (block.Kind == Kind.Call)
            answer.Arguments(Choice, block.Call, piece);
        else if (block.Kind == Kind.Answer)
            answer.Text(Choice, piece);
    }

    // Only pages of the web have an address that OpenAI's clients can show.
    private static void Cite(Block block, JsonElement citation)
    {
        if (citation.Given("type")?.GetString() == "web_search_result_location" && citation.Given("url")?.GetString() is { } url)
            block.Citations.Add((url, citation.Given("title")?.GetString() ?? url));
    }

    // A stream's calls begin with an empty object, and the pieces follow.
    private static string InputOf(JsonElement block) =>
        block.Given("input") is { ValueKind: JsonValueKind.Object } input && input.EnumerateObject().Any() ? input.GetRawText() : "";

    private enum Kind
    {
        Other,
        Text,
        Thinking,
        Call,
        Answer,
    }

    private sealed class Block
    {
        public Kind Kind { get; set; }
        public int Start { get; init; }
        public int Call { get; set; }
        public bool IsEmpty { get; set; } = true;
        public StringBuilder Thought { get; } = new();
        public StringBuilder Signature { get; } = new();
        public List<(string Url, string Title)> Citations { get; } = [];
    }
}
