using System.Text.Json;

namespace CleanGateway.Infrastructure.ProviderAdapters.Dialects.Chat;

/// <summary>Says an answer as <c>chat.completion.chunk</c>s, as it comes.</summary>
internal sealed class ChatChunks : ChatAnswer
{
    private readonly HashSet<int> begun = [];

    /// <summary>Where the chunks go; of the event that is being read.</summary>
    public AnswerEvents Events { get; set; } = new();

    // The role comes with the first piece of each choice, in a chunk of its own as OpenAI does it.
    public override void Role(int choice)
    {
        if (!begun.Add(choice))
            return;

        Delta(choice, json =>
        {
            json.WriteString("role", "assistant");
            json.WriteString("content", "");
        });
    }

    public override void Text(int choice, string text)
    {
        Role(choice);
        if (text.Length > 0)
            Delta(choice, json => json.WriteString("content", text));
    }

    public override void Reasoning(int choice, string text)
    {
        Role(choice);
        if (text.Length > 0)
            Delta(choice, json => json.WriteString("reasoning_content", text));
    }

    public override void Thinking(int choice, ThinkingBlock block)
    {
        Role(choice);
        Delta(choice, json =>
        {
            json.WriteStartArray("thinking_blocks");
            WriteThinking(json, block);
            json.WriteEndArray();
        });
    }

    public override void Refusal(int choice, string text)
    {
        Role(choice);
        if (text.Length > 0)
            Delta(choice, json => json.WriteString("refusal", text));
    }

    public override void Citation(int choice, string url, string title, int start, int end)
    {
        Role(choice);
        Delta(choice, json =>
        {
            json.WriteStartArray("annotations");
            WriteCitation(json, url, title, start, end);
            json.WriteEndArray();
        });
    }

    public override void Picture(int choice, Media data)
    {
        Role(choice);
        Delta(choice, json =>
        {
            json.WriteStartArray("images");
            WritePicture(json, data);
            json.WriteEndArray();
        });
    }

    public override void Sound(int choice, ReadOnlyMemory<byte> data)
    {
        Role(choice);
        Delta(choice, json => WriteSound(json, choice, data.Span));
    }

    public override void Logprobs(int choice, JsonElement items)
    {
        Role(choice);
        Chunk(choice, static _ => { }, null, items);
    }

    public override void Finish(int choice, string reason)
    {
        Role(choice);
        Chunk(choice, static _ => { }, reason, null);
    }

    /// <summary>All has been said: what it used, where that is known, and that this was all.</summary>
    public void End()
    {
        if (Usage is { } usage)
        {
            Events.Add(Write(json =>
            {
                WriteHead(json, "chat.completion.chunk");
                json.WriteStartArray("choices");
                json.WriteEndArray();
                usage.WriteTo(json);
                if (usage.ServiceTier is not null)
                    json.WriteString("service_tier", usage.ServiceTier);
                json.WriteEndObject();
            }));
        }

        Events.Terminate();
    }

    protected override void WriteCall(int choice, int call, string id, string name, ReadOnlyMemory<byte>? extraContent)
    {
        Role(choice);
        Delta(choice, json =>
        {
            json.WriteStartArray("tool_calls");
            json.WriteStartObject();
            json.WriteNumber("index", call);
            json.WriteString("id", id);
            json.WriteString("type", "function");
            json.WriteStartObject("function");
            json.WriteString("name", name);
            json.WriteString("arguments", "");
            json.WriteEndObject();
            if (extraContent is { } extra)
            {
                json.WritePropertyName("extra_content");
                json.WriteRawValue(extra.Span);
            }

            json.WriteEndObject();
            json.WriteEndArray();
        });
    }

    protected override void WriteArguments(int choice, int call, string piece) => Delta(choice, json =>
    {
        json.WriteStartArray("tool_calls");
        json.WriteStartObject();
        json.WriteNumber("index", call);
        json.WriteStartObject("function");
        json.WriteString("arguments", piece);
        json.WriteEndObject();
        json.WriteEndObject();
        json.WriteEndArray();
    });

    private void Delta(int choice, Action<Utf8JsonWriter> delta) => Chunk(choice, delta, null, null);

    private void Chunk(int choice, Action<Utf8JsonWriter> delta, string? finishReason, JsonElement? logprobs) => Events.Add(Write(json =>
    {
        WriteHead(json, "chat.completion.chunk");
        json.WriteStartArray("choices");
        json.WriteStartObject();
        json.WriteNumber("index", choice);
        json.WriteStartObject("delta");
        delta(json);
        json.WriteEndObject();
        if (logprobs is { } items)
        {
            json.WriteStartObject("logprobs");
            json.WritePropertyName("content");
            items.WriteTo(json);
            json.WriteNull("refusal");
            json.WriteEndObject();
        }
        else
        {
            json.WriteNull("logprobs");
        }

        json.WriteString("finish_reason", finishReason);
        json.WriteEndObject();
        json.WriteEndArray();
        json.WriteEndObject();
    }));
}
