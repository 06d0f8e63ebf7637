using System.Text.Json;
using CleanGateway.Application.Inference;
using CleanGateway.Application.Messages;
using CleanGateway.Domain.Usage;

namespace CleanGateway.Infrastructure.ProviderAdapters.Bridges;

/// <summary>
/// Makes Anthropic's events of a chat's chunks. A chat may say several things at a time, a message one block after the
/// other: what belongs to a later block waits until the one before it is whole.
/// </summary>
internal sealed class MessageEvents(MessagesRequest request, string model, DateTimeOffset now)
{
    public const int MaxDepth = 256;   // as deep as answers may be

    private readonly Queue<(ReadOnlyMemory<byte> Json, AnswerFacts Facts)> events = new();

    // Those that are not closed yet, in order. Only the first has been told of.
    private readonly List<MessageEventBlock> blocks = [];
    private readonly List<MessageEventBlock> thoughts = [];
    private readonly Dictionary<long, MessageEventBlock> calls = [];
    private UsageReport usage = UsageReport.None;
    private string? finishReason;
    private bool begun, hasCalls, isRefusal;
    private int index;
    private long said;

    /// <summary>The chat has said how it finished.</summary>
    public bool HasFinished => finishReason is not null;

    public static string NewCallId(DateTimeOffset now) => $"toolu_{Guid.CreateVersion7(now):N}";

    public bool TryTake(out ReadOnlyMemory<byte> json, out AnswerFacts facts)
    {
        var taken = events.TryDequeue(out var item);
        (json, facts) = item;
        return taken;
    }

    /// <param name="chunk">A <c>chat.completion.chunk</c>.</param>
    /// <param name="facts">What is known of it.</param>
    public void Add(ReadOnlyMemory<byte> chunk, AnswerFacts facts)
    {
        using var document = JsonDocument.Parse(chunk, new JsonDocumentOptions { MaxDepth = MaxDepth });
        if (facts.Usage is { } reported && reported != UsageReport.None)
            usage = reported;

        if (!begun)
            Begin(document.RootElement, facts.Model);
        foreach (var choice in document.RootElement.Member("choices").Items())
        {
            if (choice.Member("index") is { ValueKind: JsonValueKind.Number } number && (!number.TryGetInt32(out var place) || place != 0))
                continue;   // one answer was asked for

            if ((choice.Member("delta") ?? choice.Member("message")) is { } delta)
                AddDelta(delta);
            finishReason = choice.Word("finish_reason") is { Length: > 0 } reason ? reason : finishReason;
        }

        Tell(isEnd: false);
    }

    /// <summary>The chat has come to a good end.</summary>
    public void End()
    {
        if (!begun)
            Begin(root: default, said: null);
        Tell(isEnd: true);
        var counted = ChatToMessage.Counted(usage, request, said);
        Emit("message_delta", json =>
        {
            json.WriteStartObject("delta");
            ChatToMessage.WriteStop(json, ChatToMessage.StopReason(finishReason, hasCalls, isRefusal));
            json.WriteEndObject();
            json.WritePropertyName("usage");
            ChatToMessage.WriteUsage(json, counted);
        }, new AnswerFacts { Usage = usage == UsageReport.None ? null : usage });
        Emit("message_stop", static _ => { });
    }

    /// <summary>What a message begins with; it is left open.</summary>
    /// <param name="root">The chat's answer, or its first chunk.</param>
    public void WriteHead(Utf8JsonWriter json, JsonElement root)
    {
        json.WriteStartObject();
        json.WriteString("id", IdOf(root.Word("id")));
        json.WriteString("type", "message");
        json.WriteString("role", "assistant");
        json.WriteString("model", model);
    }

    // The provider's own id, so that it can be found there.
    private string IdOf(string? chatId)
    {
        const string ChatPrefix = "chatcmpl-";
        var id = chatId is not null && chatId.StartsWith(ChatPrefix, StringComparison.Ordinal) ? chatId[ChatPrefix.Length..] : chatId;
        return string.IsNullOrEmpty(id) ? $"msg_{Guid.CreateVersion7(now):N}" : id.StartsWith("msg_", StringComparison.Ordinal) ? id : "msg_" + id;
    }

    private void Begin(JsonElement root, string? said)
    {
        begun = true;
        model = said ?? model;
        Emit("message_start", json =>
        {
            json.WritePropertyName("message");
            WriteHead(json, root);
            json.WriteStartArray("content");
            json.WriteEndArray();
            json.WriteNull("stop_reason");
            json.WriteNull("stop_sequence");
            json.WriteStartObject("usage");
            json.WriteNumber("input_tokens", 0);   // what was used is not known before the end
            json.WriteNumber("output_tokens", 0);
            json.WriteEndObject();
            json.WriteEndObject();
        }, new AnswerFacts { Model = model });
    }

    private void AddDelta(JsonElement delta)
    {
        AddThinking(delta);
        if (delta.Member("content") is { } content)
        {
            if (content.ValueKind == JsonValueKind.String)
                AddText(content);
            foreach (var part in ((JsonElement?)content).Items())
            {
                if (part.Text("text") is { } text)
                    AddText(text);
            }
        }

        if (delta.Text("refusal") is { } refusal && !EscapedText.Of(refusal).IsEmpty)
        {
            isRefusal = true;
            AddText(refusal);
        }

        foreach (var call in delta.Member("tool_calls").Items())
            AddCall(call, call.Member("function") ?? default);
        if (delta.Member("function_call") is { } only)
            AddCall(delta, only);
    }

