using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace CleanGateway.Infrastructure.ProviderAdapters.Dialects.Chat;

/// <summary>
/// Where a dialect says, piece by piece and in the order it comes, what a provider has answered to a chat: whole
/// (<see cref="WholeChat"/>) or as chunks (<see cref="ChatChunks"/>).
/// </summary>
internal abstract class ChatAnswer
{
    protected static readonly JsonWriterOptions Relaxed = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, SkipValidation = true };

    private readonly Dictionary<int, List<CallState>> calls = [];

    protected string Id { get; private set; } = "";
    protected string Model { get; private set; } = "";
    protected long Created { get; private set; }

    /// <summary>Whether a choice has called a tool: many providers tell that by no reason of their own to have finished.</summary>
    public bool HasCalls(int choice) => calls.ContainsKey(choice);

    /// <summary>Says who answers; before anything else.</summary>
    /// <param name="created">Unix seconds.</param>
    public void Begin(string id, string model, long created) => (Id, Model, Created) = (id, model, created);

    /// <summary>The choice answers, though nothing of it is there yet.</summary>
    public abstract void Role(int choice);

    public abstract void Text(int choice, string text);

    /// <summary>A piece of a thought, to be read.</summary>
    public abstract void Reasoning(int choice, string text);

    /// <summary>A thought with its signature, whole, to be sent back with the next call.</summary>
    public abstract void Thinking(int choice, ThinkingBlock block);

    public abstract void Refusal(int choice, string text);

    /// <summary>A source that the answer names.</summary>
    /// <param name="start">Characters of the answer's text.</param>
    public abstract void Citation(int choice, string url, string title, int start, int end);

    /// <summary>A picture that the model made.</summary>
    public abstract void Picture(int choice, Media data);

    /// <summary>A piece of what the model spoke.</summary>
    /// <param name="data">Of all the choice's pieces one after another, the bytes of one recording.</param>
    public abstract void Sound(int choice, ReadOnlyMemory<byte> data);

    /// <param name="items">An array as OpenAI writes <c>logprobs.content</c>.</param>
    public abstract void Logprobs(int choice, JsonElement items);

    /// <param name="extraContent">See <see cref="ChatToolCall.ExtraContent"/>; a JSON object.</param>
    /// <returns>What to name the call by in what follows.</returns>
    public int Call(int choice, string id, string name, ReadOnlyMemory<byte>? extraContent = null)
    {
        if (!calls.TryGetValue(choice, out var known))
            calls[choice] = known = [];

        known.Add(new CallState());
        WriteCall(choice, known.Count - 1, id, name, extraContent);
        return known.Count - 1;
    }

    /// <summary>A piece of a call's arguments, which are the text of a JSON object.</summary>
    public void Arguments(int choice, int call, string piece)
    {
        if (piece.Length == 0)
            return;

        calls[choice][call].HasArguments = true;
        WriteArguments(choice, call, piece);
    }

    /// <summary>The call is complete. One without arguments has an empty object of them: clients read it as JSON.</summary>
    public void EndCall(int choice, int call)
    {
        if (!calls[choice][call].HasArguments)
            Arguments(choice, call, "{}");
    }

    /// <param name="reason">One of OpenAI's: <c>stop</c>, <c>length</c>, <c>tool_calls</c>, <c>content_filter</c>.</param>
    public abstract void Finish(int choice, string reason);

    /// <summary>The last that is told counts.</summary>
    public ChatUsage? Usage { get; set; }

    protected abstract void WriteCall(int choice, int call, string id, string name, ReadOnlyMemory<byte>? extraContent);

    protected abstract void WriteArguments(int choice, int call, string piece);

    protected void WriteHead(Utf8JsonWriter json, string type)
    {
        json.WriteStartObject();
        json.WriteString("id", Id);
        json.WriteString("object", type);
        json.WriteNumber("created", Created);
        json.WriteString("model", Model);
    }

    protected static void WriteThinking(Utf8JsonWriter json, ThinkingBlock block)
    {
        json.WriteStartObject();
        json.WriteString("type", block.Data is null ? "thinking" : "redacted_thinking");
        if (block.Data is not null)
        {
            json.WriteString("data", block.Data);
        }
        else
        {
            json.WriteString("thinking", block.Text);
            if (block.Signature is not null)
                json.WriteString("signature", block.Signature);
        }

        json.WriteEndObject();
    }

    protected static void WriteCitation(Utf8JsonWriter json, string url, string title, int start, int end)
    {
        json.WriteStartObject();
        json.WriteString("type", "url_citation");
        json.WriteStartObject("url_citation");
        json.WriteString("url", url);
        json.WriteString("title", title);
        json.WriteNumber("start_index", start);
        json.WriteNumber("end_index", end);
        json.WriteEndObject();
        json.WriteEndObject();
    }

    protected static void WritePicture(Utf8JsonWriter json, Media data)
    {
        json.WriteStartObject();
        json.WriteString("type", "image_url");
        json.WriteStartObject("image_url");
        json.WriteString("url", $"data:{data.MediaType};base64,{data.Base64}");
        json.WriteEndObject();
        json.WriteEndObject();
    }

    // Nothing is kept to be named by its id later: it has expired as soon as it is there.
    protected void WriteSound(Utf8JsonWriter json, int choice, ReadOnlySpan<byte> data)
    {
        json.WriteStartObject("audio");
        json.WriteString("id", FormattableString.Invariant($"audio_{Id}_{choice}"));
        json.WriteBase64String("data", data);
        json.WriteNumber("expires_at", Created);
        json.WriteString("transcript", "");
        json.WriteEndObject();
    }

    protected static ReadOnlyMemory<byte> Write(Action<Utf8JsonWriter> write)
    {
        var buffer = new ArrayBufferWriter<byte>(512);
        using (var json = new Utf8JsonWriter(buffer, Relaxed))
            write(json);
        return buffer.WrittenMemory;
    }

    private sealed class CallState
    {
        public bool HasArguments { get; set; }
    }
}