    private void AddThinking(JsonElement delta)
    {
        var words = delta.Text("reasoning_content") ?? delta.Text("reasoning");
        if (words is { } thinking && !EscapedText.Of(thinking).IsEmpty)
            Last(MessageBlockKind.Thinking).Add(thinking);

        foreach (var block in delta.Member("thinking_blocks").Items())
        {
            if (block.Word("type") == "redacted_thinking")
            {
                if (block.Text("data") is { } data)
                    blocks.Add(new MessageEventBlock(MessageBlockKind.Redacted) { Data = EscapedText.Quoted(EscapedText.Of(data)) });
                continue;
            }

            AddThought(block, isSaid: words is not null);
        }
    }

    // A thought's words may come by themselves before, and once more with its signature: they are said once.
    private void AddThought(JsonElement block, bool isSaid)
    {
        var signature = block.Text("signature") is { } given && !EscapedText.Of(given).IsEmpty ? EscapedText.Quoted(EscapedText.Of(given)) : null;
        var open = blocks.FindLast(known => known is { Kind: MessageBlockKind.Thinking, Signature: null });
        if (block.Text("thinking") is { } text && !EscapedText.Of(text).IsEmpty && !isSaid)
        {
            if (open is null && thoughts.Exists(known => known.Says(text)))
                return;   // told to its end already, before it was signed
            if (open is null || !(open.Says(text) || (signature is not null && open.HasWords)))
                (open = Last(MessageBlockKind.Thinking)).Add(text);
        }

        if (signature is not null)
            (open ?? Last(MessageBlockKind.Thinking)).Signature = signature;
    }

    private void AddText(JsonElement text)
    {
        if (!EscapedText.Of(text).IsEmpty)
            Last(MessageBlockKind.Text).Add(text);
    }

    private MessageEventBlock Last(MessageBlockKind kind)
    {
        // What follows a signature is another thought.
        if (blocks is [.., { } last] && last.Kind == kind && last.Signature is null)
            return last;

        var begun = new MessageEventBlock(kind);
        blocks.Add(begun);
        if (kind == MessageBlockKind.Thinking)
            thoughts.Add(begun);
        return begun;
    }

    private void AddCall(JsonElement call, JsonElement function)
    {
        hasCalls = true;
        var place = call.Member("index") is { ValueKind: JsonValueKind.Number } number && number.TryGetInt64(out var given) ? given : 0;
        var id = call.Text("id") is { } said && !EscapedText.Of(said).IsEmpty ? EscapedText.Quoted(EscapedText.Of(said)) : null;

        // Some servers give every call the index 0: another id is another call.
        if (!calls.TryGetValue(place, out var block) || (id is not null && block.Id is { } known && !known.AsSpan().SequenceEqual(id)))
        {
            calls[place] = block = new MessageEventBlock(MessageBlockKind.Call);
            blocks.Add(block);
        }

        block.Id ??= id;
        if (block.Name is null && function.Text("name") is { } name && !EscapedText.Of(name).IsEmpty)
            block.Name = EscapedText.Quoted(EscapedText.Of(name));
        if (function.Text("arguments") is { } arguments)
            block.Add(arguments);
    }

    private void Tell(bool isEnd)
    {
        while (blocks is [{ } first, ..])
        {
            if (!first.IsBegun && !isEnd && !first.CanBegin)
                return;

            if (!first.IsBegun)
                TellBegin(first);
            if (first.TakeWords() is { Length: > 0 } words)
                TellWords(first, words);
            if (!isEnd && (blocks.Count == 1 || !first.IsWhole))
                return;

            TellEnd(first);
            blocks.RemoveAt(0);
        }
    }

    private void TellBegin(MessageEventBlock block)
    {
        block.IsBegun = true;
        Emit("content_block_start", json =>
        {
            json.WriteNumber("index", index);
            json.WriteStartObject("content_block");
            block.WriteBegin(json, now);
            json.WriteEndObject();
        }, new AnswerFacts { HasOutput = block.Kind is MessageBlockKind.Call or MessageBlockKind.Redacted });
    }

    private void TellWords(MessageEventBlock block, byte[] words)
    {
        said += words.Length;
        var (delta, member) = block.Kind switch
        {
            MessageBlockKind.Text => ("text_delta", "text"),
            MessageBlockKind.Thinking => ("thinking_delta", "thinking"),
            _ => ("input_json_delta", "partial_json"),
        };
        TellDelta(delta, member, EscapedText.Quoted(words));
    }

    private void TellEnd(MessageEventBlock block)
    {
        if (block is { Kind: MessageBlockKind.Thinking, Signature: { } signature })
            TellDelta("signature_delta", "signature", signature);
        Emit("content_block_stop", json => json.WriteNumber("index", index));
        block.IsClosed = true;
        index++;
    }

    private void TellDelta(string type, string member, byte[] quoted) => Emit("content_block_delta", json =>
    {
        json.WriteNumber("index", index);
        json.WriteStartObject("delta");
        json.WriteString("type", type);
        json.WritePropertyName(member);
        json.WriteRawValue(quoted, skipInputValidation: true);
        json.WriteEndObject();
    }, new AnswerFacts { HasOutput = true });

    private void Emit(string name, Action<Utf8JsonWriter> members, AnswerFacts facts = default)
    {
        var json = EscapedText.Json(json =>
        {
            json.WriteStartObject();
            json.WriteString("type", name);
            members(json);
            json.WriteEndObject();
        });
        events.Enqueue((json, facts with { Name = name }));
    }
}
